"""Every public function of the tensor engine against PyTorch: values, first and second gradients, dtypes, shapes."""

import inspect

import numpy as np
import pytest
from tensor_cases import CASES

import autograd.tensor as ours

torch = pytest.importorskip("torch")

TOLERANCE = {np.float64: 1e-9, np.float32: 2e-4}


def numbers_for(spec, dtype, contiguous, rng):
    """Return one input as an array; half of all layouts that are not contiguous are transposed, half are strided."""
    array = np.asarray(rng.standard_normal(spec) if isinstance(spec, tuple) else spec, dtype)
    if contiguous or not array.ndim:
        return array
    if array.ndim > 1:
        return np.ascontiguousarray(array.T).T
    return np.repeat(array, 2)[::2]


def inputs_of(case, dtype, contiguous=True):
    rng = np.random.default_rng(len(case.name) + 10 * len(case.inputs))
    return [numbers_for(spec, dtype, contiguous, rng) for spec in case.inputs]


def close(mine, theirs, tolerance, what):
    mine, theirs = mine.detach().numpy(), theirs.numpy(force=True)
    assert mine.dtype == theirs.dtype, f"{what}: dtype {mine.dtype}, PyTorch {theirs.dtype}"
    assert mine.shape == theirs.shape, f"{what}: shape {mine.shape}, PyTorch {theirs.shape}"
    if mine.dtype == np.float32:
        tolerance = max(tolerance, 1e-6)
    np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance, err_msg=what)


def gradients(framework, y, xs, weights, **options):
    """Return the gradients of a weighted sum, zeros for inputs that y does not depend on."""
    found = framework.autograd.grad(y, xs, weights, allow_unused=True, **options)
    return [framework.zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]


def compare(case, dtype, contiguous=True, second=False):
    arrays, tolerance = inputs_of(case, dtype, contiguous), TOLERANCE[dtype]
    xs = [ours.from_numpy(a.copy() if contiguous else a).requires_grad_() for a in arrays]
    ts = [torch.from_numpy(a.copy() if contiguous else a).requires_grad_() for a in arrays]
    y, u = case.call(ours, *xs), case.call(torch, *ts)
    close(y, u, tolerance, "value")
    assert y.requires_grad == u.requires_grad
    if not y.requires_grad:
        return
    weights = np.random.default_rng(1).uniform(0.5, 2, y.shape).astype(y.detach().numpy().dtype)
    weights = ours.from_numpy(weights), torch.from_numpy(weights)
    first = gradients(ours, y, xs, weights[0], create_graph=second)
    expected = gradients(torch, u, ts, weights[1], create_graph=second)
    for i, (g, h) in enumerate(zip(first, expected, strict=True)):
        close(g, h, tolerance, f"gradient of input {i}")
    if not second:
        return
    curved = [(g * g).sum() for g in first if g.requires_grad], [(h * h).sum() for h in expected if h.requires_grad]
    totals = [sum(parts[1:], parts[0]) if parts else None for parts in curved]
    if totals[1] is None:
        return
    if totals[0] is None:  # PyTorch made a graph that leads nowhere
        assert all(h is None or not h.any() for h in torch.autograd.grad(totals[1], ts, allow_unused=True))
        return
    for i, (g, h) in enumerate(
        zip(gradients(ours, totals[0], xs, None), gradients(torch, totals[1], ts, None), strict=True)
    ):
        close(g, h, 10 * tolerance, f"second gradient of input {i}")


def labelled(cases):
    return [pytest.param(case, id=f"{case.name} {i}") for i, case in enumerate(cases)]


@pytest.mark.parametrize("case", labelled(CASES))
def test_values_and_gradients_of_both_orders_in_float64(case):
    compare(case, np.float64, second=case.second)


@pytest.mark.parametrize("case", labelled(CASES))
def test_values_and_gradients_in_float32(case):
    compare(case, np.float32)


@pytest.mark.parametrize("case", labelled(CASES))
def test_values_and_gradients_of_input_that_is_not_contiguous(case):
    if "view" not in inspect.getsource(case.call):  # a view needs the numbers row after row
        compare(case, np.float64, contiguous=False)


