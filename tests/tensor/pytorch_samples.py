"""PyTorch's own samples, run with PyTorch and with the engine: what both are given, and how results are compared.

PyTorch tests itself with three lists in `torch.testing._internal`: `op_db` has sample arguments of every operator,
`module_db` of every module, `optim_db` settings of every optimizer. Here each sample becomes arguments for both
engines that share no memory. Numbers, types, shapes, gradients and the kinds of errors have to be the same.
"""

import random
import sys
import types
import unittest
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
import pytest

import autograd.tensor as ours

torch = pytest.importorskip("torch", reason="PyTorch, with whose samples the engine is compared, is not installed")
if not torch.__version__.startswith("2.13."):  # samples are known by their places, which another version may change
    pytest.skip(f"the samples are those of PyTorch 2.13, not of {torch.__version__}", allow_module_level=True)

# PyTorch's lists import two things that are not used here: a base class of PyTorch's own tests, from a package that may
# be missing, and the names of graphics cards from PyTorch's compiler, which takes a second to import.
STAND_INS = {name: types.ModuleType(name) for name in ("expecttest", "torch._inductor", "torch._inductor.utils")}
STAND_INS["expecttest"].TestCase = unittest.TestCase
STAND_INS["torch._inductor.utils"].GPU_TYPES = []
STAND_INS = {name: module for name, module in STAND_INS.items() if name not in sys.modules}
sys.modules.update(STAND_INS)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import module_db as module_db
    from torch.testing._internal.common_optimizers import optim_db as optim_db
for name in STAND_INS:
    del sys.modules[name]
# These lists forbid to set flags of backends in the whole process; other tests set some.
torch.backends.disable_global_flags.__globals__["__allow_nonbracketed_mutation_flag"] = True

TOLERANCE = {"float64": 1e-9, "float32": 2e-5, "float16": 2e-3}
ABSENT_TYPES = (torch.complex32, torch.complex64, torch.complex128, torch.bfloat16)
MISSING = object()


class NotHere(Exception):
    """The engine has no counterpart of an argument, such as a complex number or a sparse tensor."""


# --- from PyTorch to the engine ---


def resolve(path: str, start: Any = ours) -> Any:
    """Return what a dotted name such as "nn.functional.relu" stands for in the engine, or MISSING."""
    for name in path.split("."):
        try:
            start = getattr(start, name)
        except AttributeError:
            return MISSING
    return start


def named_like(x: Any) -> Any:
    """Return the engine's type, function, class or constant of the same name."""
    if isinstance(x, torch.device):
        return str(x)
    name = getattr(x, "__name__", str(x).removeprefix("torch."))
    module = str(getattr(x, "__module__", "")).removeprefix("torch")
    for path in (f"{module}.{name}".strip("."), name, f"nn.functional.{name}", f"nn.{name}"):
        found = resolve(path)
        if found is not MISSING:
            return found
    raise NotHere(f"the engine has no {x}")


def module_like(module: torch.nn.Module) -> Any:
    """Return the engine's module with the settings of one of PyTorch's that is an argument of another."""
    if not isinstance(module, torch.nn.TransformerEncoderLayer):
        return named_like(type(module))()
    attention, wide = module.self_attn, module.linear1
    return ours.nn.TransformerEncoderLayer(
        wide.in_features, attention.num_heads, wide.out_features, module.dropout.p, Translation()(module.activation)[1],
        module.norm1.eps, attention.batch_first, module.norm_first, wide.bias is not None,
    )  # fmt: skip


def numbers(x: torch.Tensor) -> np.ndarray:
    """Return a copy of a tensor's numbers that lie in memory as they do there."""
    if x.dtype in ABSENT_TYPES or x.layout is not torch.strided:
        raise NotHere(f"the engine has no tensors of {x.dtype}, {x.layout}")
    if x.ndim > 64:
        raise NotHere("NumPy has no arrays of more than 64 dimensions")
    return np.copy(x.numpy(force=True), order="K")


class Translation:
    """Turns an argument into two, PyTorch's and the engine's; `leaves` are the pairs whose gradients are compared.

    A tensor that comes twice is one tensor for both engines.
    """

    def __init__(self) -> None:
        self.leaves: list[tuple[Any, Any]] = []
        self.seen: dict[int, tuple[Any, Any]] = {}

    def __call__(self, x: Any) -> tuple[Any, Any]:
        if id(x) in self.seen:
            return self.seen[id(x)]
        if isinstance(x, torch.Tensor):
            pair = self.seen[id(x)] = torch.from_numpy(numbers(x)), ours.from_numpy(numbers(x))
            if x.requires_grad:
                self.leaves.append(tuple(leaf.requires_grad_() for leaf in pair))
            return pair
        if isinstance(x, dict):
            pairs = {key: self(value) for key, value in x.items()}
            return tuple({key: pair[i] for key, pair in pairs.items()} for i in range(2))
        if isinstance(x, list | tuple) and not isinstance(x, torch.Size):
            pairs = [self(part) for part in x]
            return tuple(type(x)(pair[i] for pair in pairs) for i in range(2))
        if isinstance(x, complex):
            raise NotHere("the engine has no complex numbers")
        if isinstance(x, torch.nn.Module):
            return x, module_like(x)
        if isinstance(x, torch.dtype | torch.layout | torch.memory_format | torch.device) or callable(x):
            if x in ABSENT_TYPES:
                raise NotHere(f"the engine has no {x}")
            return x, named_like(x)
        return x, x


