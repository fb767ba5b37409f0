"""Distributions, compared with PyTorch's: values, gradients, what is drawn, what is refused."""

import math

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor import distributions

torch = pytest.importorskip("torch", reason="PyTorch, whose distributions are compared, is not installed")

rng = np.random.default_rng(0)
SPREAD, CHANCE = rng.uniform(0.5, 2, (3, 1)), rng.uniform(0.1, 0.9, (2, 3))
CASES = {
    "Normal": [{"loc": 0.5, "scale": 2.0}, {"loc": rng.normal(size=4), "scale": SPREAD}, {"loc": 0, "scale": SPREAD}],
    "Uniform": [{"low": 0.5, "high": 2.0}, {"low": -SPREAD, "high": rng.uniform(1, 2, 4)}],
    "Bernoulli": [
        {"probs": 0.3},
        {"probs": CHANCE},
        {"logits": rng.normal(size=(2, 3))},
        {"probs": np.array([0.0, 1])},
    ],
    "Categorical": [{"probs": CHANCE[0]}, {"probs": CHANCE}, {"logits": CHANCE * 3}, {"probs": np.array([0.0, 1, 1])}],
}
EACH = [pytest.param(kind, x, id=f"{kind} {i}") for kind, xs in CASES.items() for i, x in enumerate(xs)]


def made(kind, settings):
    """Return PyTorch's distribution and ours, and the tensors that their parameters are."""
    pairs = []
    for engine, package in ((torch, torch.distributions), (ours, distributions)):
        given = {k: engine.tensor(x, requires_grad=True) if np.ndim(x) else x for k, x in settings.items()}
        pairs.append((getattr(package, kind)(**given), [x for x in given.values() if hasattr(x, "grad")]))
    (theirs, a), (mine, b) = pairs
    return theirs, mine, a, b


def same(mine, theirs):
    assert mine.dtype.name == str(theirs.dtype).removeprefix("torch.")
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-6, atol=1e-12)


def same_gradients(mine, theirs, leaves, own):
    for y, xs in ((theirs, leaves), (mine, own)):
        if xs and y.requires_grad:
            y.sum().backward()
    for x, z in zip(own, leaves, strict=True):
        assert (x.grad is None) == (z.grad is None)
        if z.grad is not None:
            same(x.grad, z.grad)


@pytest.mark.parametrize("kind, settings", EACH)
@pytest.mark.parametrize("what", ["mean", "variance", "stddev", "mode", "entropy", "perplexity", "support", "log_prob"])
def test_values_and_gradients_are_pytorchs(kind, settings, what):
    theirs, mine, leaves, own = made(kind, settings)
    assert repr(mine) == repr(theirs)
    assert (mine.batch_shape, mine.event_shape) == (tuple(theirs.batch_shape), tuple(theirs.event_shape))
    if what == "support" or (what, kind) == ("mode", "Uniform"):
        assert repr(mine.support) == repr(theirs.support).replace("torch.float", "float")
        return
    if what == "log_prob":
        torch.manual_seed(0)
        value = theirs.sample((5,))
        y, expected = mine.log_prob(ours.from_numpy(value.numpy())), theirs.log_prob(value)
    else:
        y, expected = getattr(mine, what), getattr(theirs, what)
        y, expected = (y(), expected()) if callable(y) else (y, expected)
    same(y, expected)
    same_gradients(y, expected, leaves, own)


@pytest.mark.parametrize("kind", CASES)
def test_the_divergence_of_two_of_a_kind(kind):
    for first in CASES[kind]:
        for second in CASES[kind]:
            theirs, mine, leaves, own = made(kind, first)
            theirs_too, mine_too, more, own_too = made(kind, second)
            try:
                expected = torch.distributions.kl_divergence(theirs, theirs_too)
            except RuntimeError:
                continue  # the shapes do not fit
            y = distributions.kl_divergence(mine, mine_too)
            np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-7)
            if np.isfinite(expected.detach().numpy()).all():
                for loss, xs in ((expected, leaves + more), (y, own + own_too)):
                    if xs:
                        loss.sum().backward()
                for x, z in zip(own + own_too, leaves + more, strict=True):
                    np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=1e-5, atol=1e-7)


def test_the_divergence_of_two_kinds_is_refused():
    with pytest.raises(NotImplementedError, match="p type Normal and q type Uniform"):
        distributions.kl_divergence(distributions.Normal(0, 1), distributions.Uniform(0, 1))


