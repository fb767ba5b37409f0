"""What Tensor takes from the derivative table: operators, methods, in-place forms, and NumPy's functions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor import backward, creation, dtypes
from autograd.tensor.creation import rng_of
from autograd.tensor.derivatives import elementwise, indexing, linalg, ordering, reductions, shapes
from autograd.tensor.derivatives.forms import named
from autograd.tensor.engine import Tensor, settle, wrap
from autograd.tensor.errors import explained, refused
from autograd.tensor.inplace import in_place, of_another_shape, setitem
from autograd.tensor.primitives import FUNCTIONS, UFUNCS, operand, promoted


def compared(function: np.ufunc, name: str) -> Callable[..., Any]:
    """Return a function of two tensors or numbers that has no gradient."""

    def apply(input: Any, other: Any) -> Tensor:
        a, b = (x._data if isinstance(x, Tensor) else x for x in (input, other))
        try:
            return wrap(function(a, b))
        except ValueError as error:
            raise explained(error, name, (input, other)) from None

    return named(apply, name, f"Return NumPy's {function.__name__} of input and other; it has no gradient.")


def constant(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of NumPy for tensors that gives numbers without a gradient, since it has none."""

    def apply(input: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(*(x._data if isinstance(x, Tensor) else x for x in (input, *args)), **kwargs)
        return wrap(y) if isinstance(y, np.ndarray | np.generic) else y

    return named(apply, function.__name__, f"Return NumPy's {function.__name__} of the numbers; it has no gradient.")


def tested(function: np.ufunc, name: str) -> Callable[[Tensor], Tensor]:
    """Return a test of each number; only of its argument, since NumPy would take a second one as `out`."""
    return named(lambda input: wrap(function(input._data)), name, f"Return NumPy's {name} of the numbers.")


COMPARED = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater}
COMPARED |= {"ge": np.greater_equal, "logical_and": np.logical_and, "logical_or": np.logical_or}
COMPARED |= {"logical_xor": np.logical_xor}
TESTED = {"logical_not": np.logical_not, "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite}
globals().update({_name: compared(_function, _name) for _name, _function in COMPARED.items()})
globals().update({_name: tested(_function, _name) for _name, _function in TESTED.items()})


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Return whether all |input - other| <= atol + rtol * |other|."""
    return np.allclose(input._data, other._data, rtol, atol, equal_nan)


def numel(input: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return input.numel()


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Return where |input - other| <= atol + rtol * |other|."""
    return wrap(np.isclose(input._data, other._data, rtol, atol, equal_nan))


def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have the same shape and the same numbers."""
    return np.array_equal(input._data, other._data)


def stride(self: Tensor, dim: int | None = None) -> Any:
    """Return how many numbers lie between neighbors in each dimension, or in one."""
    settle(self)
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


def copied(self: Tensor, src: Tensor) -> Tensor:
    """Return src in the shape and type of self, to which no gradient flows."""
    src = shapes.expand(src.to(self.dtype), self.shape)
    return src if self.node is None else indexing.put(self, src, index=...)


def filled(self: Tensor, value: Any) -> Tensor:
    return copied(self, value if isinstance(value, Tensor) else wrap(np.asarray(value, self.dtype)))


def normal(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    return copied(self, wrap(rng_of(generator).normal(mean, std, self.shape)))


def uniform(self: Tensor, low: float = 0.0, to: float = 1.0, *, generator: Any = None) -> Tensor:
    return copied(self, wrap(rng_of(generator).uniform(low, to, self.shape)))


def bernoulli(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    return copied(self, wrap(rng_of(generator).random(self.shape) < getattr(p, "_data", p)))


def bitwise(function: np.ufunc) -> Callable[[Any, Any], Any]:
    return lambda self, other: constant(function)(*promoted((self, other)))


def reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: function(other, self)


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """NumPy's ufuncs on tensors: those of the derivative table, as recorded operations."""
    if method != "__call__" or kwargs or ufunc not in UFUNCS:
        raise no_rule(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}")
    if out is None:
        return UFUNCS[ufunc](*inputs)
    if any(isinstance(x, Tensor) and x.requires_grad for x in (*inputs, *out)):
        raise no_rule(f"{ufunc.__name__} with out=")
    ufunc(*(x._data if isinstance(x, Tensor) else x for x in inputs),
          out=tuple(x._data if isinstance(x, Tensor) else x for x in out))  # fmt: skip
    return out[0]


def array_function(self: Tensor, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """NumPy's other functions on tensors."""
    if function not in FUNCTIONS:
        raise no_rule(function.__name__)
    return FUNCTIONS[function](*args, **kwargs)


def no_rule(name: str) -> TypeError:
    return TypeError(
        f"numpy.{name} has no derivative here and would drop the graph: use x.detach().numpy() if no gradient is needed"
    )


def attach() -> None:
    """Give Tensor its operators and methods, and NumPy's functions their meaning for tensors."""
    e = elementwise
    pairs = {"add": e.plus, "sub": e.minus, "mul": e.mul, "truediv": e.quotient, "pow": e.raised, "mod": e.remainder}
    pairs |= {"matmul": linalg.matmul, "floordiv": e.floor_divide}
    pairs |= {"and": bitwise(np.bitwise_and), "or": bitwise(np.bitwise_or), "xor": bitwise(np.bitwise_xor)}
    for name, function in pairs.items():
        setattr(Tensor, f"__{name}__", function)
        setattr(Tensor, f"__r{name}__", reflected(function))
        if name != "matmul":  # in PyTorch, x @= y makes a new tensor
            setattr(Tensor, f"__i{name}__", in_place(function, f"{name}_"))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Tensor, f"__{name}__", comparison(globals()[name], name))
    for name in (*COMPARED, *TESTED, "allclose", "equal", "isclose"):
        setattr(Tensor, name, globals()[name])
    Tensor.__hash__ = object.__hash__
    Tensor.__neg__, Tensor.__pos__, Tensor.__abs__ = e.neg, e.positive, e.abs
    Tensor.__invert__ = constant(np.invert)
    Tensor.__getitem__, Tensor.__setitem__ = indexing.getitem, setitem
    Tensor.__array_ufunc__, Tensor.__array_function__ = array_ufunc, array_function
    Tensor.backward = backward.backward
    Tensor.T = property(lambda self: shapes.t(self) if self.ndim < 3 else shapes.permute(self, *range(self.ndim)[::-1]))
    Tensor.mT = property(lambda self: shapes.transpose(self, -2, -1))
    Tensor.H = property(lambda self: shapes.transpose(self, 0, 1))
    for module, names in [*TABLE.items(), *METHODS.items()]:
        for name in names.split():
            if name not in NO_METHODS:
                setattr(Tensor, name, getattr(module, name))
    for name in IN_PLACE.split():
        setattr(Tensor, f"{name}_", in_place(getattr(Tensor, name), f"{name}_"))
    drawn = {"normal": normal, "uniform": uniform, "bernoulli": bernoulli}
    for name, function in {"fill": filled, "copy": copied, **drawn}.items():
        setattr(Tensor, f"{name}_", in_place(function, f"{name}_"))
    Tensor.zero_ = lambda self: self.fill_(0)
    Tensor.half = lambda self: self.to(dtypes.float16)
    Tensor.float = lambda self: self.to(dtypes.float32)
    Tensor.double = lambda self: self.to(dtypes.float64)
    Tensor.long, Tensor.int = lambda self: self.to(dtypes.int64), lambda self: self.to(dtypes.int32)
    Tensor.bool = lambda self: self.to(dtypes.boolean)
    Tensor.type_as = lambda self, other: self.to(other.dtype)
    Tensor.where = lambda self, condition, other: e.where(condition, self, other)
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


# The functions of the table; all but some are methods too, and some methods are no functions
TABLE = {
    elementwise: "abs absolute acos add addcdiv addcmul asin atan atan2 ceil clamp clamp_max clamp_min clip cos cosh "
    "div divide erf exp exp2 expm1 floor floor_divide fmod hypot lerp log log10 log1p log2 logaddexp masked_fill "
    "maximum minimum mul multiply neg pow reciprocal relu remainder round rsqrt sigmoid sign sin sinh sqrt square sub "
    "subtract tan tanh true_divide trunc where",
    reductions: "all amax amin any cdist cumprod cumsum log_softmax logsumexp mean norm prod softmax std sum var",
    ordering: "argmax argmin argsort bincount count_nonzero max median min nonzero sort topk unique",
    shapes: "broadcast_tensors broadcast_to cat chunk clone concat concatenate diag diagonal flatten flip hstack "
    "meshgrid movedim permute ravel reshape roll split squeeze stack swapaxes t tile transpose tril triu unbind "
    "unflatten unsqueeze vstack",
    indexing: "gather index_add index_fill index_select masked_select narrow repeat_interleave scatter scatter_add "
    "select take_along_dim",
    linalg: "addmm baddbmm bmm det dot einsum inverse linalg matmul mm mv outer tensordot trace",
}
NO_METHODS = (
    "broadcast_tensors cat cdist concat concatenate einsum hstack linalg meshgrid stack tensordot vstack where".split()
)
METHODS = {shapes: "contiguous expand repeat to view", creation: "bernoulli multinomial"}
IN_PLACE = (
    "add sub mul div neg pow abs sqrt exp log clamp relu sigmoid tanh floor ceil round masked_fill tril triu "
    "scatter_add index_add lerp sign square rsqrt reciprocal cumsum scatter addcmul addcdiv exp2 expm1 log2 log10 "
    "log1p sin cos tan asin acos atan atan2 sinh cosh erf hypot trunc remainder fmod clip clamp_min clamp_max "
    "index_fill absolute multiply divide subtract"
)

# NumPy's functions: those that say the same by the same name, and those that need a word of translation
SAME = {
    elementwise: "where",
    reductions: "amax amin mean prod sum",
    ordering: "argmax argmin",
    shapes: "diag diagonal ravel tile",
    linalg: "outer trace",
    creation: "empty_like full_like ones_like zeros_like",
}
FUNCTIONS |= {getattr(np, name): getattr(module, name) for module, names in SAME.items() for name in names.split()}
FUNCTIONS |= {
    np.broadcast_to: lambda x, shape: shapes.expand(x, *shape),
    np.reshape: lambda x, shape: shapes.reshape(x, shape),
    np.transpose: lambda x, axes=None: x.T if axes is None else shapes.permute(x, *axes),
    np.swapaxes: lambda x, axis1, axis2: shapes.transpose(x, axis1, axis2),
    np.moveaxis: shapes.movedim,
    np.expand_dims: lambda x, axis: shapes.unsqueeze(x, axis),
    np.squeeze: lambda x, axis=None: shapes.squeeze(x, axis),
    np.flip: lambda x, axis=None: shapes.flip(x, *(range(x.ndim) if axis is None else np.atleast_1d(axis))),
    np.roll: lambda x, shift, axis=None: shapes.roll(x, shift, axis),
    np.tril: lambda x, k=0: shapes.tril(x, k),
    np.triu: lambda x, k=0: shapes.triu(x, k),
    np.concatenate: lambda tensors, axis=0: shapes.cat([as_tensor(x) for x in tensors], axis),
    np.stack: lambda tensors, axis=0: shapes.stack([as_tensor(x) for x in tensors], axis),
    np.repeat: lambda x, repeats, axis=None: indexing.repeat_interleave(x, repeats, axis),
    np.pad: lambda x, pad_width, mode="constant", constant_values=0: shapes.pad(
        x, np.broadcast_to(pad_width, (x.ndim, 2))[::-1].ravel().tolist(), mode, constant_values
    ),
    np.vstack: lambda tensors: shapes.vstack([as_tensor(x) for x in tensors]),
    np.hstack: lambda tensors: shapes.hstack([as_tensor(x) for x in tensors]),
    np.split: np.split.__wrapped__,  # made of swapaxes and slices
    np.array_split: np.array_split.__wrapped__,
    np.round: lambda x, decimals=0: elementwise.round(x, decimals=decimals),
    np.max: reductions.amax,
    np.min: reductions.amin,
    np.clip: lambda x, a_min=None, a_max=None: elementwise.clamp(x, a_min, a_max),
    np.var: lambda x, axis=None, ddof=0, keepdims=False: reductions.var(x, axis, keepdim=keepdims, correction=ddof),
    np.std: lambda x, axis=None, ddof=0, keepdims=False: reductions.std(x, axis, keepdim=keepdims, correction=ddof),
    np.cumsum: lambda x, axis=None: reductions.cumsum(x.reshape(-1) if axis is None else x, axis or 0),
    np.cumprod: lambda x, axis=None: reductions.cumprod(x.reshape(-1) if axis is None else x, axis or 0),
    np.sort: lambda x, axis=-1: ordering.sort(x, axis).values,
    np.dot: linalg.matmul,
    np.tensordot: lambda a, b, axes=2: linalg.tensordot(a, b, axes),
    np.einsum: lambda equation, *operands: linalg.einsum(equation, *map(as_tensor, operands)),
    np.linalg.inv: linalg.linalg.inv,
    np.linalg.det: linalg.linalg.det,
    np.linalg.cholesky: linalg.linalg.cholesky,
    np.linalg.norm: lambda x, ord=None, axis=None, keepdims=False: linalg.linalg.norm(x, ord, axis, keepdims),
    np.take_along_axis: lambda x, indices, axis: indexing.take_along_dim(x, indices, axis),
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.numel(),
}
NO_GRADIENT = (np.any, np.all, np.argsort, np.nonzero, np.isclose, np.allclose, np.array_equal, np.count_nonzero)
FUNCTIONS |= {function: constant(function) for function in NO_GRADIENT}
UFUNCS |= {function: globals()[name] for name, function in (COMPARED | TESTED).items()}
UFUNCS |= {f: constant(f) for f in (np.signbit, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)}
UFUNCS |= {np.matmul: linalg.matmul, np.power: elementwise.raised, np.reciprocal: elementwise.reciprocal}


def as_tensor(x: Any) -> Tensor:
    x = operand(x, "numpy")
    return x if isinstance(x, Tensor) else wrap(np.asarray(x))


attach()