def with_our_engine(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of PyTorch's lists, such as `lambda x: torch.relu(x)`, that means the engine by `torch`."""
    scope = {**function.__globals__, "torch": ours, "F": ours.nn.functional}
    for name in function.__code__.co_names:
        schedule = getattr(ours.optim.lr_scheduler, name, None) if name[:1].isupper() else None
        if schedule is not None:
            scope[name] = schedule
    return types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)


# --- comparisons ---


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what a call gives: a result, or the exception that it raises."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return error


def compare(theirs: Any, mine: Any, leaves: Sequence[tuple[Any, Any]], drawn: bool = False) -> None:
    """Compare two results of `attempt`, and the gradients of a weighted sum of the results.

    Of numbers that are drawn, or never written, only types and shapes are compared.
    """
    if isinstance(theirs, Exception):
        assert isinstance(mine, Exception), f"PyTorch raises {theirs!r}, here is {mine!r}"
        return
    if isinstance(mine, Exception):
        raise AssertionError(f"{type(mine).__name__}: {mine}") from mine
    pairs = list(paired(theirs, mine))
    for i, (expected, found) in enumerate(pairs):
        same(found, expected, f"result {i}", drawn)
    roots = [(t, m) for t, m in pairs if isinstance(t, torch.Tensor)]
    for t, m in roots:
        assert t.requires_grad == m.requires_grad, f"PyTorch's result has requires_grad={t.requires_grad}"
    roots = [(t, m) for t, m in roots if t.requires_grad]
    if not roots or not leaves or drawn:
        return
    rng = np.random.default_rng(0)
    weights = [np.asarray(rng.uniform(0.5, 2, t.shape), t.numpy(force=True).dtype) for t, _ in roots]
    expected = attempt(gradients, torch, [t for t, _ in roots], [t for t, _ in leaves], weights)
    found = attempt(gradients, ours, [m for _, m in roots], [m for _, m in leaves], weights)
    if isinstance(expected, Exception):
        assert isinstance(found, Exception), f"backward: PyTorch raises {expected!r}"
        return
    if isinstance(found, Exception):
        raise AssertionError(f"backward: {type(found).__name__}: {found}") from found
    for i, (g, h) in enumerate(zip(found, expected, strict=True)):
        same(g, h, f"gradient {i}")


def gradients(engine: Any, ys: list[Any], xs: list[Any], weights: list[np.ndarray]) -> list[Any]:
    """Return the gradients of the weighted sum, zeros for a leaf that it does not depend on."""
    found = engine.autograd.grad(ys, xs, [engine.from_numpy(w) for w in weights], allow_unused=True)
    return [engine.zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]


