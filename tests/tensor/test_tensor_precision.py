"""Reductions, norms and losses in float32 against float64, for numbers that lie in memory in several ways.

Sums lose digits where they are added one by one. However the numbers lie, an error may be at most four times that of
PyTorch, which is computed beside it.
"""

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor.table.sums import summed

torch = pytest.importorskip("torch", reason="PyTorch, whose errors are the measure, is not installed")

EPS = float(np.finfo(np.float32).eps)


def layouts(x):
    """Return copies of an array of at least two dimensions that lie in memory in different ways."""
    gaps = np.zeros([2 * n for n in x.shape], x.dtype)
    inside = gaps[tuple(slice(None, None, 2) for _ in x.shape)]
    inside[...] = x
    backwards = tuple(slice(None, None, -1) for _ in x.shape)
    return {
        "rows": np.ascontiguousarray(x),
        "channels last": np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1),
        "channels first": np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, 0)), 0, 1),
        "transposed": np.ascontiguousarray(x.T).T,
        "strided": inside,
        "backwards": np.ascontiguousarray(x[backwards])[backwards],
    }


LAYOUTS = ["rows", "channels last", "channels first", "transposed", "strided", "backwards"]
IMAGES, ROWS = (64, 3, 48, 48), (4096, 12)  # sums over some 150,000 and 50,000 numbers


def draw(shape, seed=0):
    """Return numbers around 1, so that a sum grows steadily and roundings add up."""
    return np.random.default_rng(seed).uniform(0.5, 1.5, shape)


def labels(t, n=4096, classes=12):
    return t.from_numpy(np.random.default_rng(2).integers(0, classes, n))


