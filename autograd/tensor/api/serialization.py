"""Weights on disk, as safetensors files: names, shapes and numbers, and no code that could run on loading.

PyTorch reads and writes the same files with `safetensors.torch.load_file` and `save_file`. A checkpoint may hold more
than tensors: then the file holds the tensors under their paths, and the rest as text in its header.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd.files import write_whole
from autograd.tensor.core.tensor import Tensor, new, wrap
from autograd.tensor.core.versions import share_memory


def reduced(self: Tensor, protocol: Any) -> Any:
    """Return what pickle writes of a tensor: its numbers, whether it requires a gradient, and its attributes.

    As in PyTorch, the copy is a leaf, without the graph and without `grad`; tensors that share memory do so no more.
    """
    return made, (type(self), self._data, self.requires_grad), getattr(self, "__dict__", None) or None


def made(cls: type[Tensor], array: np.ndarray, requires_grad: bool) -> Tensor:
    """Return a tensor of a class from what pickle wrote."""
    tensor: Tensor = new(cls)
    tensor._data, tensor._grad, tensor.node, tensor.version = array, None, None, None
    tensor.requires_grad = requires_grad
    return tensor


def copied(self: Tensor) -> Tensor:
    """Return a leaf that shares the tensor's memory, for `copy.copy`."""
    other = made(type(self), self._data, False)
    share_memory(other, self)
    other.requires_grad = self.requires_grad
    vars(other).update(vars(self)) if hasattr(self, "__dict__") else None
    return other


for _name, _method in (("__reduce_ex__", reduced), ("__copy__", copied)):
    setattr(Tensor, _name, _method)


def library() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError("weights are saved as safetensors files: run `pip install safetensors`") from None
    return safetensors


def save(obj: Any, f: Any) -> None:
    """Write tensors, such as `model.state_dict()`, to a path, completely or not at all, or to an open file.

    A checkpoint may hold tensors, numbers, strings, None, lists, tuples and dictionaries; TypeError for anything else.
    """
    arrays: dict[str, np.ndarray] = {}
    structure, metadata = described(obj, "", arrays), {"format": "pt"}
    if structure != {"dict": [[name, {"tensor": name}] for name in arrays]}:
        metadata["autograd"] = json.dumps(structure)
    content = library().numpy.save(arrays, metadata=metadata)
    if hasattr(f, "write"):
        f.write(content)
        return
    write_whole(Path(f), lambda file: file.write(content))


def described(x: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return a structure in the form of JSON, and put its tensors into `arrays` under their paths."""
    if isinstance(x, Tensor | np.ndarray):
        while path in arrays:
            path += "_"
        # C order; ascontiguousarray would give a single number a dimension
        arrays[path] = np.array(getattr(x, "_data", x), order="C", copy=None)
        return {"tensor": path}
    if isinstance(x, Mapping):
        paths = {key: f"{path}.{key}" if path else str(key) for key in x}
        return {"dict": [[described(key, paths[key], arrays), described(x[key], paths[key], arrays)] for key in x]}
    if isinstance(x, list | tuple):
        parts = [described(part, f"{path}.{i}" if path else str(i), arrays) for i, part in enumerate(x)]
        return {"tuple" if isinstance(x, tuple) else "list": parts}
    if x is None or isinstance(x, bool | int | float | str):
        return x
    what = f"obj[{path!r}] is" if path else "got"
    raise TypeError(
        f"save takes tensors, numbers, strings, lists and dictionaries, such as model.state_dict(), and no pickles; "
        f"{what} a {type(x).__name__}"
    )


def rebuilt(x: Any, tensors: dict[str, Tensor]) -> Any:
    """Return the structure that `described` turned into JSON; raise ValueError or TypeError for any other JSON."""
    match x:
        case {"tensor": str(name)} if name in tensors:
            return tensors[name]
        case {"dict": [*pairs]} if all(isinstance(pair, list) for pair in pairs):
            return {rebuilt(key, tensors): rebuilt(part, tensors) for key, part in pairs}
        case {"list": [*parts]}:
            return [rebuilt(part, tensors) for part in parts]
        case {"tuple": [*parts]}:
            return tuple(rebuilt(part, tensors) for part in parts)
        case None | bool() | int() | float() | str():
            return x
    raise ValueError(f"{str(x)[:60]} stands for nothing in a checkpoint")


def load(f: Any, map_location: Any = None, *, weights_only: bool = True) -> Any:
    """Return what was saved at a path or in an open file; of any safetensors file, the tensors by name.

    Raises ValueError if the file is cut off, damaged, or something else. `map_location` and `weights_only` are there
    for PyTorch's sake: the device is "cpu", and there are only weights.
    """
    safetensors, content = library(), f.read() if hasattr(f, "read") else Path(f).read_bytes()
    name = getattr(f, "name", "the open file") if hasattr(f, "read") else f
    try:
        arrays = safetensors.numpy.load(content)
    except KeyError as kind:
        raise ValueError(f"{name} holds numbers of type {kind.args[0]}, which NumPy does not have") from None
    except (safetensors.SafetensorError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} is no complete safetensors file ({len(content)} bytes): {error}") from None
    for key, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} holds {key!r} of type {array.dtype}, which no tensor has")
    tensors = {key: wrap(array) for key, array in arrays.items()}
    try:  # a header that safetensors accepts may still hold anything in the part that is ours
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        structure = (header.get("__metadata__") or {}).get("autograd")
        return tensors if structure is None else rebuilt(json.loads(structure), tensors)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{name} has a damaged header, which says what its tensors are parts of: {error}") from None