def paired(theirs: Any, mine: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the parts of two results, which may be tuples, lists and dicts of tensors, pair by pair."""
    if isinstance(theirs, list | tuple) and not isinstance(theirs, torch.Size):
        assert isinstance(mine, list | tuple) and len(mine) == len(theirs), f"{mine!r}, PyTorch {theirs!r}"
        for pair in zip(theirs, mine, strict=True):
            yield from paired(*pair)
    elif isinstance(theirs, dict):
        assert list(mine) == list(theirs), f"the names are {list(mine)}, PyTorch's {list(theirs)}"
        for name in theirs:
            yield from paired(theirs[name], mine[name])
    else:
        yield theirs, mine


def same(mine: Any, theirs: Any, what: str, drawn: bool = False) -> None:
    """Raise AssertionError unless two results are of one kind, type and shape, with the same numbers."""
    if not isinstance(theirs, torch.Tensor):
        assert type(mine) is type(theirs) or isinstance(theirs, torch.Size), f"{what}: {mine!r}, PyTorch {theirs!r}"
        assert drawn or mine == theirs or (mine != mine and theirs != theirs), f"{what}: {mine!r}, PyTorch {theirs!r}"
        return
    assert isinstance(mine, ours.Tensor), f"{what}: {type(mine).__name__}, PyTorch a Tensor"
    found, expected = mine.detach().numpy(), numbers(theirs)
    assert found.dtype == expected.dtype, f"{what}: dtype {found.dtype}, PyTorch {expected.dtype}"
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, PyTorch {expected.shape}"
    if not drawn:
        tolerance = TOLERANCE.get(found.dtype.name, 0)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=what)


# --- operators ---


@dataclass
class Sample:
    """One call, and where it is from: the samples of a type such as "float64", or "errors", which PyTorch refuses."""

    source: str
    place: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.source} {self.place}"

    @property
    def shown(self) -> str:
        """The arguments, in a line."""
        return shown(self)


def shown(x: Any) -> str:
    """Return a value in a line: of a tensor its type and shape, of a call its arguments."""
    if isinstance(x, torch.Tensor):
        return f"{str(x.dtype).removeprefix('torch.')}{list(x.shape)}"
    if hasattr(x, "args") and hasattr(x, "kwargs"):
        return f"({', '.join([*map(shown, x.args), *(f'{name}={shown(y)}' for name, y in x.kwargs.items())])})"
    return f"({', '.join(map(shown, x))})" if isinstance(x, list | tuple) else repr(x).partition("\n")[0]


def drawn_once(make: Callable[..., Any], *args: Any) -> list[tuple[int, Any]]:
    """Return what one of PyTorch's functions makes, numbered and always the same.

    PyTorch's own way, with a seed for each sample, would take most of the time. What `torch.empty` finds in memory
    would differ from run to run.
    """
    for draw in (torch.manual_seed, ours.manual_seed, random.seed, np.random.seed):
        draw(0)
    with mock.patch.object(torch, "empty", torch.ones):
        return list(enumerate(make(*args)))


@dataclass
class Form:
    """One way to call an operator: as a function, as a method, or as a method that changes its tensor."""

    name: str
    kind: str
    op: Any
    theirs: Callable[..., Any]
    mine: Callable[..., Any]

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"

    def samples(self) -> Iterator[Sample]:
        """Yield the samples; for a method, those that start with a tensor."""
        op = self.op
        for dtype in (torch.float64, torch.int64, torch.bool):
            if dtype in op.dtypes:
                source, learns = str(dtype).removeprefix("torch."), dtype.is_floating_point
                for place, x in drawn_once(op.sample_inputs_func, op, "cpu", dtype, learns and op.supports_autograd):
                    if self.kind == "function" or isinstance(x.input, torch.Tensor):
                        yield Sample(source, place, (x.input, *x.args), x.kwargs)
        if self.kind == "function" and op.error_inputs_func is not None:
            for place, refused in drawn_once(op.error_inputs_func, op, "cpu"):
                if not issubclass(refused.error_type, Warning):
                    x = refused.sample_input
                    yield Sample("errors", place, (x.input, *x.args), x.kwargs)

    def run(self, sample: Sample, drawn: bool = False) -> None:
        """Give a sample to both engines and compare."""
        translate = Translation()
        args, kwargs = translate(sample.args), translate(sample.kwargs)
        changed = [x[0].clone() for x in args] if self.kind == "in place" else [None, None]
        results = [
            attempt(function, *(x if first is None else (first, *x[1:])), **named)
            for function, x, named, first in zip((self.theirs, self.mine), args, kwargs, changed, strict=True)
        ]
        compare(*results, translate.leaves, drawn)
        if self.kind == "in place" and not isinstance(results[0], Exception):
            assert results[1] is changed[1], "a change in place returns the tensor that it changes"


def forms() -> Iterator[Form]:
    """Yield every form, under every name, of every operator that the engine has."""
    for op in op_db:
        variant = f" {op.variant_test_name}" if op.variant_test_name else ""
        written_there = getattr(op.op, "__module__", "").startswith("torch.testing")
        function = resolve(op.name)
        mine = function if callable(function) else getattr(ours.Tensor, op.name, None)
        if mine is not None:
            yield Form(op.name + variant, "function", op, op.op, with_our_engine(op.op) if written_there else mine)
        for alias in op.aliases:
            if callable(resolve(alias.name)):
                yield Form(alias.name + variant, "function", op, alias.op, resolve(alias.name))
        for name in (op, *op.aliases):
            if not written_there and not name.name.startswith("__"):
                yield from methods(name, variant, op)


def methods(name: Any, variant: str, op: Any) -> Iterator[Form]:
    """Yield the methods of one name of an operator; in nn.functional a change in place is the setting inplace=True."""
    for kind, theirs, called in (
        ("method", name.method_variant, name.name),
        ("in place", name.inplace_variant, f"{name.name}_"),
    ):
        if theirs is not None and kind == "in place" and getattr(theirs, "__module__", "").startswith("torch.testing"):
            if resolve(name.name) is not MISSING:
                yield Form(name.name + variant, kind, op, theirs, with_our_engine(theirs))
        elif theirs is not None and hasattr(ours.Tensor, called):
            yield Form(name.name + variant, kind, op, getattr(torch.Tensor, called), getattr(ours.Tensor, called))
