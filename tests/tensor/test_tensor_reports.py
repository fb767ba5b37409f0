"""Programs out of public bug reports, and others of their kinds, with what PyTorch 2.13 gives.

A program is a function of an engine: it is run with this one, and with PyTorch, where that is installed, so that the
values that stand beside it stay true. A result is numbers in lists, or the name of an error's type.
"""

import contextlib
import copy
import math
import pickle
import tracemalloc

import pytest

import autograd.tensor as ours
from autograd.gradcheck import GradientError
from autograd.gradcheck import gradcheck as scalar_gradcheck

try:
    import torch
except ImportError:
    torch = None

PROGRAMS = []


def gives(expected, fault=None):
    """Add a program with its result; `fault` is what is wrong with it in this engine until it is repaired."""

    def add(program):
        mark = [pytest.mark.xfail(strict=True, reason=fault)] if fault else []
        PROGRAMS.append(pytest.param(program, expected, id=program.__name__.replace("_", " "), marks=mark))
        return program

    return add


def result(program, t):
    """Return what a program gives: plain numbers, or the name of the error's type."""
    try:
        return plain(program(t))
    except Exception as error:
        return type(error).__name__


def plain(x):
    if isinstance(x, list | tuple):
        return [plain(part) for part in x]
    return x.tolist() if hasattr(x, "tolist") else x


def agree(found, expected):
    """Raise AssertionError unless lists of numbers are equal up to rounding, nan being equal to nan."""
    if isinstance(expected, list):
        assert isinstance(found, list) and len(found) == len(expected), f"{found}, expected {expected}"
        for pair in zip(found, expected, strict=True):
            agree(*pair)
    elif isinstance(expected, float):
        assert isinstance(found, int | float) and found == pytest.approx(expected, rel=1e-5, abs=1e-7, nan_ok=True)
    else:
        assert found == expected


# --- a gradient at an index that comes twice ---


@gives(10.0)
def index_fill_with_an_index_that_comes_twice(t):
    v = t.tensor(-2.0, requires_grad=True)
    t.ones(4, 5).index_fill(0, t.tensor([1, 1, 3]), v).sum().backward()
    return v.grad


@gives([[0.0, 1.0, 1.0, 0.0], 2.0])
def index_fill_in_place_with_an_index_that_comes_twice(t):
    v, x = t.tensor(3.0, requires_grad=True), t.ones(4, requires_grad=True)
    (x * 1).index_fill_(0, t.tensor([0, 3, 0]), v).sum().backward()
    return x.grad, v.grad


@gives([[1.0, 0.0, 1.0], 2.0])
def assignment_to_an_index_that_comes_twice(t):
    x, v = t.ones(3, requires_grad=True), t.tensor(4.0, requires_grad=True)
    y = x * 1
    y[t.tensor([1, 1])] = v
    y.sum().backward()
    return x.grad, v.grad


@gives([[1.0, 1.0, 1.0], [2.0, 3.0, 3.0]])
def index_add_at_an_index_that_comes_twice(t):
    x, v = t.ones(3, requires_grad=True), t.ones(3, requires_grad=True)
    (x.index_add(0, t.tensor([0, 2, 2]), v) * t.tensor([2.0, 1.0, 3.0])).sum().backward()
    return [g / g for g in (x.grad,)][0], v.grad


@gives([3.0, 0.0, 1.0])
def gather_at_an_index_that_comes_twice(t):
    x = t.ones(3, requires_grad=True)
    x.gather(0, t.tensor([0, 0, 2, 0])).sum().backward()
    return x.grad


# --- arguments by their places, in PyTorch's order, which begins with what was once there ---

X, T = [[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]], [0, 2]


@gives([1.5774516, 0.1698462 + 1.4076059])
def cross_entropy_summed_by_the_old_argument(t):
    x, target = t.tensor(X), t.tensor(T)
    return t.nn.functional.cross_entropy(x, target, None, False), t.nn.CrossEntropyLoss(None, False)(x, target)


@gives([1.5774516, 1.5774516])
def nll_loss_summed_by_the_old_argument(t):
    x, target = t.nn.functional.log_softmax(t.tensor(X), 1), t.tensor(T)
    return t.nn.functional.nll_loss(x, target, None, False), t.nn.NLLLoss(None, False)(x, target)


