"""Recurrent layers and cells against PyTorch: outputs, states, gradients, weights, messages."""

import copy
import itertools
import math

import numpy as np
import pytest
from test_tensor_nn import close, pair, same_distribution, same_gradients, tensors

import autograd.tensor as ours
from autograd.tensor import nn

torch = pytest.importorskip("torch")

KINDS = ["RNN", "LSTM", "GRU"]
SIZES = {"input_size": 3, "hidden_size": 4}
OPTIONS = [
    {}, {"bias": False}, {"batch_first": True}, {"bidirectional": True}, {"num_layers": 3},
    {"num_layers": 2, "bidirectional": True, "batch_first": True, "bias": False},
]  # fmt: skip
CASES = [*itertools.product(KINDS, OPTIONS), ("RNN", {"nonlinearity": "relu", "num_layers": 2})]


def flat(result):
    """Return the tensors of an output and a state in one list."""
    return [x for part in (result if isinstance(result, tuple) else (result,)) for x in
            (part if isinstance(part, tuple) else (part,))]  # fmt: skip


def given(parts):
    """Return a state as its module takes it: a pair, a tensor or nothing."""
    return tuple(parts) if len(parts) > 1 else parts[0] if parts else None


def same_results(mine, theirs, xs, ts, y, u, dtype=np.float64):
    """Compare all that a module returned, and the gradients of all of it together."""
    y, u = flat(y), flat(u)
    for a, b in zip(y, u, strict=True):
        close(a, b, dtype)
    y, u = (t.cat([x.reshape(-1) for x in parts]) for t, parts in ((ours, y), (torch, u)))
    same_gradients(y, u, xs, ts, mine, theirs, dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("form", ["no state", "a state", "one sequence", "one sequence and a state"])
@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
def test_layers(kind, options, form, dtype):
    mine, theirs = pair(kind, SIZES | options, dtype)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    batch = () if "one" in form else (2,)
    states = (options.get("num_layers", 1) * (1 + options.get("bidirectional", False)), *batch, 4)
    shape = (*batch, 5, 3) if options.get("batch_first") else (5, *batch, 3)
    xs, ts = tensors(shape, *[states] * ((1 + (kind == "LSTM")) * ("a state" in form)), dtype=dtype)
    results = []
    for module, (x, *state) in ((mine, xs), (theirs, ts)):
        results.append(module(x, given(state)))
    same_results(mine, theirs, xs, ts, *results, dtype)


CELLS = [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu", "bias": False}), ("LSTMCell", {}), ("GRUCell", {}),
         ("LSTMCell", {"bias": False}), ("GRUCell", {"bias": False})]  # fmt: skip


@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize(("kind", "options"), CELLS, ids=str)
def test_cells(kind, options, with_state, batch):
    mine, theirs = pair(kind, SIZES | options)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    xs, ts = tensors((*batch, 3), *[(*batch, 4)] * ((1 + (kind == "LSTMCell")) * with_state))
    results = []
    for module, (x, *state) in ((mine, xs), (theirs, ts)):
        results.append(module(x * x, module(x, given(state))))  # the second step goes on from the first
    same_results(mine, theirs, xs, ts, *results)


@pytest.mark.parametrize(("kind", "options"), [*CASES, *CELLS, ("GRU", {"dropout": 0.5, "num_layers": 2})], ids=str)
def test_weights_start_and_print_as_in_pytorch(kind, options):
    settings = {"input_size": 70, "hidden_size": 90} | options
    mine, theirs = getattr(nn, kind)(**settings), getattr(torch.nn, kind)(**settings)
    assert repr(mine) == repr(theirs)
    for (name, x), y in zip(mine.state_dict().items(), theirs.state_dict().values(), strict=True):
        if x.numel() > 1000:
            same_distribution(x.numpy(), y.numpy(), name)
        assert 0.9 / math.sqrt(90) < abs(x.numpy()).max() <= 1 / math.sqrt(90)


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives(kind):
    mine, theirs = pair(kind, SIZES)
    found = []
    for t, module, (x,) in zip((ours, torch), (mine, theirs), tensors((4, 2, 3)), strict=True):
        (g,) = t.autograd.grad((module(x)[0] ** 2).sum(), x, create_graph=True)
        found.append(t.autograd.grad((g * g).sum(), [x, module.weight_hh_l0, module.weight_ih_l0]))
    for g, h in zip(*found, strict=True):
        close(g, h)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_acts_between_layers_in_training_only(kind):
    module = getattr(nn, kind)(3, 500, num_layers=2, dropout=0.5)
    layer, seen = module._pass, []
    module._pass = lambda x, *rest: (seen.append(x), layer(x, *rest))[1]  # what each layer is fed with
    x = ours.randn(6, 4, 3)
    (y, _), (z, _) = module(x), module.eval()(x)
    (_, dropped), (_, plain) = seen[:2], seen[2:]
    assert float((dropped == 0).float().mean()) == pytest.approx(0.5, abs=0.03)
    kept = dropped.detach().numpy() != 0
    np.testing.assert_allclose(dropped.detach().numpy()[kept], 2 * plain.detach().numpy()[kept], rtol=1e-6)
    assert not ours.equal(y, z) and (y != 0).all()


def test_dropout_of_everything_is_that_of_pytorch():
    mine, theirs = pair("LSTM", SIZES | {"num_layers": 2, "dropout": 1.0})
    (x,), (t,) = tensors((5, 2, 3))
    same_results(mine, theirs, [x], [t], mine(x), theirs(t))


def test_a_network_of_layers_learns_as_in_pytorch():
    nets, losses = [], []
    for t in (ours, torch):
        net = t.nn.ModuleList([t.nn.Embedding(7, 5), t.nn.LSTM(5, 6, batch_first=True), t.nn.Linear(6, 7)]).double()
        nets.append(net)
    nets[0].load_state_dict(nets[1].state_dict())
    text = np.random.default_rng(0).integers(0, 7, (4, 9))
    for t, (embedding, lstm, head) in zip((ours, torch), nets, strict=True):
        words = t.tensor(text)
        optimizer = t.optim.Adam([p for m in (embedding, lstm, head) for p in m.parameters()], lr=0.05)
        lstm.flatten_parameters()
        for _ in range(30):
            optimizer.zero_grad()
            y, (h, c) = lstm(embedding(words[:, :-1]))
            loss = t.nn.functional.cross_entropy(head(y).flatten(0, 1), words[:, 1:].reshape(-1))
            loss.backward()
            t.nn.utils.clip_grad_norm_(lstm.parameters(), 1.0)
            optimizer.step()
        losses.append(loss.item())
        assert h.shape == c.shape == (1, 4, 6)
    assert losses[0] == pytest.approx(losses[1], rel=1e-6) and losses[0] < 1


def test_a_sequence_in_pieces_is_the_sequence():
    module, x = nn.GRU(3, 4, 2), ours.randn(6, 2, 3)
    whole, last = module(x)
    first, state = module(x[:2])
    second, state = copy.deepcopy(module)(x[2:], state.detach())
    np.testing.assert_allclose(ours.cat([first, second]).detach().numpy(), whole.detach().numpy(), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(state.detach().numpy(), last.detach().numpy(), rtol=1e-5, atol=1e-7)


def both(call):
    return pytest.mark.parametrize("t", [ours, torch], ids=["ours", "torch"])(call)


ERRORS = [
    (lambda t: t.nn.RNN(3, 4, nonlinearity="sine"), ValueError, "Unknown nonlinearity 'sine'. Select from 'tanh' or"),
    (lambda t: t.nn.RNNCell(3, 4, nonlinearity="sine")(t.ones(3)), RuntimeError, "Unknown nonlinearity: sine"),
    (lambda t: t.nn.GRU(3, 4, dropout=1.5), ValueError, r"dropout should be a number in range \[0, 1\]"),
    (lambda t: t.nn.LSTM(3, 4)(t.ones(1, 2, 3, 3)), ValueError, "LSTM: Expected input to be 2D or 3D, got 4D instead"),
    (lambda t: t.nn.LSTM(3, 4)(t.ones(5, 2, 4)), RuntimeError, "must be equal to input_size. Expected 3, got 4"),
    (lambda t: t.nn.GRU(3, 4)(t.ones(5, 2, 3), t.ones(1, 3, 4)), RuntimeError,
     r"Expected hidden size \(1, 2, 4\), got \[1, 3, 4\]"),
    (lambda t: t.nn.LSTM(3, 4)(t.ones(5, 2, 3), (t.ones(1, 2, 4), t.ones(1, 1, 4))), RuntimeError,
     r"Expected hidden\[1\] size \(1, 2, 4\), got \[1, 1, 4\]"),
    (lambda t: t.nn.RNN(3, 4)(t.ones(0, 2, 3)), RuntimeError, "Expected sequence length to be larger than 0 in RNN"),
    (lambda t: t.nn.GRUCell(3, 4)(t.ones(2, 2, 3)), ValueError, "GRUCell: Expected input to be 1D or 2D, got 3D"),
]  # fmt: skip


@both
@pytest.mark.parametrize(("make", "error", "message"), ERRORS, ids=[message for _, _, message in ERRORS])
def test_errors_are_those_of_pytorch(make, error, message, t):
    with pytest.raises(error, match=message):
        make(t)


@both
def test_dropout_of_one_layer_is_warned_of(t):
    with pytest.warns(UserWarning, match="dropout=0.2 and num_layers=1"):
        t.nn.LSTM(3, 4, dropout=0.2)


def test_what_is_not_there_says_so():
    with pytest.raises(ValueError, match="GRU: proj_size argument is only supported for LSTM"):
        nn.GRU(3, 4, proj_size=2)
    with pytest.raises(RuntimeError, match="LSTM: the state has 2 parts, got 1"):
        nn.LSTM(3, 4)(ours.ones(5, 2, 3), ours.ones(1, 2, 4))
