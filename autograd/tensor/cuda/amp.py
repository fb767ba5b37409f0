"""Mixed precision, which there is not: all is computed in the types that the tensors have."""

import contextlib
from typing import Any

from autograd.tensor.engine import Tensor


class autocast(contextlib.nullcontext, contextlib.ContextDecorator):
    """A context, or decorator, without effect."""

    def __init__(self, device_type: Any = "cpu", dtype: Any = None, enabled: bool = True, **_: Any) -> None:
        super().__init__()


class GradScaler:
    """Leaves losses and gradients as they are: float32 needs no scaling."""

    def __init__(self, device: Any = "cpu", enabled: bool = True, **_: Any) -> None:
        pass

    def scale(self, outputs: Tensor) -> Tensor:
        """Return the loss itself."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Do nothing."""

    def step(self, optimizer: Any, *args: Any) -> Any:
        """Take the optimizer's step."""
        return optimizer.step(*args)

    def update(self, new_scale: Any = None) -> None:
        """Do nothing."""
