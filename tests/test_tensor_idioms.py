"""Idioms of ordinary PyTorch programs: the same text, run in PyTorch and with this engine in its place."""

import numpy as np
import pytest

import autograd.tensor as ours

torch = pytest.importorskip("torch")


def numbers(t, *shape, seed=0):
    return t.tensor(np.random.default_rng(seed).standard_normal(shape))


def plain(x):
    """Return what a program returned, with arrays in the place of tensors and their types by name."""
    if hasattr(x, "detach"):
        return str(x.dtype).removeprefix("torch."), x.detach().numpy()
    return [plain(part) for part in x] if isinstance(x, list | tuple) else x


def agree(mine, theirs):
    if isinstance(theirs, list | tuple):
        assert len(mine) == len(theirs)
        for pair in zip(mine, theirs, strict=True):
            agree(*pair)
    elif isinstance(theirs, np.ndarray):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
    else:
        assert mine == theirs


def run(program, t, *args):
    """Return what a program gives for the numbers x (4, 3), and the gradient of its tensors' sum."""
    x = numbers(t, 4, 3).requires_grad_()
    y = program(t, x, *args)
    parts = [part for part in (y if isinstance(y, list | tuple) else [y]) if getattr(part, "requires_grad", False)]
    gradient = t.autograd.grad(sum((part * part).sum() for part in parts), x) if parts else None
    return plain([y, gradient])


def compare(program, *args):
    agree(run(program, ours, *args), run(program, torch, *args))


def compare_errors(program, *args):
    errors = []
    for t in (ours, torch):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            run(program, t, *args)
        errors.append(caught.type)
    assert issubclass(*errors)


# --- inplace=True ---

ACTIVATIONS = [("relu", ()), ("leaky_relu", (0.2,)), ("elu", (0.5,)), ("hardtanh", (-0.3, 0.4)), ("relu6", ())]
ACTIVATIONS += [("silu", ()), ("mish", ())]
MODULES = ["ReLU", "LeakyReLU", "ELU", "Hardtanh", "ReLU6", "SiLU", "Mish"]


@pytest.mark.parametrize(("name", "settings"), ACTIVATIONS)
@pytest.mark.parametrize("named", [True, False])
def test_inplace_functions_change_their_input(name, settings, named):
    def program(t, x):
        h = x * 2
        function = getattr(t.nn.functional, name)
        y = function(h, *settings, inplace=True) if named else function(h, *settings, True)
        return [y, h, function(h, *settings, False), y is h]

    compare(program)
    compare_errors(lambda t, x: getattr(t.nn.functional, name)(x, *settings, inplace=True))


@pytest.mark.parametrize("name", MODULES)
def test_inplace_modules_change_their_input(name):
    def program(t, x):
        h = x * 2
        y = getattr(t.nn, name)(inplace=True)(h)
        return [y, h]

    compare(program)


@pytest.mark.parametrize("t", [ours, torch], ids=["ours", "torch"])
@pytest.mark.parametrize("name", ["Dropout", "Dropout2d"])
def test_inplace_dropout_changes_its_input(t, name):
    layer, x = getattr(t.nn, name)(0.5, inplace=True), t.ones(8, 8, 2, 2)
    y = layer(x)
    assert y is x and 0 < (x == 0).sum() < x.numel()
    assert layer.eval()(x) is x


# --- attention ---


@pytest.mark.parametrize("kind", ["bool", "float"])
def test_a_query_that_sees_no_key_gets_0(kind):
    def program(t, x):
        mask = t.ones(4, 4, dtype=t.bool).tril()
        mask[2] = False
        if kind == "float":
            mask = t.zeros(4, 4, dtype=x.dtype).masked_fill(~mask, -t.inf)
        return t.nn.functional.scaled_dot_product_attention(x, 2 * x, x.sin(), mask)

    compare(program)


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_heads_of_queries_share_those_of_keys(heads):
    def program(t, x):
        q, k = numbers(t, 2, 4, 5, 3), numbers(t, 2, heads, 6, 3, seed=1) * x[0]
        return t.nn.functional.scaled_dot_product_attention(q, k, k * 2, enable_gqa=True)

    compare(program)


def attend(t, x, *shape, **settings):
    parts = (numbers(t, 2, n, k, shape[-1]) for n, k in zip(shape[:2], (5, 4), strict=True))
    q, k = parts
    return t.nn.functional.scaled_dot_product_attention(q, k, numbers(t, *k.shape[:-1], 7), **settings)


def test_edges_of_attention():
    compare(attend, 3, 3, 0)
    compare(lambda t, x: t.nn.functional.scaled_dot_product_attention(x, x[:0], x[:0]))
    compare_errors(lambda t, x: attend(t, x, 4, 3, 6, enable_gqa=True))


# --- recording switched off ---


def generated(decorate):
    def program(t, x):
        @decorate(t)
        def items(x):
            sent = yield x * 2
            yield x * sent
            return x * 3

        found, steps = [], items(x)
        y = next(steps)
        between = x * 1
        found = [y.requires_grad, between.requires_grad, steps.send(4).requires_grad]
        with pytest.raises(StopIteration) as end:
            next(steps)
        return [*found, end.value.value.requires_grad, t.is_grad_enabled(), between]

    return program