CASES = {
    "sum": (IMAGES, lambda t, x: x.sum()),
    "sum over images": (IMAGES, lambda t, x: x.sum((0, 2, 3))),
    "sum over rows": (ROWS, lambda t, x: x.sum(0)),
    "mean": (IMAGES, lambda t, x: x.mean()),
    "mean over images": (IMAGES, lambda t, x: x.mean((0, 2, 3))),
    "mean over rows": (ROWS, lambda t, x: x.mean(0)),
    "var": (IMAGES, lambda t, x: x.var()),
    "var over images": (IMAGES, lambda t, x: x.var((0, 2, 3))),
    "std over rows": (ROWS, lambda t, x: x.std(0)),
    "norm": (IMAGES, lambda t, x: x.norm()),
    "norm of order 1": (IMAGES, lambda t, x: x.norm(1)),
    "norm of order 3 over rows": (ROWS, lambda t, x: x.norm(3, 0)),
    "vector norm over rows": (ROWS, lambda t, x: t.linalg.vector_norm(x, 2, 0)),
    "logsumexp over rows": (ROWS, lambda t, x: t.logsumexp(x, 0)),
    "softmax over rows": (ROWS, lambda t, x: t.softmax(x, 0)),
    "log_softmax over rows": (ROWS, lambda t, x: t.log_softmax(x, 0)),
    "prod over rows": ((400, 12), lambda t, x: x.prod(0)),
    "cumsum": ((64, 1000), lambda t, x: x.cumsum(1)[:, -1]),
    "batch norm of images": (IMAGES, lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True)),
    "batch norm of rows": (ROWS, lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True)),
    "layer norm": ((8, 96, 40), lambda t, x: t.nn.functional.layer_norm(x, (96, 40))),
    "group norm": ((8, 6, 40, 40), lambda t, x: t.nn.functional.group_norm(x, 2)),
    "instance norm": (IMAGES, lambda t, x: t.nn.InstanceNorm2d(3)(x)),
    "rms norm": ((8, 96, 40), lambda t, x: t.nn.functional.rms_norm(x, (96, 40))),
    "normalize over rows": (ROWS, lambda t, x: t.nn.functional.normalize(x, dim=0)),
    "cosine similarity over rows": (ROWS, lambda t, x: t.nn.functional.cosine_similarity(x, x.flip(0), 0)),
    "average of images": ((16, 3, 96, 96), lambda t, x: t.nn.functional.avg_pool2d(x, 96)),
    "adaptive average of images": ((16, 3, 96, 96), lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1)),
    "mse loss": (IMAGES, lambda t, x: t.nn.functional.mse_loss(x, t.zeros_like(x))),
    "l1 loss": (IMAGES, lambda t, x: t.nn.functional.l1_loss(x, t.zeros_like(x), reduction="sum")),
    "huber loss": (IMAGES, lambda t, x: t.nn.functional.huber_loss(x, t.zeros_like(x))),
    "smooth l1 loss": (IMAGES, lambda t, x: t.nn.functional.smooth_l1_loss(x, t.zeros_like(x))),
    "cross entropy": (ROWS, lambda t, x: t.nn.functional.cross_entropy(x, labels(t))),
    "cross entropy of images": (
        (16, 12, 40, 40),
        lambda t, x: t.nn.functional.cross_entropy(x, labels(t, 16 * 40 * 40).reshape(16, 40, 40)),
    ),
    "cross entropy with soft targets": (
        ROWS,
        lambda t, x: t.nn.functional.cross_entropy(x, t.full_like(x, 1 / 12), reduction="sum"),
    ),
    "cross entropy with smoothing": (
        ROWS,
        lambda t, x: t.nn.functional.cross_entropy(x, labels(t), label_smoothing=0.1, reduction="sum"),
    ),
    "nll loss": (ROWS, lambda t, x: t.nn.functional.nll_loss(-x, labels(t), reduction="sum")),
    "bce loss": (IMAGES, lambda t, x: t.nn.functional.binary_cross_entropy(x / 2, x / 3)),
    "bce with logits": (
        IMAGES,
        lambda t, x: t.nn.functional.binary_cross_entropy_with_logits(x, x / 2, reduction="sum"),
    ),
    "kl div": (IMAGES, lambda t, x: t.nn.functional.kl_div(x.log(), x, reduction="batchmean")),
    "trace": ((2000, 2000), lambda t, x: t.trace(x)),
    "matrix product": ((300, 4000), lambda t, x: x @ x[:40].T),
    # The weight is detached: its gradient is one matrix product, with the digits of NumPy's BLAS. For 4,096 terms its
    # error is 2e-6; that of PyTorch is 2e-7 with one thread, and 7e-7 with two.
    "bias of a linear layer": (ROWS, lambda t, x: t.nn.functional.linear(x, x[:5].detach(), x[0, :5]).sum(0)),
}


def run(t, call, x):
    """Return a result and the gradient of a weighted sum of its numbers."""
    leaf = t.from_numpy(x).requires_grad_()
    y = call(t, leaf)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, y.shape).astype(np.float32).astype(x.dtype)
    (gradient,) = t.autograd.grad(y, leaf, t.from_numpy(weights))
    return [part.detach().numpy().astype(np.float64) for part in (y, gradient)]


