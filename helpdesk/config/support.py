"""Rights to support, as the configuration file has them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from helpdesk.config.section import Section
from helpdesk.config.values import did_you_mean
from helpdesk.core.policy import Support
from helpdesk.core.rights import Inclusion, Product, Source

if TYPE_CHECKING:
    from helpdesk.config.settings import Settings

LONGEST_LINE = 300


def _line(text: str) -> str:
    plain = " ".join(text.split())
    if not plain.isprintable():
        raise ValueError("has characters that cannot be printed; remove them")
    if len(plain) > LONGEST_LINE:
        raise ValueError(f"is longer than {LONGEST_LINE} characters; shorten it")
    return plain


def _once(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(sources))


Line = Annotated[str, AfterValidator(_line)]
Order = Annotated[tuple[Source, ...], AfterValidator(_once), Field(min_length=1)]


class SupportSettings(Section):
    """Who has a right to be answered (docs/support-rights.md)."""

    required: bool = Field(
        default=False,
        description=(
            "Whether a customer needs a right; without one the ticket is on hold, and he is told."
        ),
    )
    order: Order = Field(
        default=tuple(Source),
        description=(
            "What is looked for, the first that is found counts: agreement, product (a license "
            "of a product that includes support), credit."
        ),
    )
    free_categories: tuple[str, ...] = Field(
        default=(),
        description="Categories for which nobody needs a right.",
        examples=[["technical"]],
    )
    minutes_per_credit: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=60, description="Minutes of work that a credit pays for; 0: any number."
    )
    warn_at_percent: Annotated[int, Field(ge=0, le=99)] = Field(
        default=80, description="Part of them at which agents are warned; 0: not."
    )
    how_to_buy: Line = Field(
        default="",
        description="What customers without a right are told, in one line: an address, a page.",
        examples=["https://example.com/support"],
    )

    def support(self, categories: Sequence[str]) -> Support:
        """For a desk with these categories."""
        known = {each.casefold(): each for each in categories}
        free = (known.get(each.casefold(), each) for each in self.free_categories)
        return Support(
            required=self.required,
            order=self.order,
            free_categories=frozenset(free),
            minutes_per_credit=self.minutes_per_credit,
            warn_at=self.warn_at_percent,
            how_to_buy=self.how_to_buy,
        )


class ProductSettings(Section):
    """A product that licenses, rules or customers name."""

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_line)] = Field(
        description="Its name.", examples=["Planner Pro"]
    )
    support: Inclusion = Field(
        description=(
            "included: whoever owns a license of it has support; third_party: questions about it "
            "go to its maker."
        ),
        examples=["included"],
    )
    also: tuple[Line, ...] = Field(
        default=(),
        description="Further names and ids by which license providers call it; * is any product.",
        examples=[["planner-pro", "4711"]],
    )
    maker: Line = Field(
        default="",
        description="Of a third_party: where to ask, in one line, as customers are told it.",
        examples=["Maker Inc., support@maker.example"],
    )
    without_owner: bool = Field(
        default=False,
        description=(
            "Whether a license counts whose provider does not say who owns it; then anybody can "
            "find out by mail which keys are good."
        ),
    )

    def product(self) -> Product:
        return Product(**dict(self))


def support_problems(settings: "Settings") -> Iterator[str]:
    for index, desk in enumerate(settings.desks):
        key = f"desks#{index + 1}.support.free_categories"
        known = {each.casefold() for each in desk.categories}
        for each in desk.support.free_categories:
            if each.casefold() not in known:
                yield f"{key}: there is no category {each} ({did_you_mean(each, desk.categories)})"
    names = [each.name for each in settings.products]
    for index, product in enumerate(settings.products):
        key = f"products#{index + 1}"
        if product.name in names[:index]:
            yield f"{key}.name: {product.name} is there twice; remove one"
        if product.support is Inclusion.THIRD_PARTY and not product.maker:
            yield f"{key}.maker: say where questions about {product.name} go, in one line"
    others = [each.name for each in settings.products if each.support is Inclusion.THIRD_PARTY]
    for index, rule in enumerate(settings.rules):
        named = rule.then.third_party
        if named and named not in others:
            hint = did_you_mean(named, others) if others else "there are none under [[products]]"
            yield f"rules#{index + 1}.then.third_party: {named} is no third_party ({hint})"
