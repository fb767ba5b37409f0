"""Functions that `api` replaces to get PyTorch's behaviour. Without it the engine behaves as NumPy does."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.tensor.core.modes import mode


class Hooks:
    """What the engine calls; `autograd.tensor.api` replaces these functions when it is imported."""

    def replace(self, **functions: Callable[..., Any]) -> None:
        vars(self).update(functions)

    def initial(self, data: tuple[Any, ...], dtype: Any) -> np.ndarray:
        """Return the array that `Tensor(*data, dtype=dtype)` starts with."""
        return np.asarray(data[0], dtype or mode.default_dtype)

    def convert(self, data: Any) -> np.ndarray:
        """Return numbers of any form as an array."""
        return np.asarray(getattr(data, "_data", data))

    def operand(self, x: Any, op: str) -> Any:
        """Return an operand, which is no Tensor, as a Tensor or a Python number."""
        return x

    def promote(self, operands: Sequence[Any], floating: bool) -> Sequence[Any]:
        """Return operands cast to one dtype, or () if no cast is needed; `floating`: the results are floats."""
        return ()

    def explain(self, error: Exception, op: str, inputs: Sequence[Any]) -> Exception:
        """Return an error that names the operation, for one that NumPy raised."""
        return type(error)(f"{op}: {error}")

    def check(self, array: Any, op: str, sources: Sequence[Any], direction: str = "forward") -> None:
        """Raise an error if a result has a nan that no input has, or an inf of finite inputs (in `detect_anomaly`)."""

    def sum(self, x: np.ndarray, axis: Any) -> np.ndarray:
        """Return the sum over some axes."""
        return np.asarray(np.sum(x, axis=axis))

    def refresh(self, tensor: Any) -> None:
        """Give a tensor the graph it has after its memory was changed through another tensor."""


hooks = Hooks()