@pytest.mark.parametrize(
    "decorate",
    [lambda t: t.no_grad(), lambda t: t.no_grad, lambda t: t.enable_grad(), lambda t: t.set_grad_enabled(False),
     lambda t: t.inference_mode(), lambda t: t.inference_mode, lambda t: t.inference_mode(False)],
)  # fmt: skip
def test_decorated_generators_and_functions(decorate):
    compare(generated(decorate))

    def program(t, x):
        function = decorate(t)(lambda x: x * 2)
        recording = t.is_grad_enabled()
        return [recording, function(x).requires_grad, function(x).requires_grad, t.is_grad_enabled()]

    compare(program)


def test_inference_mode_is_a_block_too():
    def program(t, x):
        with t.inference_mode():
            y = x * 2
        return [y.requires_grad, (x * 2).requires_grad]

    compare(program)


# --- methods and functions; values and gradients of most are among the cases of every public name ---

CHANGES = "exp2 expm1 sin cos tan atan sinh cosh erf trunc absolute".split()
METHODS = {
    **{name: lambda t, x, name=name: getattr(x * 0.5, f"{name}_")() for name in CHANGES},
    **{name: lambda t, x, name=name: getattr(x.sin().abs(), f"{name}_")() for name in "log2 log10 log1p".split()},
    **{name: lambda t, x, name=name: getattr(x.sin() / 2, f"{name}_")() for name in "asin acos".split()},
    **{name: lambda t, x, name=name: getattr(x * 2, f"{name}_")(x.cos() + 2)
       for name in "hypot atan2 fmod multiply divide subtract remainder clamp_min clamp_max".split()},
    "clip_": lambda t, x: (x * 1).clip_(-0.5, 0.5),
    "index_fill_": lambda t, x: (x * 1).index_fill_(0, t.tensor([1, 3]), 2.0),
    "bernoulli_": lambda t, x: [(x * 1).bernoulli_(1.0), x.detach().bernoulli_(x.detach() * 0), x.detach()[0] * 0],
    "bernoulli": lambda t, x: (x.detach() * 0 + 1).bernoulli(),
    "detach_": lambda t, x: [y := (x * 2).detach_(), y.requires_grad, y.is_leaf],
    "unsqueeze_": lambda t, x: [y := x * 2, y.unsqueeze_(1) is y, y * 1, y.squeeze_(), y.shape == (4, 3)],
    "unsqueeze_ of a constant": lambda t, x: x.detach().unsqueeze_(0).squeeze_(0) * x,
    "transpose_": lambda t, x: [(x * 2).transpose_(0, 1), (x * 2).t_().exp()],
    "narrow is a view": lambda t, x: [y := x.detach(), y.narrow(0, 1, 2).zero_(), y.select(1, 0).fill_(3), y * 1],
    "type": lambda t, x: [x.type(), x.long().type(), x.type(t.float32), x.type("torch.LongTensor"),
                          x.type(t.FloatTensor), (x > 0).type(x.type()), x.type(x.dtype)],
    "sizes": lambda t, x: [x.nelement(), x.nbytes, x.element_size(), x.is_cuda, x.stride(), x.stride(0),
                           x.T.stride(), x.H, x.data_ptr() == x.detach()[0].data_ptr(), x[1].data_ptr() - x.data_ptr()],
    "new": lambda t, x: [x.new([1, 2]), x.new(2, 3).shape == (2, 3), x.float().new([1.5])],
    "finfo": lambda t, x: [float(t.finfo(t.float32).eps), float(t.finfo(x.dtype).max), t.iinfo(t.int64).max,
                           x.masked_fill(x > 0, t.finfo(x.dtype).min)[0, 1:].sign()],
    "threads": lambda t, x: [t.set_num_threads(t.get_num_threads()), isinstance(t.__version__, str)],
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    compare(METHODS[name])


@pytest.mark.parametrize(
    "program",
    [lambda t, x: x.narrow(0, 3, 2), lambda t, x: x.select(0, 4), lambda t, x: x.select(2, 0),
     lambda t, x: x.unsqueeze_(0), lambda t, x: x.sin_(), lambda t, x: t.hstack([x, x[0]])],
)  # fmt: skip
def test_errors_of_methods(program):
    compare_errors(program)


def backward_of_two(t, x):
    w = t.ones(3, dtype=x.dtype, requires_grad=True)
    y = w.exp()
    t.autograd.backward([y.sum(), y * 2], [None, t.arange(3).to(x.dtype)])
    t.autograd.backward((w * w).sum())
    return w.grad


def anomalies(t, x):
    with t.autograd.set_detect_anomaly(True):
        with pytest.raises(RuntimeError, match="nan"):
            (x.detach() * 0).requires_grad_().sqrt().mul(0).sum().backward()
    t.autograd.set_detect_anomaly(True)
    t.autograd.set_detect_anomaly(False)
    return t.zeros(1) / 0


def wrong(t):
    class Double(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    return Double.apply


def gradients_checked(t, x):
    check = t.autograd.gradcheck
    with pytest.raises(RuntimeError):
        check(wrong(t), (x,))
    right = check(lambda x: x.sin() * x, x), check(lambda a, b: a @ b, (x, numbers(t, 3, 2)), eps=1e-6, atol=1e-4)
    return [*right, check(wrong(t), (x,), raise_exception=False)]


@pytest.mark.parametrize("program", [backward_of_two, anomalies, gradients_checked])
def test_autograd(program):
    compare(program)
