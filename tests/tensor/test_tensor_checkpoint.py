"""Checkpoints: parts of a network that are computed again in the backward pass."""

import tracemalloc

import pytest

import autograd.tensor as torch
from autograd.tensor import nn
from autograd.tensor.utils.checkpoint import checkpoint, checkpoint_sequential


def peak(run):
    """Return the most memory, in bytes, that Python and NumPy held while something ran."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def network(layers=6, width=8):
    torch.manual_seed(0)
    return nn.Sequential(*[nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Dropout(0.3)) for _ in range(layers)])


def gradients(model, run, x):
    """Return the result, all gradients, and the next random number."""
    torch.manual_seed(1)
    model.zero_grad()
    x = x.detach().requires_grad_()
    y = run(x)
    (y**2).sum().backward()
    found = [y.detach(), x.grad, *(p.grad for p in model.parameters()), torch.rand(1)]
    return [part.numpy().copy() for part in found]


def test_64_layers_in_8_segments_take_a_third_of_the_memory_and_give_the_same_bits():
    model, x = network(64, 32), torch.randn(256, 32)
    runs = [
        lambda: gradients(model, model, x),
        lambda: gradients(model, lambda x: checkpoint_sequential(model, 8, x, use_reentrant=False), x),
    ]
    whole, segments = (run() for run in runs)
    assert all((a == b).all() for a, b in zip(whole, segments, strict=True))
    whole, segments = (peak(run) for run in runs)
    assert segments < whole / 3


@pytest.mark.parametrize("kind", ["default", "reentrant", "nested", "nested sequence"])
def test_values_gradients_and_random_numbers_are_those_without_checkpoints(kind):
    model, x = network(), torch.randn(5, 8)
    runs = {
        "default": lambda x: checkpoint(model, x),
        "reentrant": lambda x: checkpoint(model, x, use_reentrant=True),
        "nested": lambda x: checkpoint(lambda x: model[3:](checkpoint(model[:3], x)), x),
        "nested sequence": lambda x: checkpoint(lambda x: checkpoint_sequential(model, 3, x), x),
    }
    pairs = zip(gradients(model, model, x), gradients(model, runs[kind], x), strict=True)
    assert all((a == b).all() for a, b in pairs)


def test_without_the_random_state_a_dropout_drops_other_numbers_the_second_time():
    x = torch.ones(1000, requires_grad=True)
    y = checkpoint(nn.Dropout(), x, preserve_rng_state=False)
    y.sum().backward()
    assert (y.detach() != x.grad).any()


def test_gradients_flow_to_what_the_function_uses_without_being_given_it():
    x, w = torch.ones(2, requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    outer = w * w
    y = checkpoint(lambda a: a * outer + w, x)
    found = torch.autograd.grad(y.sum(), [x, w, outer])
    assert [g.tolist() for g in found] == [[9, 16], [7, 9], [1, 1]]
    assert x.grad is None and w.grad is None


def test_several_results_in_any_structure():
    x, w = torch.tensor([2.0, 3.0], requires_grad=True), torch.ones(2, requires_grad=True)

    def function(x, *, scale):
        y = x * w
        return {"a": y * scale, "b": [y.exp(), x.detach(), 5]}

    y = checkpoint(function, x, scale=4)
    assert y["b"][2] == 5 and not y["b"][1].requires_grad
    (y["a"].sum() + 2 * y["b"][0][0]).backward()
    e = 2 * torch.tensor(2.0).exp().item()
    assert x.grad.tolist() == pytest.approx([4 + e, 4]) and w.grad.tolist() == pytest.approx([8 + 2 * e, 12])


def test_second_derivatives_and_a_graph_that_is_kept():
    x = torch.tensor([2.0], requires_grad=True)
    y = checkpoint(lambda x: x**3, x)
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad(g, x, retain_graph=True)
    assert (g.item(), h.item()) == (12, 12)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 24
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()


def test_a_result_that_is_a_view_does_not_hold_what_was_recorded():
    x = torch.ones(1000, 8, requires_grad=True)

    def function(x):
        for _ in range(20):
            x = x.tanh()
        return x.view(8, 1000)

    def held(run):
        y = None
        tracemalloc.start()
        y = run()
        now = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        y.sum().backward()
        return now

    assert held(lambda: checkpoint(function, x)) < held(lambda: function(x)) / 5


def test_without_recording_the_function_is_called_once():
    calls = []
    with torch.no_grad():
        y = checkpoint(lambda x: calls.append(1) or x * 2, torch.ones(2, requires_grad=True))
    assert calls == [1] and not y.requires_grad
    assert not checkpoint(lambda x: x * 2, torch.ones(2)).requires_grad


def change_argument(x, w):
    with torch.no_grad():
        x.mul_(2)


def change_parameter(x, w):
    with torch.no_grad():
        w.mul_(2)


@pytest.mark.parametrize("change", [change_argument, change_parameter])
def test_what_was_changed_in_between_is_noticed(change):
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = checkpoint(lambda x: x * w, x)
    change(x, w)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_function_that_computes_something_else_the_second_time_is_refused():
    factors = iter([lambda x: x * 2, lambda x: x.exp() * 2])
    y = checkpoint(lambda x: next(factors)(x), torch.ones(2, requires_grad=True))
    with pytest.raises(RuntimeError, match="something else the second time: 2 operations"):
        y.sum().backward()


def test_contexts_for_both_runs():
    from contextlib import contextmanager

    seen = []

    @contextmanager
    def noted(name):
        seen.append(name)
        yield

    y = checkpoint(lambda x: x * 2, torch.ones(1, requires_grad=True), context_fn=lambda: (noted("a"), noted("b")))
    y.backward()
    assert seen == ["a", "b"]


def test_a_wrong_number_of_segments_is_refused():
    with pytest.raises(ValueError, match="from 1 to 6, got 7"):
        checkpoint_sequential(network(), 7, torch.ones(1, 8))
