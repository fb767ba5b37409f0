"""Hooks of modules, in programs that are run with this engine and with PyTorch: what they see, and what they change."""

import copy

import numpy as np
import pytest

import autograd.tensor as ours

torch = pytest.importorskip("torch", reason="PyTorch, with which the programs are compared, is not installed")


def linear(t):
    m = t.nn.Linear(2, 2).double()
    with t.no_grad():
        m.weight.copy_(t.tensor([[1.0, 2.0], [3.0, -1.0]]))
        m.bias.copy_(t.tensor([0.5, 0.25]))
    return m


def leaf(t):
    return t.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True, dtype=t.float64)


def pair(t):
    class Both(t.nn.Module):
        def forward(self, a, b, scale=1.0):
            return a * b * scale, a + b

    return Both()


def forward_hooks_in_their_order(t, seen):
    m = linear(t)
    m.register_forward_hook(lambda m, args, y: seen.append(["first", type(m).__name__, args[0], y]))
    m.register_forward_hook(lambda m, args, y: y * 2)
    m.register_forward_hook(lambda m, args, y: seen.append(["third", y]))
    m.register_forward_hook(lambda m, args, y: seen.append(["prepended"]), prepend=True)
    return m(leaf(t))


def pre_hooks_change_the_arguments(t, seen):
    m = linear(t)
    m.register_forward_pre_hook(lambda m, args: args[0] * 2)
    m.register_forward_pre_hook(lambda m, args: seen.append([len(args), args[0]]))
    m.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    return m(leaf(t))


def hooks_with_keyword_arguments(t, seen):
    m = pair(t)
    m.register_forward_pre_hook(lambda m, args, kw: (args, {"scale": kw["scale"] + 1}), with_kwargs=True)
    m.register_forward_hook(lambda m, args, kw, y: seen.append([kw["scale"], len(args), len(y)]), with_kwargs=True)
    x = leaf(t)
    return m(x, x, scale=2.0)[0]


def a_removed_hook_is_not_called(t, seen):
    m = linear(t)
    handle = m.register_forward_hook(lambda m, args, y: seen.append(["called"]))
    m(leaf(t))
    handle.remove()
    handle.remove()
    with m.register_forward_hook(lambda m, args, y: seen.append(["within"])):
        m(leaf(t))
    return m(leaf(t))


def hooks_after_an_error(t, seen):
    m = linear(t)
    m.register_forward_hook(lambda m, args, y: seen.append(["not called"]))
    m.register_forward_hook(lambda m, args, y: seen.append(["called", y is None]), always_call=True)
    with pytest.raises(RuntimeError):
        m(t.ones(2, 3, dtype=t.float64))
    return t.ones(1)


def backward_hook_sees_both_gradients(t, seen):
    m, x = linear(t), leaf(t)
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append([len(g_in), g_in[0], len(g_out), g_out[0]]))
    y = m(x * 3)
    (y * y).sum().backward()
    return [x.grad, m.weight.grad, m.bias.grad]


def backward_hook_changes_the_gradient(t, seen):
    m, x = linear(t), leaf(t)
    m.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] * 10,))
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append([g_in[0]]))
    (m(x) ** 2).sum().backward()
    return [x.grad, m.weight.grad]


def backward_hook_of_several_tensors(t, seen):
    m, a, b = pair(t), leaf(t), leaf(t).detach()
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append([g_in[0], g_in[1], *g_out]))
    y, z = m(a, b)
    ((y * y).sum() + z.sum() * 2).backward()
    return a.grad


def backward_hook_with_numbers_among_the_arguments(t, seen):
    m, a, b = pair(t), leaf(t), leaf(t)
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append([len(g_in), g_in[1], g_in[2] is None]))
    y, z = m(a, b, 3.0)
    (y + z).sum().backward()
    return [a.grad, b.grad]


def backward_hook_where_no_input_needs_a_gradient(t, seen):
    m, x = linear(t), leaf(t).detach()
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append([g_in[0] is None, g_out[0]]))
    m(x).sum().backward()
    return m.weight.grad


def backward_pre_hook_changes_the_gradient(t, seen):
    m, x = linear(t), leaf(t)
    m.register_full_backward_pre_hook(lambda m, g_out: (g_out[0] * 3,))
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append([g_out[0]]))
    m(x).sum().backward()
    return [x.grad, m.weight.grad]


def backward_hook_that_gives_too_many_gradients(t, seen):
    m, x = linear(t), leaf(t)
    m.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0], g_in[0]))
    with pytest.raises(RuntimeError, match="Backward hook returned an invalid number of grad_input, got 2"):
        m(x).sum().backward()
    return t.ones(1)


def backward_hooks_of_modules_within_modules(t, seen):
    m, x = t.nn.Sequential(linear(t), t.nn.Tanh(), linear(t)), leaf(t)
    for name, child in m.named_modules():
        child.register_full_backward_hook(lambda m, g_in, g_out, name=name: seen.append([name, g_in[0], g_out[0]]))
    m(x).sum().backward()
    return [x.grad, m[0].weight.grad]


def backward_hooks_and_second_derivatives(t, seen):
    m, x = t.nn.Tanh(), leaf(t)
    m.register_full_backward_hook(lambda m, g_in, g_out: (g_in[0] * 2,))
    (g,) = t.autograd.grad(m(x).sum(), x, create_graph=True)
    return [g, t.autograd.grad((g * g).sum(), x)[0]]


def no_graph_no_backward_hook(t, seen):
    m = linear(t)
    m.register_full_backward_hook(lambda m, g_in, g_out: seen.append(["called"]))
    with t.no_grad():
        y = m(leaf(t))
    return [y, t.tensor(float(y.requires_grad))]


def copies_keep_their_hooks(t, seen):
    m = linear(t)
    m.register_forward_hook(lambda m, args, y: seen.append([y]))
    other = copy.deepcopy(m)
    m.register_forward_hook(lambda m, args, y: seen.append(["only here"]))
    return other(leaf(t))


PROGRAMS = [
    forward_hooks_in_their_order,
    pre_hooks_change_the_arguments,
    hooks_with_keyword_arguments,
    a_removed_hook_is_not_called,
    hooks_after_an_error,
    backward_hook_sees_both_gradients,
    backward_hook_changes_the_gradient,
    backward_hook_of_several_tensors,
    backward_hook_with_numbers_among_the_arguments,
    backward_hook_where_no_input_needs_a_gradient,
    backward_pre_hook_changes_the_gradient,
    backward_hook_that_gives_too_many_gradients,
    backward_hooks_of_modules_within_modules,
    backward_hooks_and_second_derivatives,
    no_graph_no_backward_hook,
    copies_keep_their_hooks,
]


def plain(x):
    """Return nested lists of numbers in the place of tensors."""
    if isinstance(x, list | tuple):
        return [plain(part) for part in x]
    return x.detach().tolist() if hasattr(x, "detach") else x


def flat(x):
    """Return the values of nested lists in one list."""
    return [leaf for part in x for leaf in flat(part)] if isinstance(x, list) else [x]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__.replace("_", " "))
def test_hooks_see_and_change_what_they_do_in_pytorch(program):
    mine, theirs = [], []
    for t, found in ((ours, mine), (torch, theirs)):
        seen = []
        found += plain([program(t, seen), seen])
    assert [str(x) for x in flat(mine) if isinstance(x, str)] == [x for x in flat(theirs) if isinstance(x, str)]
    numbers = [[x for x in flat(found) if not isinstance(x, str)] for found in (mine, theirs)]
    np.testing.assert_allclose(*numbers, rtol=1e-9)
