"""Cut the power at every step of a flow, one step at a time."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class PowerCut(BaseException):
    """Not an Exception: no `except Exception` in our code may swallow it."""


@dataclass
class Fuse:
    """Burns through at the call with this number, counted over all guarded ports."""

    steps_left: int
    after: bool
    blown: bool = False

    def guard(self, port: object) -> Any:
        return _Guarded(port, self)

    def burn(self) -> bool:
        """Whether the power is cut at this call; once it was, at all later ones."""
        self.steps_left -= 1
        first = self.steps_left == -1
        if self.blown:
            raise PowerCut("no power")
        self.blown = self.steps_left < 0
        return first


class _Guarded:
    def __init__(self, port: object, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def begin() -> bool:
            cut = self._fuse.burn()
            if cut and not self._fuse.after:
                raise PowerCut(f"before {name}")
            return cut

        if not inspect.iscoroutinefunction(method):

            def call(*args: object, **kwargs: object) -> object:
                cut = begin()
                result = method(*args, **kwargs)
                if cut:
                    raise PowerCut(f"after {name}")
                return result

            return call

        async def call_async(*args: object, **kwargs: object) -> object:
            cut = begin()
            result = await method(*args, **kwargs)
            if cut:
                raise PowerCut(f"after {name}")
            return result

        return call_async