def errors(found, exact):
    """Return the largest error of the result and of the gradient, as parts of the largest exact number."""
    return [np.abs(a - b).max() / max(np.abs(b).max(), 1e-300) for a, b in zip(found, exact, strict=True)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_errors_in_float32_are_at_most_four_times_pytorchs(name, layout):
    shape, call = CASES[name]
    x = draw(shape).astype(np.float32)
    exact = run(ours, call, x.astype(np.float64))
    mine = errors(run(ours, call, layouts(x)[layout]), exact)
    theirs = errors(
        run(torch, call, layouts(x)["rows" if layout == "backwards" else layout]), exact
    )  # no steps below 0
    for own, other, what in zip(mine, theirs, ("value", "gradient"), strict=True):
        assert own <= 4 * max(other, EPS), f"{what}: error {own:.1e}, PyTorch {other:.1e}"


def normalized(x, between):
    """Return batch norm's result after a convolution, with `between` between them, and the variance that it saw."""
    t = ours
    rng = np.random.default_rng(3)
    weight = t.from_numpy(rng.standard_normal((8, 3, 3, 3)).astype(x.dtype))
    mean, var = t.zeros(8).to(t.result_type(weight, weight)), t.ones(8).to(t.result_type(weight, weight))
    y = t.nn.functional.conv2d(t.from_numpy(x), weight, padding=1) + 20.0
    y = t.nn.functional.batch_norm(between(y), mean, var, training=True, momentum=1.0)
    return y.numpy(), var.numpy()


def test_batch_norm_after_a_convolution_keeps_its_digits():
    x = np.random.default_rng(4).standard_normal((64, 3, 28, 28))
    exact = normalized(x, lambda y: y)
    found = normalized(x.astype(np.float32), lambda y: y)
    for own, other in zip(found, exact, strict=True):
        assert np.abs(own - other).max() / np.abs(other).max() < 5e-6


BETWEEN = {"detach": lambda y: y.detach(), "clone": lambda y: y.clone(), "contiguous": lambda y: y.contiguous()}


@pytest.mark.parametrize("name", BETWEEN)
def test_what_copies_a_tensor_on_the_way_changes_no_bit(name):
    x = np.random.default_rng(5).standard_normal((16, 3, 28, 28)).astype(np.float32)
    for own, other in zip(normalized(x, BETWEEN[name]), normalized(x, lambda y: y), strict=True):
        assert np.array_equal(own, other)


SUMMED = {  # the shape, and the dimensions of the sum
    "all": ((40, 50, 3), None),
    "rows": ((4099, 12), 0),
    "few rows": ((50, 300), 0),
    "columns": ((300, 37), 1),
    "long columns": ((3, 5003), -1),
    "inside": ((7, 203, 11), 1),
    "images": ((9, 3, 17, 19), (0, 2, 3)),
    "many images": ((64, 3, 6, 5), (0, 2, 3)),  # a multiple of eight: eighths are added in one call
    "sixteen images of one channel": ((16, 1, 9, 5), (0, 2, 3)),
    "images of one row": ((128, 5, 1, 3), (0, 2, 3)),
    "images of one number": ((512, 3, 1, 1), (0, 2, 3)),
    "first and last": ((70, 3, 19), (0, -1)),
    "first and last, a multiple of eight": ((24, 5, 8), (0, -1)),
    "every other": ((13, 4, 15, 3, 16), (0, 2, 4)),
    "none": ((20, 80), ()),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SUMMED)
def test_a_sum_does_not_depend_on_how_numbers_lie_in_memory(name, dtype):
    shape, dim = SUMMED[name]
    x = draw(shape).astype(dtype)
    for times in (None, draw(shape, 1).astype(dtype)):
        exact = np.sum(x.astype(np.longdouble) * (1 if times is None else times), axis=dim)
        found = {name: summed(laid, dim, times=times) for name, laid in layouts(x).items()}
        for layout, y in found.items():
            assert y.shape == exact.shape, layout
            assert np.abs(y - exact).max() <= 3 * np.finfo(dtype).eps * np.abs(exact).max(), layout
            assert np.array_equal(y, found["rows"]), layout
            kept = summed(layouts(x)[layout], dim, True, times=times)
            assert np.array_equal(kept, found["rows"].reshape(kept.shape)), layout


@pytest.mark.parametrize("name", ["mean", "var", "std", "norm"])
def test_float16_numbers_are_added_up_where_their_sum_fits(name):
    x = np.full((3, 400), 300, np.float16)
    x[:, ::2] = 100
    found, exact = (getattr(ours.from_numpy(x.astype(t)), name)(dim=1).numpy() for t in (np.float16, np.float64))
    assert found.dtype == np.float16
    assert np.allclose(found, exact, rtol=1e-3, atol=0)
