"""Weights on disk, as safetensors files: names, shapes and numbers, and no code that could run on loading.

PyTorch reads and writes the same files with `safetensors.torch.load_file` and `save_file`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd.tensor.engine import Tensor, wrap


def library() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError("weights are saved as safetensors files: run `pip install safetensors`") from None
    return safetensors


def save(obj: Mapping[str, Any], f: str | os.PathLike[str]) -> None:
    """Write a dictionary of tensors, such as `model.state_dict()`, to a file; it is there in full or not at all."""
    if not (isinstance(obj, Mapping) and all(isinstance(x, Tensor | np.ndarray) for x in obj.values())):
        raise TypeError("save takes a dictionary of tensors, such as model.state_dict(); nothing else, and no pickles")
    # C order; ascontiguousarray would give a single number a dimension
    arrays = {str(name): np.array(getattr(x, "_data", x), order="C", copy=None) for name, x in obj.items()}
    content = library().numpy.save(arrays, metadata={"format": "pt"})
    path = Path(f)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)  # in one step, on every system
    finally:
        unfinished.unlink(missing_ok=True)


def load(f: str | os.PathLike[str], map_location: Any = None, *, weights_only: bool = True) -> dict[str, Tensor]:
    """Return the tensors in a safetensors file by name; raises ValueError if it is cut off, damaged, or something else.

    `map_location` and `weights_only` are there for PyTorch's sake: the device is "cpu", and there are only weights.
    """
    safetensors, content = library(), Path(f).read_bytes()
    try:
        arrays = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f"{f} is no complete safetensors file ({len(content)} bytes): {error}") from None
    return {name: wrap(array) for name, array in arrays.items()}
