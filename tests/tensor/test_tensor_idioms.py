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
    compare(lambda t, x: [h := x * 2, getattr(t.nn, name)(inplace=True)(h)])


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


def attend(t, x, heads, key_heads, width, **settings):
    q, k, v = numbers(t, 2, heads, 5, width), numbers(t, 2, key_heads, 4, width), numbers(t, 2, key_heads, 4, 7)
    return t.nn.functional.scaled_dot_product_attention(q, k, v, **settings)


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
        with t.inference_mode():
            y = x * 2
        found = [y.requires_grad, (x * 2).requires_grad]  # as a block
        return [*found, recording, function(x).requires_grad, function(x).requires_grad, t.is_grad_enabled()]

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


# --- modules ---


def layers(t, *widths):
    return [t.nn.Linear(n, 2) for n in widths]


def lists(t, x):
    found = t.nn.ModuleList(layers(t, 1, 2)) + layers(t, 3)
    found += layers(t, 4)
    found.insert(1, t.nn.Linear(5, 2)), found.insert(3, t.nn.Linear(6, 2))
    del found[0]
    return [repr(found), repr(found.pop(-1)), list(found.state_dict()), found.pop(0).in_features, len(found)]


def rows_of_modules(t, x):
    net = t.nn.Sequential(*layers(t, 3, 4, 5)) + t.nn.Sequential(t.nn.Tanh())
    del net[1]
    net.insert(1, t.nn.ReLU()).insert(0, t.nn.Identity())
    del net[-3:]
    return [repr(net), repr(net.pop(1)), list(net.state_dict())]


def dictionaries(t, x):
    found = t.nn.ModuleDict({"a": t.nn.Tanh(), "b": t.nn.Linear(1, 1)})
    return [repr(found.pop("a")), list(found), repr(found)]


def paths(t, x):
    net = t.nn.Sequential(t.nn.ModuleDict({"a": t.nn.BatchNorm1d(3)}), t.nn.Linear(1, 2)).half()
    same = net.get_submodule("0.a") is net[0]["a"], net.get_submodule("") is net
    parameter, buffer = net.get_parameter("1.bias"), net.get_buffer("0.a.running_mean")
    assert t.nn.parameter.Parameter is t.nn.Parameter
    assert t.tensor([0.0, 1.0]).multinomial(3, replacement=True).tolist() == [1, 1, 1]
    assert t.utils.data.dataset.Dataset is t.utils.data.Dataset
    assert t.utils.data.dataloader.DataLoader is t.utils.data.DataLoader
    assert t.nn.parallel.DataParallel(t.nn.Linear(1, 1))(t.ones(1)).shape == (1,)
    return [same, parameter is net[1].bias, buffer, net._get_name(), str(net[1].weight.dtype)[-7:]]


def statistics(t, x):
    norm = t.nn.BatchNorm1d(3).double()
    norm(x)
    norm.reset_running_stats()
    first = [b.clone() for b in norm.buffers()]
    norm(x)
    norm.reset_parameters()
    return [*first, *norm.buffers(), norm.weight.detach()]


def table(t, x):
    frozen, trained = (t.nn.Embedding.from_pretrained(x.detach(), freeze=freeze) for freeze in (True, False))
    y = frozen(t.tensor([1, 3]))
    return [y, y.requires_grad, trained(t.tensor([2])).sum().requires_grad, repr(frozen)]


def implicit(t, x, *shape):
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        y = t.nn.functional.softmax(x.sum() * t.ones(shape, dtype=x.dtype).cumsum(-1), dtype=t.float64)
    with pytest.warns(UserWarning, match="Implicit dimension choice for log_softmax"):
        t.nn.LogSoftmax()(x)
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        return [y, t.nn.Softmax()(x)]


def loaded(t, x):
    net = t.nn.Linear(1, 1)
    keys = net.load_state_dict({"weight": t.ones(1, 1), "more": t.ones(1)}, strict=False)
    return [str(net.load_state_dict(net.state_dict())), repr(keys).lstrip("_"), list(keys), keys.missing_keys]


@pytest.mark.parametrize("program", [lists, rows_of_modules, dictionaries, paths, statistics, table, loaded])
def test_modules(program):
    compare(program)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 2), (2, 3, 2, 2)])
def test_a_softmax_without_dim_warns_and_guesses(shape):
    compare(implicit, *shape)


@pytest.mark.parametrize(
    "program",
    [lambda t, x: t.nn.Linear(1, 1).get_parameter("no"), lambda t, x: t.nn.Linear(1, 1).get_submodule("weight"),
     lambda t, x: t.nn.ModuleList().pop(0), lambda t, x: t.nn.ModuleDict().pop("a")],
)  # fmt: skip
def test_errors_of_modules(program):
    compare_errors(program)


def test_the_old_backward_hook_says_the_way_out():
    with pytest.raises(NotImplementedError, match="register_backward_hook is not .* use register_full_backward_hook"):
        ours.nn.ReLU().register_backward_hook(print)


# --- data, chance, losses ---


def joined_data(t, x):
    data = t.utils.data
    found = data.TensorDataset(x.detach()) + data.TensorDataset(x.detach()[:2] * 2)
    more = data.ConcatDataset([found, [7, 8]])
    with pytest.raises((IndexError, ValueError)):
        found[-7]
    loader = data.DataLoader(
        found, batch_size=4, num_workers=0, pin_memory=False, timeout=0, worker_init_fn=None, persistent_workers=False,
        prefetch_factor=None,
    )  # fmt: skip
    batches = [batch for (batch,) in loader]
    return [*batches, len(more), more[7], more[-1], more.cumulative_sizes, found[-1][0], found[4][0]]


def states_of_chance(t, x):
    source = t.Generator().manual_seed(3)
    state = source.get_state()
    first = t.rand(3, generator=source)
    source.set_state(state)
    again = t.rand(3, generator=source)
    seed = source.seed()
    return [t.equal(first, again), isinstance(seed, int), seed == source.initial_seed(), t.Generator().seed() != seed]


@pytest.mark.parametrize("program", [joined_data, states_of_chance])
def test_data_and_chance(program):
    compare(program)


def test_the_state_of_a_generator_is_part_of_a_checkpoint(tmp_path):
    pytest.importorskip("safetensors")
    source = ours.Generator().manual_seed(1)
    ours.save({"rng": source.get_state()}, tmp_path / "x")
    expected = ours.rand(3, generator=source).tolist()
    assert ours.rand(3, generator=ours.Generator().set_state(ours.load(tmp_path / "x")["rng"])).tolist() == expected


def labels(t):
    return t.tensor([0, 2, 1, 0])


@pytest.mark.parametrize(
    "program",
    [lambda t, x, F: F.cross_entropy(x, labels(t), weight=t.ones(2)),
     lambda t, x, F: F.cross_entropy(x, labels(t), weight=t.ones(4)),
     lambda t, x, F: F.cross_entropy(x, x.detach(), weight=t.ones(1)),
     lambda t, x, F: F.cross_entropy(x, labels(t), weight=t.ones(3, 1)),
     lambda t, x, F: F.nll_loss(x, labels(t), weight=t.ones(4)),
     lambda t, x, F: t.nn.CrossEntropyLoss(weight=t.ones(4), label_smoothing=0.1)(x, labels(t)),
     lambda t, x, F: F.cross_entropy(x, labels(t), label_smoothing=2)],
)  # fmt: skip
def test_errors_of_losses(program):
    compare_errors(lambda t, x: program(t, x.double(), t.nn.functional))