ELSEWHERE = set(
    "__version__ autograd bernoulli BoolTensor detect_anomaly device DoubleTensor enable_grad finfo FloatTensor "
    "Function functional Generator get_default_dtype get_num_threads grad iinfo inf inference_mode "
    "is_grad_enabled load LongTensor manual_seed multinomial nan nn no_grad normal optim pi primitive rand "
    "rand_like randint randn randn_like randperm result_type save set_default_dtype set_grad_enabled "
    "set_num_threads Tensor utils amp autocast backends cuda channels_last compile contiguous_format distributions e "
    "get_printoptions is_tensor linalg preserve_format set_printoptions Size zero_".split()
)


def test_every_public_name_has_a_case():
    names = {name for name in ours.__all__ if not isinstance(getattr(ours, name), np.dtype)}
    names |= {f"nn.functional.{name}" for name in ours.nn.functional.__all__}
    without = names - ELSEWHERE - {case.name for case in CASES}
    assert without == set(), "tests/tensor/tensor_cases.py calls each public name, these not yet"


DTYPES = ("bool", "uint8", "int32", "int64", "float32", "float64")
OPERATIONS = {
    "add": lambda t, a, b: t.add(a, b),
    "mul": lambda t, a, b: a * b,
    "div": lambda t, a, b: a / b,
    "maximum": lambda t, a, b: t.maximum(a, b),
    "where": lambda t, a, b: t.where(t.tensor([True, False]), a, b),
    "eq": lambda t, a, b: a == b,
    "atan2": lambda t, a, b: t.atan2(a, b),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("first", DTYPES)
def test_types_of_results_of_two_tensors(operation, first):
    for second in DTYPES:
        for shape in ([2], []):  # a tensor without dimensions decides less
            results = []
            for t in (ours, torch):
                a = t.ones(2).to(getattr(t, first))
                b = t.ones(*shape).to(getattr(t, second)) if shape else t.tensor(1).to(getattr(t, second))
                results.append(OPERATIONS[operation](t, a, b))
            close(*results, 1e-6, f"{operation} of {first} and {second} {shape}")


UNARY = {
    "sqrt": lambda t, x: t.sqrt(x), "exp": lambda t, x: x.exp(), "sum": lambda t, x: x.sum(),
    "cumsum": lambda t, x: t.cumsum(x, 0), "prod": lambda t, x: x.prod(), "sigmoid": lambda t, x: x.sigmoid(),
    "abs": lambda t, x: x.abs(), "plus 2": lambda t, x: x + 2, "plus 2.5": lambda t, x: x + 2.5,
    "2.5 times": lambda t, x: 2.5 * x, "over 2": lambda t, x: x / 2, "square": lambda t, x: x**2,
    "max": lambda t, x: x.max(), "argmax": lambda t, x: t.argmax(x), "cat": lambda t, x: t.cat([x, t.ones(1)]),
    "floor": lambda t, x: (x + 3) // 2, "cut": lambda t, x: t.div(x + 3, 2, rounding_mode="trunc"),
    "where": lambda t, x: t.where(x > 0, 1.0, 0), "erf": lambda t, x: t.erf(x),
    "tanh": lambda t, x: t.tanh(x), "reciprocal": lambda t, x: t.reciprocal(x),
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_types_of_results_of_one_tensor(name, dtype):
    if dtype == "bool" and name in ("abs", "max", "argmax", "square"):
        pytest.skip("not in PyTorch, or of another type there")
    results = [UNARY[name](t, t.tensor([1, 0, 1]).to(getattr(t, dtype))) for t in (ours, torch)]
    close(*results, 1e-6, f"{name} of {dtype}")


METHODS = [name for name in dir(ours.Tensor) if not name.startswith("_")]
OUR_OWN = {"node", "version", "op", "parents"}


def test_every_method_is_one_of_pytorch():
    assert [name for name in METHODS if not hasattr(torch.Tensor, name)] == sorted(OUR_OWN)