@gives([14.0, 8.0, 5.0, 14.0, 8.0, 5.0])
def losses_of_differences_summed_by_the_old_argument(t):
    x, target, F, nn = t.tensor(X), t.zeros(2, 3) - t.tensor([[0.0], [1.0]]) * 0 + 0, t.nn.functional, t.nn
    x = x - t.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    found = [F.mse_loss(x, target, False), F.l1_loss(x, target, False) + 2, F.smooth_l1_loss(x, target, False) + 0.5]
    found += [nn.MSELoss(False)(x, target), nn.L1Loss(False)(x, target) + 2, nn.SmoothL1Loss(False)(x, target) + 0.5]
    return found


@gives([1.3093333, 1.3093333, 2.9887772, 2.9887772, -0.9])
def losses_of_probabilities_summed_by_the_old_argument(t):
    p, target, F, nn = t.tensor([0.1, 0.6, 0.5]), t.tensor([0.0, 1.0, 0.5]), t.nn.functional, t.nn
    weight, x = t.tensor([1.0, 1.0, 1.0]), t.tensor([1.0, 2.0, 3.0])
    found = [F.binary_cross_entropy(p, target, weight, False), nn.BCELoss(weight, False)(p, target)]
    found += [F.binary_cross_entropy_with_logits(x, target, weight, False)]
    found += [nn.BCEWithLogitsLoss(weight, False)(x, target), F.kl_div(p, t.tensor([0.0, 1.0, 0.0]), False) - 0.3]
    return found


@gives([5.0, 2.5, [1.0, 4.0]])
def reduction_by_its_old_names(t):
    x, target, F = t.tensor([1.0, 2.0]), t.zeros(2), t.nn.functional
    settings = {"size_average": False}, {"size_average": True}, {"reduce": False}
    return [F.mse_loss(x, target, **how) for how in settings]


# --- changes that a graph has to notice ---


def curved(t):
    """Return a leaf with a gradient that has a graph, and z = |gradient|², which needs the gradient's numbers."""
    x = t.tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    return x, (x.grad * x.grad).sum()


@gives("RuntimeError")
def gradient_set_to_zero_by_an_optimizer_before_it_is_needed(t):
    x, z = curved(t)
    t.optim.SGD([x], lr=0.1).zero_grad(set_to_none=False)
    return t.autograd.grad(z, x)[0]


@gives("RuntimeError")
def gradient_clipped_by_its_norm_before_it_is_needed(t):
    x, z = curved(t)
    t.nn.utils.clip_grad_norm_([x], 0.1)
    return t.autograd.grad(z, x)[0]


@gives("RuntimeError")
def gradient_clipped_by_value_before_it_is_needed(t):
    x, z = curved(t)
    t.nn.utils.clip_grad_value_([x], 0.1)
    return t.autograd.grad(z, x)[0]


@gives("RuntimeError")
def gradient_multiplied_in_place_before_it_is_needed(t):
    x, z = curved(t)
    with t.no_grad():
        x.grad.mul_(2)
    return t.autograd.grad(z, x)[0]


@gives("RuntimeError")
def gradient_added_to_in_place_before_it_is_needed(t):
    x, w = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    y = (w * x.grad).sum()
    (x * 5).sum().backward()
    return y.backward()


@gives("RuntimeError")
def momentum_moved_by_a_step_before_it_is_needed(t):
    x, w = t.nn.Parameter(t.ones(2)), t.ones(2, requires_grad=True)
    optimizer = t.optim.SGD([x], lr=0.1, momentum=0.9)
    step(x, optimizer)
    y = (w * optimizer.state[x]["momentum_buffer"]).sum()
    step(x, optimizer)
    return y.backward()


@gives([[0.0, 0.0], True, "RuntimeError"])
def gradient_with_a_graph_set_to_zero(t):
    x, z = curved(t)
    g = x.grad
    t.optim.SGD([x], lr=0.1).zero_grad(set_to_none=False)
    return x.grad, x.grad is g, result(lambda t: z.backward(), t)


@gives([36.0, 288.0])
def gradient_added_to_by_another_backward_before_it_is_needed(t):
    x, z = curved(t)
    (x * 5).sum().backward(create_graph=True)
    return t.autograd.grad(z, x)[0]


@gives("RuntimeError")
def gradient_of_a_module_set_to_zero_before_it_is_needed(t):
    m = t.nn.Linear(1, 1, bias=False)
    (m(t.ones(1, 1)) ** 3).sum().backward(create_graph=True)
    z = (m.weight.grad**2).sum()
    m.zero_grad(set_to_none=False)
    return t.autograd.grad(z, m.weight)[0]


