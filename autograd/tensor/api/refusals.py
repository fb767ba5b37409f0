"""The errors for names of PyTorch that this package does not have."""

from collections.abc import Callable
from typing import Any


def missing(where: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for a module: it raises an AttributeError that says what to do instead."""

    def answer(name: str) -> Any:
        raise AttributeError(
            f"{where} has no {name!r}: it is not part of this engine. Write it with the operations there are "
            "(dir() lists them), or use PyTorch for it."
        )

    return answer


def unavailable(name: str, way_out: str) -> NotImplementedError:
    """Return the error for something of PyTorch's that this engine does not have, and what to do in its place."""
    return NotImplementedError(f"{name} is not part of this engine: {way_out}")


def refused(name: str, way_out: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise unavailable(name, way_out)

    method.__doc__ = f"Raise NotImplementedError: {way_out}"
    return method
