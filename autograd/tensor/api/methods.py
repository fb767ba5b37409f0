"""What Tensor takes from the operations: operators, methods, and their in-place forms."""

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.tensor.api import (
    comparisons,
    creation,
    dtypes,
    elementwise,
    indexing,
    linalg,
    ordering,
    products,
    reductions,
    shapes,
)
from autograd.tensor.api.comparisons import COMPARED, TESTED, constant
from autograd.tensor.api.creation import rng_of
from autograd.tensor.api.dtypes import promoted
from autograd.tensor.api.inplace import in_place, of_another_shape, setitem
from autograd.tensor.api.refusals import refused
from autograd.tensor.core.nodes import Leaf
from autograd.tensor.core.tensor import Tensor, make_contiguous, new, wrap
from autograd.tensor.core.versions import graph_of
from autograd.tensor.table import elementwise as table


def dim(self: Tensor) -> int:
    """Return the number of dimensions."""
    return self._data.ndim


def size(self: Tensor, dim: int | None = None) -> Any:
    """Return the shape, or the length of one dimension."""
    return self._data.shape if dim is None else self._data.shape[dim]


def numel(self: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return self._data.size


def tolist(self: Tensor) -> Any:
    """Return the numbers as nested lists."""
    return self._data.tolist()


def is_floating_point(self: Tensor) -> bool:
    """Return whether the numbers are of a floating point type."""
    return self._data.dtype.kind == "f"


def is_contiguous(self: Tensor) -> bool:
    """Return whether the numbers lie in memory row after row."""
    make_contiguous(self)
    return self._data.flags.c_contiguous


def cpu(self: Tensor) -> Tensor:
    """Return the tensor itself."""
    return self


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set `requires_grad` and return the tensor."""
    self.requires_grad = requires_grad
    return self


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this computed tensor in its `grad`, as that of a leaf is."""
    if graph_of(self) is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        self.node.retained = weakref.ref(self)


def length(self: Tensor) -> int:
    if not self._data.ndim:
        raise TypeError("len() of a 0-d tensor")
    return len(self._data)


def iterate(self: Tensor) -> Iterator[Tensor]:
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return (self[i] for i in range(len(self._data)))


def contains(self: Tensor, element: Any) -> bool:
    return bool((self._data == (element._data if isinstance(element, Tensor) else element)).any())


def truth(self: Tensor) -> bool:
    if self._data.size != 1:
        raise RuntimeError(f"Boolean value of Tensor with {self._data.size} values is ambiguous; use any() or all()")
    return bool(self._data.item())


def as_index(self: Tensor) -> int:
    if self._data.dtype.kind == "f" or self._data.size != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self._data.item())


def formatted(self: Tensor, spec: str) -> str:
    return format(self.item(), spec) if self._data.ndim == 0 else format(repr(self), spec)


def deepcopied(self: Tensor, memo: dict[int, Any]) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
            "moment; use detach() or clone() first"
        )
    copied = memo[id(self)] = new(type(self))
    copied._data, copied.version = self._data.copy(), None
    copied.node = None if self.node is None else Leaf(copied)
    copied.grad = None if self.grad is None else wrap(self.grad._data.copy())
    vars(copied).update(vars(self)) if hasattr(self, "__dict__") else None
    return copied