@pytest.mark.parametrize("kind, settings", EACH)
def test_what_is_drawn_has_the_mean_and_the_variance(kind, settings):
    theirs, mine, _, _ = made(kind, settings)
    ours.manual_seed(0)
    x, n = mine.sample((20000,)), 20000
    assert (
        x.shape == (n, *mine.batch_shape)
        and not x.requires_grad
        and x.dtype.name == str(theirs.sample().dtype).removeprefix("torch.")
    )
    if kind == "Categorical":
        share = np.stack([(x.numpy() == i).mean(0) for i in range(mine.events)], -1)
        np.testing.assert_allclose(share, mine.probs.detach().numpy(), atol=5 * math.sqrt(0.25 / n))
        return
    mean, deviation = (part.detach().numpy() for part in (mine.mean, mine.stddev))
    np.testing.assert_array_less(abs(x.numpy().mean(0) - mean), 5 * deviation / math.sqrt(n) + 1e-9)
    np.testing.assert_allclose(x.numpy().std(0), deviation, rtol=0.05)


def test_gradients_flow_through_rsample():
    loc, scale = ours.zeros(3, requires_grad=True), ours.ones(3, requires_grad=True)
    x = distributions.Normal(loc, scale).rsample((2,))
    x.sum().backward()
    assert loc.grad.tolist() == [2, 2, 2]
    np.testing.assert_allclose(scale.grad.numpy(), x.detach().numpy().sum(0), rtol=1e-6)
    high = ours.ones(1, requires_grad=True)
    y = distributions.Uniform(0.0, high).rsample()
    y.sum().backward()
    assert high.grad.item() == y.item()


@pytest.mark.parametrize("kind", ["Bernoulli", "Categorical"])
def test_events_have_no_rsample(kind):
    mine = getattr(distributions, kind)(ours.ones(2) / 2)
    assert not mine.has_rsample
    with pytest.raises(NotImplementedError, match=f"{kind} has no rsample"):
        mine.rsample()


REFUSED = {
    "scale 0": lambda t, d: d.Normal(t.zeros(2), t.tensor([1.0, 0.0])),
    "scale below 0": lambda t, d: d.Normal(0.0, -1.0),
    "nan": lambda t, d: d.Normal(t.tensor(math.nan), 1.0),
    "low above high": lambda t, d: d.Uniform(2.0, 1.0),
    "low above high somewhere": lambda t, d: d.Uniform(t.tensor([0.0, 2.0]), 1.0),
    "probability above 1": lambda t, d: d.Bernoulli(1.5),
    "nothing": lambda t, d: d.Bernoulli(),
    "both": lambda t, d: d.Categorical(t.ones(2), t.ones(2)),
    "negative": lambda t, d: d.Categorical(t.tensor([-1.0, 2.0])),
    "a number": lambda t, d: d.Categorical(t.tensor(1.0)),
    "logits nan": lambda t, d: d.Categorical(logits=t.tensor([math.nan, 0.0])),
    "no such event": lambda t, d: d.Categorical(t.ones(3)).log_prob(t.tensor(3)),
    "between events": lambda t, d: d.Categorical(t.ones(3)).log_prob(t.tensor(0.5)),
    "neither 0 nor 1": lambda t, d: d.Bernoulli(0.5).log_prob(t.tensor(0.5)),
    "outside": lambda t, d: d.Uniform(0.0, 1.0).log_prob(t.tensor(1.5)),
    "outside somewhere": lambda t, d: d.Uniform(t.zeros(2), 1.0).log_prob(t.tensor([0.5, 1.5])),
    "no tensor": lambda t, d: d.Normal(0.0, 1.0).log_prob(1.0),
    "another shape": lambda t, d: d.Normal(t.zeros(2), 1.0).log_prob(t.zeros(3)),
}


@pytest.mark.parametrize("program", REFUSED.values(), ids=REFUSED.keys())
def test_errors_have_pytorchs_words(program):
    with pytest.raises(ValueError) as expected:
        program(torch, torch.distributions)
    with pytest.raises(ValueError) as found:
        program(ours, distributions)
    assert str(found.value) == str(expected.value)


def test_checks_can_be_left_out():
    normal = distributions.Normal(0.0, -1.0, validate_args=False)
    assert normal.scale.item() == -1 and normal.rsample((3,)).shape == (3,)


def test_all_values_and_cumulative_probabilities():
    for kind, settings in (("Bernoulli", {"probs": CHANCE}), ("Categorical", {"probs": CHANCE})):
        theirs, mine, _, _ = made(kind, settings)
        for expand in (True, False):
            same(mine.enumerate_support(expand), theirs.enumerate_support(expand))
    x = np.linspace(0.1, 0.9, 5)
    for kind, settings in (("Normal", {"loc": 0.2, "scale": 3.0}), ("Uniform", {"low": 0.0, "high": 2.0})):
        theirs, mine, _, _ = made(kind, settings)
        same(mine.cdf(ours.tensor(x)), theirs.cdf(torch.tensor(x)))
