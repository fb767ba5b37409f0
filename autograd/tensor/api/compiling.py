"""`torch.compile`, which has no effect in this package: functions and modules run as they are written."""

from collections.abc import Callable
from typing import Any


def compile(
    model: Callable[..., Any] | None = None, *, fullgraph: bool = False, dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor", mode: str | None = None, options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Any:  # fmt: skip
    """Return the function or module itself; without one, a decorator that does so. The settings have no effect.

    The numbers are PyTorch's, and nothing becomes faster. Raises TypeError for what cannot be called, RuntimeError for
    both a mode and options.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if model is None:
        return itself
    return itself(model)


def itself(model: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function or module; raise TypeError for anything else."""
    if not callable(model):
        raise TypeError(f"compile() takes a function or a module, got {model!r} ({type(model).__name__})")
    return model