def stride(self: Tensor, dim: int | None = None) -> Any:
    """Return how many numbers lie between neighbors in each dimension, or in one."""
    make_contiguous(self)
    steps = tuple(n // self._data.itemsize for n in self._data.strides)
    return steps if dim is None else steps[dim]


def as_type(self: Tensor, dtype: Any = None) -> Any:
    """Return the tensor in a type, such as float64, FloatTensor or "torch.LongTensor"; without one, the type's name."""
    if dtype is None:
        return f"torch.{dtypes.NAMES[self.dtype.name]}Tensor"
    old = {f"{old}Tensor": name for name, old in dtypes.NAMES.items()}
    return self.to(np.dtype(old.get(getattr(dtype, "__name__", str(dtype)).removeprefix("torch."), dtype)))


def detach_(self: Tensor) -> Tensor:
    """Leave the graph and return the tensor."""
    self.node = None
    return self


def copy_of(self: Tensor, src: Tensor) -> Tensor:
    """Return src in the shape and type of self, to which no gradient flows."""
    src = shapes.expand(src.to(self.dtype), self.shape)
    return src if self.node is None else indexing.put(self, src, index=...)


def fill(self: Tensor, value: Any) -> Tensor:
    return copy_of(self, value if isinstance(value, Tensor) else wrap(np.asarray(value, self.dtype)))


def normal(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    return copy_of(self, wrap(rng_of(generator).normal(mean, std, self.shape)))


def uniform(self: Tensor, low: float = 0.0, to: float = 1.0, *, generator: Any = None) -> Tensor:
    return copy_of(self, wrap(rng_of(generator).uniform(low, to, self.shape)))


def bernoulli(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    return copy_of(self, wrap(rng_of(generator).random(self.shape) < getattr(p, "_data", p)))


def bitwise(function: np.ufunc) -> Callable[[Any, Any], Any]:
    return lambda self, other: constant(function)(*promoted((self, other)))


def reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: function(other, self)


def attach() -> None:
    """Give Tensor its operators and methods."""
    for function in (dim, size, numel, tolist, is_floating_point, is_contiguous, cpu, requires_grad_, retain_grad):
        setattr(Tensor, function.__name__, function)
    Tensor.__len__, Tensor.__iter__, Tensor.__contains__ = length, iterate, contains
    Tensor.__bool__, Tensor.__int__ = truth, lambda self: int(self.item())
    Tensor.__float__ = lambda self: float(self.item())
    Tensor.__index__, Tensor.__format__, Tensor.__deepcopy__ = as_index, formatted, deepcopied
    Tensor.device = property(lambda self: dtypes.cpu, doc='Always "cpu".')
    e = table
    pairs = {"add": e.plus, "sub": e.minus, "mul": e.mul, "truediv": e.quotient, "pow": e.raised, "mod": e.remainder}
    pairs |= {"matmul": products.matmul, "floordiv": e.floor_divide}
    pairs |= {"and": bitwise(np.bitwise_and), "or": bitwise(np.bitwise_or), "xor": bitwise(np.bitwise_xor)}
    for name, function in pairs.items():
        setattr(Tensor, f"__{name}__", function)
        setattr(Tensor, f"__r{name}__", reflected(function))
        if name != "matmul":  # in PyTorch, x @= y makes a new tensor
            setattr(Tensor, f"__i{name}__", in_place(function, f"{name}_"))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Tensor, f"__{name}__", comparison(getattr(comparisons, name), name))
    for name in (*COMPARED, *TESTED, "allclose", "equal", "isclose"):
        setattr(Tensor, name, getattr(comparisons, name))
    Tensor.__hash__ = object.__hash__
    Tensor.__invert__ = constant(np.invert)
    Tensor.__getitem__, Tensor.__setitem__ = indexing.getitem, setitem
    Tensor.T = property(lambda self: shapes.t(self) if self.ndim < 3 else shapes.permute(self, *range(self.ndim)[::-1]))
    Tensor.mT = property(lambda self: shapes.transpose(self, -2, -1))
    Tensor.H = property(lambda self: shapes.transpose(self, 0, 1))
    for module, names in [*TABLE.items(), *METHODS.items()]:
        for name in names.split():
            if name not in NO_METHODS:
                setattr(Tensor, name, getattr(module, name))
    Tensor.split = shapes.split_method  # PyTorch's method has other names for its arguments than the function
    for name in IN_PLACE.split():
        setattr(Tensor, f"{name}_", in_place(getattr(Tensor, name), f"{name}_"))
    drawn = {"normal": normal, "uniform": uniform, "bernoulli": bernoulli}
    for name, function in {"fill": fill, "copy": copy_of, **drawn}.items():
        setattr(Tensor, f"{name}_", in_place(function, f"{name}_"))
    Tensor.zero_ = lambda self: self.fill_(0)
    Tensor.half = lambda self: self.to(dtypes.float16)
    Tensor.float = lambda self: self.to(dtypes.float32)
    Tensor.double = lambda self: self.to(dtypes.float64)
    Tensor.long, Tensor.int = lambda self: self.to(dtypes.int64), lambda self: self.to(dtypes.int32)
    Tensor.bool = lambda self: self.to(dtypes.boolean)
    Tensor.type_as = lambda self, other: self.to(other.dtype)
    Tensor.where = lambda self, condition, other: elementwise.where(condition, self, other)
    Tensor.expand_as = lambda self, other: self.expand(other.shape)
    Tensor.view_as = lambda self, other: self.view(other.shape)
    Tensor.reshape_as = lambda self, other: self.reshape(other.shape)
    for name in ("squeeze", "unsqueeze", "transpose", "t"):
        setattr(Tensor, f"{name}_", of_another_shape(name))
    for name in ("tensor", "full", "zeros", "ones", "empty"):
        setattr(Tensor, f"new_{name}", creation.new(getattr(creation, name), f"new_{name}"))
    Tensor.new = lambda self, *data: creation.typed(self.dtype, "new")(*data)
    Tensor.type, Tensor.nelement, Tensor.stride, Tensor.detach_ = as_type, Tensor.numel, stride, detach_
    Tensor.element_size = lambda self: self._data.itemsize
    Tensor.data_ptr = lambda self: self._data.__array_interface__["data"][0]
    Tensor.nbytes, Tensor.is_cuda = property(lambda self: self._data.nbytes), False
    Tensor.cuda = refused("Tensor.cuda", "the only device is the cpu; drop the call, or ask cuda.is_available() first")
    Tensor.register_hook = refused("Tensor.register_hook", "use autograd.grad, or a Function whose backward does it")


def comparison(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def method(self: Tensor, other: Any) -> Any:
        return NotImplemented if other is None or isinstance(other, str) else function(self, other)

    method.__name__ = name
    return method


# The functions of tensors; all but some are methods too, and some methods are no functions
TABLE = {
    table: "abs acos asin atan atan2 ceil cos cosh erf exp exp2 expm1 floor floor_divide fmod hypot log log10 log1p "
    "log2 logaddexp maximum minimum mul neg reciprocal relu remainder rsqrt sigmoid sign sin sinh sqrt square tan tanh "
    "trunc",
    elementwise: "absolute add addcdiv addcmul clamp clamp_max clamp_min clip div divide lerp masked_fill multiply pow "
    "round sub subtract true_divide where",
    reductions: "all amax amin any cdist cumprod cumsum log_softmax logsumexp mean norm prod softmax std sum var",
    ordering: "argmax argmin argsort bincount count_nonzero max median min nonzero sort topk unique",
    shapes: "broadcast_tensors broadcast_to cat chunk clone concat concatenate diag diagonal flatten flip hstack "
    "meshgrid movedim permute ravel reshape roll split squeeze stack swapaxes t tile transpose tril triu unbind "
    "unflatten unsqueeze vstack",
    indexing: "gather index_add index_fill index_select masked_select narrow repeat_interleave scatter scatter_add "
    "select take_along_dim",
    products: "addmm baddbmm bmm dot einsum matmul mm mv outer tensordot trace",
    linalg: "det inverse",
}
NO_METHODS = (
    "broadcast_tensors cat cdist concat concatenate einsum hstack meshgrid stack tensordot vstack where".split()
)
METHODS = {shapes: "contiguous expand repeat to view", creation: "bernoulli multinomial"}
IN_PLACE = (
    "add sub mul div neg pow abs sqrt exp log clamp relu sigmoid tanh floor ceil round masked_fill tril triu "
    "scatter_add index_add lerp sign square rsqrt reciprocal cumsum scatter addcmul addcdiv exp2 expm1 log2 log10 "
    "log1p sin cos tan asin acos atan atan2 sinh cosh erf hypot trunc remainder fmod clip clamp_min clamp_max "
    "index_fill absolute multiply divide subtract"
)

attach()