@gives("RuntimeError")
def parameters_loaded_between_forward_and_backward(t):
    m = t.nn.Linear(2, 2)
    y = m(t.ones(1, 2).requires_grad_()).sum()
    m.load_state_dict({name: x + 1 for name, x in m.state_dict().items()})
    return y.backward()


@gives("RuntimeError")
def parameters_drawn_anew_between_forward_and_backward(t):
    m = t.nn.Linear(2, 2)
    y = m(t.ones(1, 2).requires_grad_()).sum()
    t.nn.init.zeros_(m.weight)
    return y.backward()


@gives("RuntimeError")
def parameters_moved_by_a_step_between_forward_and_backward(t):
    m = t.nn.Linear(2, 2)
    y = (m(t.ones(1, 2)) @ m.weight).sum()
    y.backward(retain_graph=True)
    t.optim.SGD(m.parameters(), lr=0.1).step()
    return y.backward()


@gives([10.0, 4.0], "a change through .data counts as a change of the tensor")
def numbers_written_through_data_are_not_noticed(t):
    w = t.tensor([0.5, 2.0], requires_grad=True)
    y = w * 1
    z = y * y
    y.data[0] = 5.0
    z.sum().backward()
    return w.grad


@gives([6.0, 12.0], "a change through .data counts as a change of the tensor")
def numbers_multiplied_through_data_are_not_noticed(t):
    w = t.tensor([1.0, 2.0], requires_grad=True)
    z = w.exp().log() * 0 + w * w
    w.data.mul_(3)
    z.sum().backward()
    return w.grad


@gives("RuntimeError")
def numbers_written_through_detach_are_noticed(t):
    w = t.tensor([0.5, 2.0], requires_grad=True)
    y = w * 1
    z = y * y
    y.detach()[0] = 5.0
    return z.sum().backward()


# --- schedules that go on from an epoch ---

SCHEDULES = {
    "exponential": (lambda s, o, e: s.ExponentialLR(o, 0.9, last_epoch=e), 0.1 * 0.9**6),
    "cosine": (lambda s, o, e: s.CosineAnnealingLR(o, 20, last_epoch=e), 0.1 * (1 + math.cos(0.3 * math.pi)) / 2),
    "linear": (lambda s, o, e: s.LinearLR(o, 0.1, 1.0, 10, last_epoch=e), 0.064),
    # these two multiply once more in PyTorch if the epoch that comes next is one of their own
    "step": (lambda s, o, e: s.StepLR(o, 3, 0.5, last_epoch=e), 0.0125),
    "step elsewhere": (lambda s, o, e: s.StepLR(o, 4, 0.5, last_epoch=e), 0.05),
    "several steps": (lambda s, o, e: s.MultiStepLR(o, [2, 6], 0.5, last_epoch=e), 0.0125),
    "several steps elsewhere": (lambda s, o, e: s.MultiStepLR(o, [2, 5], 0.5, last_epoch=e), 0.025),
    "constant": (lambda s, o, e: s.ConstantLR(o, 0.25, 8, last_epoch=e), 0.025),
    "constant at its end": (lambda s, o, e: s.ConstantLR(o, 0.25, 5, last_epoch=e), 0.1),
    "polynomial": (lambda s, o, e: s.PolynomialLR(o, 10, 2.0, last_epoch=e), 0.1 * 0.4**2),
    "function": (lambda s, o, e: s.LambdaLR(o, lambda t: 1 / (t + 1), last_epoch=e), 0.1 / 7),
}


def resumed_schedule(make):
    """Return a program: six steps, then a new optimizer and schedule that go on from the last epoch, one step more."""

    def program(t):
        s, p = t.optim.lr_scheduler, t.nn.Parameter(t.ones(1))
        optimizer = t.optim.SGD([p], lr=0.1)
        schedule = make(s, optimizer, -1)
        for _ in range(6):
            optimizer.step()
            schedule.step()
        other = t.optim.SGD([p], lr=0.1)
        other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        make(s, other, 5)
        return other.param_groups[0]["lr"]

    return program


for _name, (_make, _lr) in SCHEDULES.items():
    _program = resumed_schedule(_make)
    _program.__name__ = f"schedule_{_name}_resumed_from_its_last_epoch"
    gives(_lr)(_program)


