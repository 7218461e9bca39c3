"""License servers are asked as their makers say, and whatever they answer has an outcome."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.config.licenses import ProviderSettings
from helpdesk.core.license import LicenseState, LookupOutcome, LookupResult
from helpdesk.license import build_provider
from tests.license.license_server import LicenseServer, license_server

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = "ABCDE-FGHIJ-KLMNO-PQRST"
TOKEN = "t0ken-of-ours"
HTTP = {
    "kind": "http",
    "fields": {"state": "data.0.status", "expires": "data.0.ends", "email": "data.0.mail"},
    "states": {"paid": "active"},
    "found": "success",
}


@pytest.fixture
async def server() -> AsyncIterator[LicenseServer]:
    async with license_server() as running:
        yield running


async def ask(server: LicenseServer, **settings: Any) -> LookupResult:
    given = {"name": "own", "url": server.url, "token": TOKEN, **settings}
    if given["kind"] == "http":
        given["url"] += "/licenses?key={key}"
    provider = build_provider(ProviderSettings.model_validate(given), lambda: NOW)
    try:
        return await provider.lookup(KEY)
    finally:
        await provider.close()


async def test_fields_stand_where_the_settings_say(server: LicenseServer) -> None:
    server.says(
        {
            "success": True,
            "data": [{"status": "Paid", "ends": "2027-01-31", "mail": "A@Example.com"}],
        }
    )

    record = (await ask(server, **HTTP)).record

    assert record is not None
    assert (record.state, record.detail) == (LicenseState.ACTIVE, "Paid")
    assert record.expires_at == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert record.owner_addresses == ("A@example.com",)
    assert f"GET /licenses?key={KEY} ".encode() in server.asked[0]
    assert f"authorization: bearer {TOKEN}".encode() in server.asked[0].lower()


async def test_a_body_and_header_fields_hold_key_and_token(server: LicenseServer) -> None:
    server.says({"success": True})
    question = {"method": "POST", "body": '{"key": "{key}"}', "headers": {"X-Token": "{token}"}}

    await ask(server, **HTTP, **question)

    assert server.asked[0].endswith(f'{{"key": "{KEY}"}}'.encode())
    assert f"X-Token: {TOKEN}".encode() in server.asked[0]
    assert b"uthorization" not in server.asked[0]


async def test_the_rule_says_what_is_found(server: LicenseServer) -> None:
    server.says({"success": False, "status": "none"})

    assert (await ask(server, **HTTP)).outcome is LookupOutcome.NOT_FOUND
    by_value = {**HTTP, "found": "status = none"}
    assert (await ask(server, **by_value)).outcome is LookupOutcome.FOUND


@pytest.mark.parametrize(
    ("status", "headers", "content", "outcome"),
    [
        (401, {}, b"", LookupOutcome.FORBIDDEN),
        (403, {}, b"", LookupOutcome.FORBIDDEN),
        (404, {}, b"", LookupOutcome.NOT_FOUND),
        (429, {"Retry-After": "7"}, b"", LookupOutcome.RATE_LIMITED),
        (500, {}, b"", LookupOutcome.DOWN),
        (302, {"Location": "http://192.0.2.1/"}, b"", LookupOutcome.DOWN),
        (200, {}, b"<html>", LookupOutcome.DOWN),
        (200, {}, b"[" * 100_000, LookupOutcome.DOWN),
        (200, {}, b'{"success": true, "data": [{"ends": "soon"}]}', LookupOutcome.DOWN),
        (200, {}, b" " * 1_100_000, LookupOutcome.DOWN),
    ],
)
async def test_each_answer_has_an_outcome(
    server: LicenseServer,
    status: int,
    headers: dict[str, str],
    content: bytes,
    outcome: LookupOutcome,
) -> None:
    server.says(content, status, headers=headers)

    result = await ask(server, **HTTP)

    assert (result.outcome, result.record) == (outcome, None)
    assert result.retry_after == (timedelta(seconds=7) if status == 429 else None)
    assert result.detail or outcome is LookupOutcome.NOT_FOUND


async def test_the_wait_may_be_a_date(server: LicenseServer) -> None:
    server.says(b"", 429, headers={"Retry-After": "Mon, 04 May 2026 12:01:00 GMT"})

    assert (await ask(server, **HTTP)).retry_after == timedelta(minutes=1)


async def test_a_server_that_never_answers_is_down(server: LicenseServer) -> None:
    server.says(b"", 0)

    result = await ask(server, **HTTP, timeout=0.2)

    assert (result.outcome, result.detail) == (
        LookupOutcome.DOWN,
        "the server did not answer within 0.2 seconds",
    )


async def test_a_server_that_is_away_is_down() -> None:
    result = await ask(LicenseServer("http://127.0.0.1:1"), **HTTP)

    assert result.outcome is LookupOutcome.DOWN


async def test_the_key_is_in_no_log_and_in_no_detail(
    server: LicenseServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cryptolens = {"kind": "cryptolens", "product": "7"}
    results = []
    for settings in (HTTP, cryptolens):
        for answer in ({"success": True, "data": [{"status": KEY.lower()}]}, {"message": KEY}):
            server.says(answer)
            results.append(await ask(server, **settings))
        server.says(b"", 500)
        results.append(await ask(server, **settings))
    results.append(await ask(LicenseServer("http://127.0.0.1:1"), **HTTP))

    told = (caplog.text + repr(results)).casefold()

    assert KEY.casefold() not in told
    assert TOKEN not in told


# --- Keygen ---------------------------------------------------------------------------------------

KEYGEN = {"kind": "keygen", "account": "acme"}


def keygen_answer(status: str = "ACTIVE", code: str = "VALID") -> dict[str, Any]:
    attributes = {
        "status": status,
        "expiry": "2027-01-31T10:00:00.000Z",
        "maxMachines": 3,
        "metadata": {"email": "ana@example.com", "company": "Acme"},
    }
    relationships = {
        "machines": {"meta": {"count": 2}},
        "product": {"data": {"type": "products", "id": "p1"}},
    }
    data = {"id": "l1", "attributes": attributes, "relationships": relationships}
    return {"meta": {"valid": code == "VALID", "code": code}, "data": data}


async def test_keygen_tells_license_and_machines(server: LicenseServer) -> None:
    server.says(keygen_answer(), path="validate-key")
    machines = [
        {
            "attributes": {
                "name": name,
                "platform": "linux",
                "created": f"2026-0{month}-01T00:00:00Z",
            }
        }
        for month, name in enumerate(("old", "new"), 1)
    ]
    server.says({"data": machines}, path="/v1/accounts/acme/licenses/l1/machines")

    record = (await ask(server, **KEYGEN, history_url="https://x.test/{id}")).record

    assert record is not None
    assert record.state is LicenseState.ACTIVE
    assert (record.activations_used, record.activations_max, record.product_id) == (2, 3, "p1")
    assert [each.name for each in record.activations] == ["new", "old"]
    assert (record.owner_company, record.owner_addresses) == ("Acme", ("ana@example.com",))
    assert record.history_url == "https://x.test/l1"
    assert server.asked[0].endswith(f'{{"meta": {{"key": "{KEY}"}}}}'.encode())


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("EXPIRING", "VALID", LicenseState.ACTIVE),
        ("INACTIVE", "NO_MACHINE", LicenseState.INACTIVE),
        ("EXPIRED", "EXPIRED", LicenseState.EXPIRED),
        ("SUSPENDED", "SUSPENDED", LicenseState.SUSPENDED),
        ("BANNED", "BANNED", LicenseState.BANNED),
        ("ACTIVE", "OVERDUE", LicenseState.OVERDUE),
    ],
)
async def test_the_states_of_keygen(
    server: LicenseServer, status: str, code: str, state: LicenseState
) -> None:
    server.says(keygen_answer(status, code))
    server.says(b"", 500, path="machines")

    result = await ask(server, **KEYGEN)

    assert result.record is not None
    assert (result.record.state, result.record.activations) == (state, ())


async def test_keygen_knows_no_such_key_or_no_such_account(server: LicenseServer) -> None:
    server.says({"meta": {"valid": False, "code": "NOT_FOUND"}, "data": None})
    assert (await ask(server, **KEYGEN)).outcome is LookupOutcome.NOT_FOUND

    server.says({"errors": []}, 404)
    assert (await ask(server, **KEYGEN)).outcome is LookupOutcome.FORBIDDEN


# --- Cryptolens -----------------------------------------------------------------------------------

CRYPTOLENS = {"kind": "cryptolens", "product": "3349"}


async def test_cryptolens_tells_license_and_machines(server: LicenseServer) -> None:
    license_key = {
        "productId": 3349,
        "expires": "2027-01-31T10:00:00",
        "block": True,
        "maxNoOfMachines": 4,
        "activatedMachines": [{"Mid": "m1", "Time": 1_760_000_000}],
        "customer": {"Name": "Ana", "Email": "ana@example.com", "CompanyName": "Acme"},
    }
    server.says({"result": 0, "message": "", "licenseKey": license_key})

    record = (await ask(server, **CRYPTOLENS)).record

    assert record is not None
    assert (record.state, record.detail) == (LicenseState.BANNED, "blocked")
    assert (record.activations_used, record.activations_max) == (1, 4)
    assert record.activations[0].name == "m1"
    assert (record.owner_name, record.owner_company) == ("Ana", "Acme")
    assert b"POST /api/key/GetKey" in server.asked[0]
    assert f"ProductId=3349&Key={KEY}".encode() in server.asked[0]


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("Could not find the key.", LookupOutcome.NOT_FOUND),
        ("The key could not be found.", LookupOutcome.NOT_FOUND),
        ("Unable to find the key.", LookupOutcome.NOT_FOUND),
        ("Access denied.", LookupOutcome.FORBIDDEN),
        ("Unable to authenticate.", LookupOutcome.FORBIDDEN),
        ("The product could not be found.", LookupOutcome.DOWN),
    ],
)
async def test_the_words_of_cryptolens(
    server: LicenseServer, message: str, outcome: LookupOutcome
) -> None:
    server.says({"result": 1, "message": message})

    assert (await ask(server, **CRYPTOLENS)).outcome is outcome


# --- LicenseSpring --------------------------------------------------------------------------------


async def test_licensespring_tells_the_license(server: LicenseServer) -> None:
    given = {
        "id": 17,
        "license_key": KEY,
        "active": True,
        "enabled": True,
        "validity_period": "2026-05-01",
        "maintenance_period": "2026-12-31",
        "times_activated": 2,
        "max_activations": 5,
        "product": {"id": 3, "product_name": "Editor"},
        "customer": {"email": "ana@example.com", "company_name": "Acme"},
    }
    server.says({"count": 1, "results": [given]})

    record = (await ask(server, kind="licensespring")).record

    assert record is not None
    assert (record.state, record.product) == (LicenseState.EXPIRED, "Editor")
    assert record.support_until == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (record.activations_used, record.activations_max) == (2, 5)
    assert f"Api-Key {TOKEN}".encode() in server.asked[0]


async def test_licensespring_knows_none_or_two(server: LicenseServer) -> None:
    server.says({"results": [{"license_key": "another"}]})
    assert (await ask(server, kind="licensespring")).outcome is LookupOutcome.NOT_FOUND

    server.says({"results": [{"license_key": KEY}] * 2})
    assert (await ask(server, kind="licensespring")).outcome is LookupOutcome.AMBIGUOUS
