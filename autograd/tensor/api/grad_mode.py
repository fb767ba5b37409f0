"""PyTorch's names for the switches of `core/modes.py`: for a block, for a decorated function, or from now on."""

from collections.abc import Callable
from contextlib import ContextDecorator
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, TypeVar

from autograd.tensor.core.modes import mode

F = TypeVar("F", bound=Callable[..., Any])


class Switch(ContextDecorator):
    """Sets one switch of the mode inside a `with` block or a decorated function; blocks may nest."""

    switch = "recording"

    def __init__(self, value: bool) -> None:
        self.value = bool(value)
        self.before: list[Any] = []

    def __enter__(self) -> "Switch":
        self.before.append(getattr(mode, self.switch))
        setattr(mode, self.switch, self.value)
        return self

    def __exit__(self, *_: Any) -> None:
        setattr(mode, self.switch, self.before.pop())

    def __call__(self, function: F) -> F:
        if not isgeneratorfunction(function):
            return super().__call__(function)

        @wraps(function)
        def generate(*args: Any, **kwargs: Any) -> Any:
            generator, sent = function(*args, **kwargs), None
            while True:
                with self:  # in each step anew: between the steps the caller computes
                    try:
                        item = generator.send(sent)
                    except StopIteration as end:
                        return end.value
                sent = yield item

        decorated: F = generate  # type: ignore[assignment] # takes and gives the same
        return decorated


class no_grad(Switch):
    """Compute without recording: results inside require no gradient. `with no_grad():`, `@no_grad()`, `@no_grad`."""

    value = False

    def __new__(cls, function: Any = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self, function: Any = None) -> None:
        Switch.__init__(self, self.value)


class enable_grad(no_grad):
    """Record again inside a block without recording."""

    value = True


class set_grad_enabled(Switch):
    """Switch recording on or off from now on, or, as `with set_grad_enabled(on):`, for a block."""

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        super().__enter__()

    def __enter__(self) -> "set_grad_enabled":
        return self  # switched when made

    def __call__(self, function: F) -> F:
        self.__exit__()  # a decorator switches when the function is called
        again = Switch(self.value)
        again.switch = self.switch
        return again(function)


class set_detect_anomaly(set_grad_enabled):
    """Switch the search for nan and inf on or off, from now on or for a block."""

    switch = "anomaly"


class detect_anomaly(Switch):
    """Raise a RuntimeError at the operation that first makes a nan or inf, forward or backward.

    Every result is searched, which takes time: use it to find a mistake, not in training.
    """

    switch = "anomaly"

    def __init__(self) -> None:
        super().__init__(True)


def inference_mode(mode: Any = True) -> Any:
    """Return `no_grad()`, than which it saves nothing more in this package; `inference_mode(False)` records again."""
    return Switch(not mode) if isinstance(mode, bool) else no_grad(mode)


def is_grad_enabled() -> bool:
    """Return whether operations are recorded now."""
    return mode.recording