@gives([0.025, 0.05, 0.1, 0.1])
def schedule_of_ones_own_that_defines_get_lr(t):
    class Warm(t.optim.lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base * min(1, 2**self.last_epoch / 4) for base in self.base_lrs]

    optimizer, rates = t.optim.SGD([t.nn.Parameter(t.ones(1))], lr=0.1), []
    schedule = Warm(optimizer)
    for _ in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


@gives([True, 1, 2])
def names_that_schedules_of_ones_own_rely_on(t):
    s = t.optim.lr_scheduler
    optimizer = t.optim.SGD([t.nn.Parameter(t.ones(1))], lr=0.1)
    schedule = s.StepLR(optimizer, 3)
    counts = [schedule._step_count]
    optimizer.step()
    schedule.step()
    return [issubclass(s._LRScheduler, s.LRScheduler), *counts, schedule._step_count]


@gives([0.05, 0.025])
def schedule_set_to_an_epoch(t):
    optimizer, rates = t.optim.SGD([t.nn.Parameter(t.ones(1))], lr=0.1), []
    schedule = t.optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    for epoch in (4, 7):
        optimizer.step()
        schedule.step(epoch)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


CLOSED = {
    "exponential": (lambda s, o: s.ExponentialLR(o, 0.9), [0.1 * 0.9**7, 0.1 * 0.9**2]),
    "cosine": (
        lambda s, o: s.CosineAnnealingLR(o, 20, 0.01),
        [0.01 + 0.045 * (1 + math.cos(0.35 * math.pi)), 0.0977975],
    ),
    "linear": (lambda s, o: s.LinearLR(o, 0.1, 1.0, 10), [0.073, 0.028]),
    "several steps": (lambda s, o: s.MultiStepLR(o, [2, 6], 0.5), [0.025, 0.05]),
    "constant": (lambda s, o: s.ConstantLR(o, 0.5, 5), [0.1, 0.05]),
    "polynomial": (lambda s, o: s.PolynomialLR(o, 5, 2.0), [0.0, 0.036]),
    "function": (lambda s, o: s.LambdaLR(o, lambda t: 1 / (t + 1)), [0.1 / 8, 0.1 / 3]),
}


def set_to_epochs(make):
    """Return a program that sets a schedule to epoch 7, and back to 2."""

    def program(t):
        optimizer, rates = t.optim.SGD([t.nn.Parameter(t.ones(1))], lr=0.1), []
        schedule = make(t.optim.lr_scheduler, optimizer)
        for epoch in (7, 2):
            optimizer.step()
            schedule.step(epoch)
            rates.append(optimizer.param_groups[0]["lr"])
        return rates

    return program


for _name, (_make, _rates) in CLOSED.items():
    _program = set_to_epochs(_make)
    _program.__name__ = f"schedule_{_name}_set_to_an_epoch"
    gives(_rates)(_program)


# --- optimizers that are saved, resumed and copied ---


