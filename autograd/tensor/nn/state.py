"""What `load_state_dict` of a module reads and returns."""

from typing import Any, NamedTuple

import numpy as np

from autograd.tensor.api.conversion import as_array
from autograd.tensor.core.tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """The missing and the unexpected names that a `load_state_dict` that is not strict left alone."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not any(self):
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def array_of(key: str, x: Any) -> np.ndarray:
    """Return a value of a state_dict as an array; raise TypeError, with its name, for what is no tensor."""
    try:
        return as_array(x if isinstance(x, Tensor) else np.asarray(x), None)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"the value of {key!r} in state_dict is no tensor: {error}") from None