def momentum_of_ones_own(t):
    class Momentum(t.optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

        @t.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    if not state:
                        state["velocity"] = t.zeros_like(p)
                    state["velocity"].mul_(0.5).add_(p.grad)
                    p.add_(state["velocity"], alpha=-group["lr"])

    return Momentum


def step(p, optimizer):
    optimizer.zero_grad()
    (p**2).sum().backward()
    optimizer.step()


@gives([0.54, 1.08])
def optimizer_of_ones_own_is_resumed(t):
    p = t.nn.Parameter(t.tensor([1.0, 2.0]))
    first = momentum_of_ones_own(t)([p])
    step(p, first)
    other = momentum_of_ones_own(t)([p])
    other.load_state_dict(copy.deepcopy(first.state_dict()))
    step(p, other)
    return p


@gives([True, [0.0, 0.0], [0.64, 0.64]])
def momentum_of_sgd_is_a_tensor_that_can_be_set_to_zero(t):
    p = t.nn.Parameter(t.ones(2))
    optimizer = t.optim.SGD([p], lr=0.1, momentum=0.9)
    step(p, optimizer)
    buffer = optimizer.state[p]["momentum_buffer"]
    buffer.zero_()
    zeros = buffer.tolist()
    step(p, optimizer)
    return isinstance(optimizer.state_dict()["state"][0]["momentum_buffer"], t.Tensor), zeros, p


@gives([["exp_avg", "exp_avg_sq", "step"], [True, True, True], 1.0])
def state_of_adam_is_tensors(t):
    p = t.nn.Parameter(t.ones(2))
    optimizer = t.optim.Adam([p])
    step(p, optimizer)
    state = optimizer.state[p]
    return sorted(state), [isinstance(state[name], t.Tensor) for name in sorted(state)], float(state["step"])


@gives([])
def state_of_plain_gradient_descent_is_empty(t):
    p = t.nn.Parameter(t.ones(2))
    optimizer = t.optim.SGD([p], lr=0.1)
    step(p, optimizer)
    return sorted(optimizer.state_dict()["state"])


@gives(["RuntimeError", "RuntimeError"])
def gradient_of_another_shape_than_its_parameter(t):
    p = t.nn.Parameter(t.zeros(2, 2))
    return [result(lambda t, g=g: setattr(p, "grad", g), t) for g in (t.ones(2), t.ones(2, 1))]


@gives(["TypeError", "TypeError", None])
def gradient_that_is_no_tensor(t):
    p = t.nn.Parameter(t.zeros(2))
    return [result(lambda t, g=g: setattr(p, "grad", g), t) for g in ([1.0, 2.0], 1.0, None)]


@gives("RuntimeError")
def gradient_of_another_type(t):
    p = t.nn.Parameter(t.zeros(2))
    p.grad = t.ones(2, dtype=t.float64)


# --- copies ---


@gives([None, [[1.0, 1.0]]])
def copy_of_a_module_starts_without_gradients(t):
    m = t.nn.Linear(2, 1)
    m(t.ones(1, 2)).sum().backward()
    other = copy.deepcopy(m)
    before = other.weight.grad
    other(t.ones(1, 2)).sum().backward()
    return before, other.weight.grad


@gives([True, None, True])
def copy_of_a_parameter(t):
    p = t.nn.Parameter(t.ones(2))
    p.sum().backward()
    other = copy.deepcopy(p)
    return isinstance(other, t.nn.Parameter), other.grad, other.requires_grad


@gives([[1.0, 1.0], True])
def copy_of_a_leaf_keeps_its_gradient(t):
    x = t.ones(2).requires_grad_()
    x.sum().backward()
    other = copy.deepcopy(x)
    return other.grad, other.grad is not x.grad


@gives("RuntimeError")
def copy_of_what_is_no_leaf(t):
    return copy.deepcopy(t.ones(2).requires_grad_() * 2)


# --- the order of a module's parts ---


@gives(["conv.weight", "conv.bias", "down.weight", "down.bias"])
def module_in_the_place_of_none(t):
    class Block(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.down = None
            self.conv = t.nn.Linear(2, 3)
            self.down = t.nn.Linear(3, 4)

    return list(Block().state_dict())


@gives(["b", "a"])
def parameter_in_the_place_of_none(t):
    class Block(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = None
            self.b = t.nn.Parameter(t.ones(1))
            self.a = t.nn.Parameter(t.ones(1))

    return list(Block().state_dict())


@gives(["a", "b", "c", "d"])
def registered_as_none_keeps_its_place(t):
    m = t.nn.Module()
    m.register_parameter("a", None)
    m.register_parameter("b", t.nn.Parameter(t.ones(1)))
    m.a = t.nn.Parameter(t.ones(1))
    m.register_buffer("c", None)
    m.register_buffer("d", t.ones(1))
    m.c = t.ones(1)
    return list(m.state_dict())


@gives(["a.weight", "b.weight"])
def module_that_is_replaced_keeps_its_place(t):
    m = t.nn.Module()
    m.a, m.b = t.nn.Linear(1, 1, bias=False), t.nn.Linear(1, 1, bias=False)
    m.a = t.nn.Linear(2, 2, bias=False)
    return list(m.state_dict())


@gives(["b.weight", "a.weight"])
def module_that_is_deleted_and_set_again_comes_last(t):
    m = t.nn.Module()
    m.a, m.b = t.nn.Linear(1, 1, bias=False), t.nn.Linear(1, 1, bias=False)
    del m.a
    m.a = t.nn.Linear(2, 2, bias=False)
    return list(m.state_dict())


@gives([True, True, True, "AttributeError"])
def attributes_by_getattr(t):
    m = t.nn.Linear(1, 1)
    m.part = t.nn.ReLU()
    m.register_buffer("held", t.ones(1))
    found = [m.__getattr__(name) is getattr(m, name) for name in ("weight", "part", "held")]
    return [*found, result(lambda t: m.__getattr__("absent"), t)]


@gives([True, True])
def getattr_of_ones_own(t):
    class Wrapper(t.nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    inner = t.nn.Linear(2, 2)
    wrapper = Wrapper(inner)
    return wrapper.inner is inner, wrapper.weight is inner.weight


# --- norms over one number, and other input that says nothing ---


@gives(["ValueError"] * 5)
def norm_over_one_number(t):
    nn, F, one = t.nn, t.nn.functional, t.ones(2, 3, 1, 1)
    return [
        result(program, t)
        for program in (
            lambda t: nn.GroupNorm(4, 4)(t.ones(1, 4)),
            lambda t: F.group_norm(t.ones(1, 4), 4),
            lambda t: nn.InstanceNorm2d(3)(t.ones(1, 3, 1, 1)),
            lambda t: nn.InstanceNorm2d(3)(one),
            lambda t: nn.InstanceNorm2d(3, affine=True)(t.ones(3, 1, 1)),
        )
    ]


@gives(["ValueError", "ValueError", [[0.0, 0.0, 0.0, 0.0]] * 2])
def norm_over_one_number_in_training_and_over_two(t):
    programs = (
        lambda t: t.nn.BatchNorm1d(3)(t.ones(1, 3)),
        lambda t: t.nn.functional.batch_norm(t.ones(1, 3, 1, 1), None, None, training=True),
        lambda t: t.nn.GroupNorm(4, 4)(t.ones(2, 4)),
    )
    return [result(program, t) for program in programs]


@gives("RuntimeError")
def soft_targets_with_an_index_to_ignore(t):
    return t.nn.functional.cross_entropy(t.ones(2, 3), t.full((2, 3), 1 / 3), ignore_index=1)


@gives(["RuntimeError", "RuntimeError", "ValueError", "ValueError"])
def losses_of_targets_that_do_not_fit(t):
    F, x = t.nn.functional, t.ones(2, 3)
    programs = (
        lambda t: F.cross_entropy(x, t.tensor([0, 1]), weight=t.ones(2)),
        lambda t: F.cross_entropy(x, t.ones(2, 3), weight=t.ones(2)),
        lambda t: F.cross_entropy(x, t.tensor([0, 1, 2])),
        lambda t: F.nll_loss(x, t.tensor([0, 1, 2])),
    )
    return [result(program, t) for program in programs]


# --- second derivatives where the first is 0 or has a corner ---


def second(t, function, numbers):
    """Return the gradient, and that of the sum of its squares."""
    x = t.tensor(numbers, dtype=t.float64, requires_grad=True)
    (g,) = t.autograd.grad(function(x), x, create_graph=True)
    if not g.requires_grad:
        return g, t.zeros_like(x)
    (h,) = t.autograd.grad((g**2).sum(), x, allow_unused=True)
    return g + 0, t.zeros_like(x) if h is None else h + 0


DEGENERATE = {
    "std of a constant": (lambda t, x: x.std(), [0.5] * 3, [[0.0] * 3, [0.0] * 3], None),
    "std along a dimension": (lambda t, x: x.std(1).sum(), [[1.0, 1.0]], [[[0.0] * 2], [[0.0] * 2]], None),
    "var of a constant": (lambda t, x: x.var(), [0.5] * 3, [[0.0] * 3, [0.0] * 3], None),
    "norm of zeros": (lambda t, x: x.norm(), [0.0] * 2, [[0.0] * 2, [math.nan] * 2], None),
    "norm of order 3": (lambda t, x: x.norm(3), [0.0] * 2, [[0.0] * 2, [0.0] * 2], None),
    "norm of order 1": (lambda t, x: x.norm(1), [0.0, 1.0], [[0.0, 1.0], [0.0, 0.0]], None),
    "vector norm": (lambda t, x: t.linalg.vector_norm(x), [0.0] * 2, [[0.0] * 2, [math.nan] * 2], None),
    "normalize zeros": (
        lambda t, x: t.nn.functional.normalize(x, dim=0)[0], [0.0] * 2, [[1e12, 0.0], [math.nan] * 2], None,
    ),
    "cosine of zeros": (
        lambda t, x: t.nn.functional.cosine_similarity(x, x + 1, 0), [0.0, 0.0],
        [[7.0710678e7] * 2, [math.nan] * 2], None,
    ),
    "abs at 0": (lambda t, x: x.abs().sum(), [0.0, -2.0], [[0.0, -1.0], [0.0, 0.0]], None),
    "power 2 at 0": (lambda t, x: (x**2).sum(), [0.0, 1.0], [[0.0, 2.0], [0.0, 8.0]], None),
    "power 1 at 0": (lambda t, x: (x**1).sum(), [0.0, 1.0], [[1.0, 1.0], [0.0, 0.0]], None),
    "product with zeros": (lambda t, x: x.prod(), [0.0, 2.0, 0.0], [[0.0] * 3, [0.0] * 3], None),
    "product with a zero": (lambda t, x: x.prod(), [0.0, 2.0, 3.0], [[6.0, 0.0, 0.0], [0.0, 36.0, 24.0]], None),
    "hypot at 0": (lambda t, x: t.hypot(x[0], x[1]), [0.0, 0.0], [[math.nan] * 2, [math.nan] * 2], None),
    "softplus far off": (
        lambda t, x: t.nn.functional.softplus(x).sum(), [30.0, -30.0], [[1.0, 9.357623e-14], [0.0, 1.7513e-26]], None,
    ),
    "elu at 0": (lambda t, x: t.nn.functional.elu(x).sum(), [0.0, 1.0], [[1.0, 1.0], [0.0, 0.0]], "is 1, not 0"),
    "huber at its corner": (
        lambda t, x: t.nn.functional.huber_loss(x, t.zeros_like(x), "sum"), [1.0, 0.5], [[1.0, 0.5], [0.0, 1.0]], None,
    ),
}  # fmt: skip

for _name, (_function, _x, _expected, _fault) in DEGENERATE.items():

    def _program(t, function=_function, x=_x):
        return second(t, lambda x: function(t, x), x)

    _program.__name__ = f"second_derivative_of_{_name}"
    gives(_expected, _fault and f"the second derivative {_fault}")(_program)


# --- what leaves the process ---


def pickled(x):
    return pickle.loads(pickle.dumps(x))


@gives([[1.0, 2.0], True, False])
def tensor_through_pickle(t):
    x = pickled(t.tensor([1.0, 2.0], requires_grad=True))
    return x, x.requires_grad, pickled(t.ones(2)).requires_grad


@gives([[[0.5, 0.5]], True, True, False])
def module_through_pickle(t):
    m = t.nn.Sequential(t.nn.Linear(2, 1, bias=False), t.nn.BatchNorm1d(1))
    t.nn.init.constant_(m[0].weight, 0.5)
    other = pickled(m.eval())
    return other[0].weight, isinstance(other[0].weight, t.nn.Parameter), other[0].weight.requires_grad, other.training


@gives([[0.62, 0.62], 0.1])
def optimizer_through_pickle(t):
    p = t.nn.Parameter(t.ones(2))
    optimizer = t.optim.SGD([p], lr=0.1, momentum=0.9)
    step(p, optimizer)
    other = pickled(optimizer)
    q = other.param_groups[0]["params"][0]
    step(q, other)
    return q + 0.16, other.param_groups[0]["lr"]


@gives([True, False])
def shared_weights_through_pickle(t):
    m = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.Linear(2, 2))
    m[1].weight = m[0].weight
    other = pickled(m)
    return other[0].weight is other[1].weight, other[0].weight is m[0].weight


# --- functions of one's own ---


@gives([2.0, 2.0])
def function_that_changes_its_input(t):
    class Double(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    a = t.ones(2, requires_grad=True)
    Double.apply(a * 1).sum().backward()
    return a.grad


@gives([[3.0, 4.0], None, True])
def function_that_returns_none_for_an_input(t):
    class Scale(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, s):
            ctx.save_for_backward(s)
            return x * s

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0], None

    x, s = t.tensor([1.0, 2.0], requires_grad=True), t.tensor([3.0, 4.0], requires_grad=True)
    y = Scale.apply(x, s)
    y.sum().backward()
    return x.grad, s.grad, y.requires_grad


@gives([[2.0, 2.0], False])
def function_with_a_result_that_has_no_gradient(t):
    class Best(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            place = x.argmax()
            ctx.mark_non_differentiable(place)
            return x * 2, place

        @staticmethod
        def backward(ctx, g, unused):
            return g * 2

    x = t.ones(2, requires_grad=True)
    y, place = Best.apply(x)
    y.sum().backward()
    return x.grad, place.requires_grad


@gives([1.0, 1.0])
def function_that_wants_none_for_missing_gradients(t):
    class Two(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x.clone(), x.clone()

        @staticmethod
        def backward(ctx, a, b):
            return a if b is None else a + b

    x = t.ones(2, requires_grad=True)
    Two.apply(x)[0].sum().backward()
    return x.grad


@gives([True, False])
def function_that_asks_which_inputs_need_a_gradient(t):
    seen = []

    class Product(t.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            seen.extend(ctx.needs_input_grad)
            return g * ctx.saved_tensors[1], None

    Product.apply(t.ones(2, requires_grad=True), t.ones(2)).sum().backward()
    return seen


# --- checkers ---


@gives([True, True])
def gradcheck_of_inputs_that_need_no_gradient(t):
    class Scale(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, s):
            ctx.save_for_backward(s)
            return x * s

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0], None

    x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    s = t.tensor([3.0, 4.0], dtype=t.float64)
    return t.autograd.gradcheck(Scale.apply, (x, s)), t.autograd.gradcheck(lambda x, s: x * s.detach(), (x, s))


@gives(True)
def gradcheck_of_an_input_of_whole_numbers(t):
    x = t.tensor([1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)
    return t.autograd.gradcheck(lambda x, i: x[i] ** 2, (x, t.tensor([0, 2])))


@gives("ValueError")
def gradcheck_of_nothing_that_needs_a_gradient(t):
    return t.autograd.gradcheck(lambda x: x * 2, (t.ones(2, dtype=t.float64),))


# --- the tests ---


@pytest.mark.parametrize("program, expected", PROGRAMS)
def test_a_program_gives_what_it_should(program, expected):
    agree(result(program, ours), plain(expected))


@pytest.mark.skipif(torch is None, reason="the values are PyTorch's, which is not installed to give them again")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program, expected", [pytest.param(*case.values, id=case.id) for case in PROGRAMS])
def test_the_values_are_pytorchs(program, expected):
    agree(result(program, torch), plain(expected))


@pytest.mark.parametrize(
    "function, x",
    [
        pytest.param(lambda x: 1 / x, 1e-3, id="1/x"),
        pytest.param(lambda x: x.log(), 1e-7, id="log"),
        pytest.param(lambda x: x**0.5, 1e-9, id="root"),
        pytest.param(lambda x: x**-2, 1e-4, id="x**-2"),
        pytest.param(lambda x: x.exp(), 1e-9, id="exp of a small number"),
        pytest.param(lambda x: x * x, 1e6, id="square"),
        pytest.param(lambda x: x.exp(), 20.0, id="exp"),
    ],
)
def test_the_scalar_checker_knows_small_and_large_numbers(function, x):
    assert scalar_gradcheck(function, [x])


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.0, 2.0, 1e6])
def test_a_closer_look_still_finds_a_wrong_slope(x):
    def function(v):
        return v * v.data + 1e-3 * v.data * v  # the slope is half of the right one

    with pytest.raises(GradientError) if x else contextlib.nullcontext():
        scalar_gradcheck(function, [x], atol=1e-12)


def test_the_checker_takes_constants_and_several_results():
    x = ours.tensor([1.0, 2.0], dtype=ours.float64, requires_grad=True)
    assert ours.autograd.gradcheck(lambda x, n, s: (x * n, x.argmax(), x + s), (x, 3, ours.ones(2)))
    assert ours.autograd.gradcheck(lambda x: ours.ones(2, dtype=ours.float64), [x])
    with pytest.raises(RuntimeError, match="not lead to the input says 0, a central difference"):
        ours.autograd.gradcheck(lambda x: x.detach() * 2, [x])


def test_a_checkpoint_keeps_less_memory():
    def peak(run):
        tracemalloc.start()
        run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    from autograd.tensor.utils.checkpoint import checkpoint

    layers = [ours.nn.Sequential(ours.nn.Linear(64, 64), ours.nn.Tanh()) for _ in range(32)]
    x = ours.ones(256, 64)

    def segment(start):
        def run(x):
            for layer in layers[start : start + 8]:
                x = layer(x)
            return x

        return run

    def whole():
        y = x.requires_grad_()
        for start in range(0, 32, 8):
            y = segment(start)(y)
        y.sum().backward()

    def in_segments():
        y = x.requires_grad_()
        for start in range(0, 32, 8):
            y = checkpoint(segment(start), y, use_reentrant=False)
        y.sum().backward()

    assert peak(in_segments) < 0.6 * peak(whole)
