"""Optimizers and schedules on tensors: 100 steps as in PyTorch, groups, states, versions."""

import math
import re

import numpy as np
import pytest

import autograd.schedules
import autograd.tensor as ours
from autograd.scalar import Value
from autograd.tensor import nn, optim
from autograd.tensor.optim import lr_scheduler

torch = pytest.importorskip("torch")

RULES = [
    ("SGD", {"lr": 0.05}), ("SGD", {"lr": 0.05, "weight_decay": 0.1}), ("SGD", {"lr": 0.02, "momentum": 0.9}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("RMSprop", {}), ("RMSprop", {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}), ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True, "momentum": 0.5}), ("RMSprop", {"centered": True}), ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.5, 0.7), "eps": 1e-3}), ("Adam", {"weight_decay": 0.1}), ("AdamW", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.5}), ("AdamW", {"amsgrad": True}),
    ("Adam", {"lr": 0.05, "betas": (0.5, 0.7), "amsgrad": True, "fused": False, "capturable": False}),
    ("Adagrad", {}), ("Adagrad", {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}), ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3}), ("Adadelta", {"weight_decay": 0.1, "eps": 1e-4}),
    *[(rule, {"maximize": True, "lr": 1e-3, "weight_decay": 0.1, "foreach": False, "differentiable": False})
      for rule in ("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta")],
]  # fmt: skip


def models(dtype):
    """Return a small network in both frameworks, with the same weights, and a loss for each of 100 steps."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 5)).astype(dtype), rng.standard_normal((20, 2)).astype(dtype)
    made = []
    for t in (ours, torch):
        torch.manual_seed(0)
        net = t.nn.Sequential(t.nn.Linear(5, 8), t.nn.Tanh(), t.nn.Linear(8, 2))
        net.scale = t.nn.Parameter(t.tensor(1.0))
        made.append(net.to(getattr(t, np.dtype(dtype).name)))
    made[0].load_state_dict(made[1].state_dict())
    losses = [
        lambda step, t=t, net=net: ((net(t.tensor(x)) * net.scale - t.tensor(y) * math.cos(step / 9)) ** 2).mean()
        for t, net in zip((ours, torch), made, strict=True)
    ]
    return made, losses


def train(optimizer, loss, steps):
    for step in range(steps):
        optimizer.zero_grad()
        loss(step).backward()
        optimizer.step()


def agree(mine, theirs, tolerance=1e-6):
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=tolerance, atol=tolerance, err_msg=name)


def readable(value):
    """Return a test id without addresses, which differ between the workers that share the tests."""
    return re.sub(r"<function .*?>(?= at|,|\]|\}|$)| at 0x[0-9a-f]+>?", "function", str(value))


@pytest.mark.parametrize(("rule", "options"), RULES, ids=str)
def test_100_steps_are_those_of_pytorch(rule, options):
    nets, losses = models(np.float64)
    for net, loss, t in zip(nets, losses, (ours, torch), strict=True):
        train(getattr(t.optim, rule)(net.parameters(), **options), loss, 100)
    agree(*nets)


@pytest.mark.parametrize(("rule", "options"), RULES, ids=str)
def test_100_steps_with_given_gradients_in_float32(rule, options):
    start = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    results = []
    for t in (ours, torch):
        rng, x = np.random.default_rng(1), t.nn.Parameter(t.tensor(start))
        optimizer = getattr(t.optim, rule)([x], **options)
        for _ in range(100):  # gradients of a loss would depend on rounding, which a division by small ones magnifies
            x.grad = t.tensor(rng.standard_normal((3, 4)).astype(np.float32))
            optimizer.step()
        results.append(x.detach().numpy())
    np.testing.assert_allclose(*results, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize(("rule", "options"), RULES, ids=str)
def test_groups_have_settings_of_their_own(rule, options):
    nets, losses = models(np.float64)
    for net, loss, t in zip(nets, losses, (ours, torch), strict=True):
        groups = [{"params": net[0].parameters()}, {"params": [net[2].weight], "lr": 0.2, "weight_decay": 0.3}]
        optimizer = getattr(t.optim, rule)(groups, **options)
        optimizer.add_param_group({"params": net.scale, "lr": 0.01})
        train(optimizer, loss, 50)
        assert [len(group["params"]) for group in optimizer.param_groups] == [2, 1, 1]
    agree(*nets)


@pytest.mark.parametrize(("rule", "options"), RULES, ids=str)
def test_a_state_goes_on_where_it_was(rule, options):
    runs = []
    for break_at in (None, 10):
        (net, _), (loss, _) = models(np.float32)
        optimizer = getattr(optim, rule)(net.parameters(), **options)
        train(optimizer, loss, 10)
        if break_at:
            state = optimizer.state_dict()
            optimizer = getattr(optim, rule)(net.parameters(), lr=123.0)
            optimizer.load_state_dict(state)
        train(optimizer, loss, 10)
        runs.append([p.tolist() for p in net.parameters()])
    assert runs[0] == runs[1]


def test_the_form_of_a_state_is_that_of_pytorch():
    states = []
    for net, loss, t in zip(*models(np.float64), (ours, torch), strict=True):
        optimizer = t.optim.Adam(net.parameters())
        train(optimizer, loss, 3)
        states.append(optimizer.state_dict())
    mine, theirs = states
    assert mine["state"].keys() == theirs["state"].keys()
    for i, state in theirs["state"].items():
        assert mine["state"][i].keys() == state.keys()
        np.testing.assert_allclose(mine["state"][i]["exp_avg_sq"], state["exp_avg_sq"].numpy(), rtol=1e-9)
    group = mine["param_groups"][0]
    assert group == {name: theirs["param_groups"][0][name] for name in group}


def test_weights_keep_their_memory_and_scratch_is_made_once():
    (net, _), (loss, _) = models(np.float32)
    optimizer = optim.Adam(net.parameters())
    train(optimizer, loss, 1)
    before = [
        (id(p.detach().numpy()), id(optimizer.scratch[p]), id(optimizer.state[p]["exp_avg"]))
        for p in net[0].parameters()
    ]
    train(optimizer, loss, 3)
    after = [
        (id(p.detach().numpy()), id(optimizer.scratch[p]), id(optimizer.state[p]["exp_avg"]))
        for p in net[0].parameters()
    ]
    assert before == after
    net.double()
    train(optimizer, lambda step: (net(ours.ones(2, 5).double()) ** 2).sum() * net.scale, 2)
    assert {p.dtype for p in net.parameters()} == {ours.float64}


def test_a_step_between_forward_and_backward_is_noticed():
    layer = nn.Linear(2, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    layer(ours.ones(1, 2)).sum().backward()
    loss = (layer(ours.ones(1, 2)) @ layer.weight).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_closure_is_called_and_its_loss_returned():
    x = nn.Parameter(ours.tensor(3.0))
    optimizer = optim.SGD([x], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = x * x
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9
    assert x.item() == 0


def test_zero_grad_can_keep_the_memory():
    x = nn.Parameter(ours.ones(2))
    (x * x).sum().backward()
    g = x.grad
    optim.SGD([x]).zero_grad(set_to_none=False)
    assert x.grad is g and g.tolist() == [0, 0]


def test_a_parameter_without_gradient_stays_and_has_no_state():
    x, y = nn.Parameter(ours.ones(2)), nn.Parameter(ours.ones(2))
    optimizer = optim.AdamW([x, y])
    (x * x).sum().backward()
    optimizer.step()
    assert y.tolist() == [1, 1] and y not in optimizer.state


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: optim.SGD(x), TypeError, "params must be a list"),
        (lambda x: optim.SGD([{"params": [x]}, {"params": [x]}]), ValueError, "more than once"),
        (lambda x: optim.SGD([{"params": [x], "lr": -1.0}]), ValueError, "lr must be 0 or more"),
        (lambda x: optim.SGD([x]).load_state_dict({"state": {}, "param_groups": []}), ValueError, "different number"),
        (lambda x: optim.SGD([x], momentun=0.9), TypeError, "unexpected keyword arguments: momentun"),
        (lambda x: optim.Adamax([x]), AttributeError, "autograd.tensor.optim has no 'Adamax': it is not part"),
        (lambda x: lr_scheduler.CyclicLR(optim.SGD([x])), AttributeError, "has no 'CyclicLR'"),
        (lambda x: optim.SGD([x]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}), ValueError,
         "doesn't match the size"),
    ],
)  # fmt: skip
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make(nn.Parameter(ours.ones(2)))


# --- schedules ---

SCHEDULES = [
    ("StepLR", {"step_size": 7}), ("StepLR", {"step_size": 30, "gamma": 0.5}), ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.5, "total_iters": 40}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 100}),
    ("CosineAnnealingLR", {"T_max": 100}), ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}),
    ("LambdaLR", {"lr_lambda": lambda t: 0.95**t}), ("ExponentialLR", {"gamma": 0.97}),
    ("MultiStepLR", {"milestones": [3, 40, 40, 71]}), ("MultiStepLR", {"milestones": (0, 9), "gamma": 0.5}),
    ("LambdaLR", {"lr_lambda": [lambda t: 1 / (1 + t), lambda t: math.cos(t / 10) ** 2]}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 101}), ("OneCycleLR", {"max_lr": [0.3, 0.1], "total_steps": 150}),
    ("OneCycleLR", {"max_lr": 0.3, "epochs": 13, "steps_per_epoch": 10, "anneal_strategy": "linear", "pct_start": 0.1}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 120, "three_phase": True, "div_factor": 10.0}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 120, "cycle_momentum": False, "final_div_factor": 100.0}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 100, "base_momentum": 0.5, "max_momentum": 0.8}),
]  # fmt: skip


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=readable)
def test_100_steps_of_a_schedule_are_those_of_pytorch(name, options, rule):
    rates, weights = ([], []), []
    for t, found in zip((ours, torch), rates, strict=True):
        x, y = (t.nn.Parameter(t.tensor([1.0, 2.0], dtype=t.float64)) for _ in range(2))
        optimizer = getattr(t.optim, rule)([{"params": [x]}, {"params": [y], "lr": 0.1}], lr=0.2)
        schedule = getattr(t.optim.lr_scheduler, name)(optimizer, **options)
        for _ in range(100):
            x.grad, y.grad = 0.1 * x.detach(), 0.2 * y.detach()
            optimizer.step()
            schedule.step()
            found.append([group["lr"] for group in optimizer.param_groups] + schedule.get_last_lr())
            found[-1] += [group.get("momentum", group.get("betas", [0])[0]) for group in optimizer.param_groups]
        weights.append([x.tolist(), y.tolist()])
    np.testing.assert_allclose(*rates, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(*weights, rtol=1e-6)


PLATEAUS = [
    {}, {"patience": 3, "factor": 0.5}, {"patience": 0, "cooldown": 4, "factor": 0.9}, {"mode": "max", "patience": 5},
    {"patience": 2, "threshold": 0.1}, {"patience": 2, "threshold": 0.1, "threshold_mode": "abs"},
    {"mode": "max", "patience": 2, "threshold": 0.1, "threshold_mode": "abs", "min_lr": 1e-3},
    {"patience": 1, "min_lr": [0.01, 0.05], "threshold": 0.0}, {"patience": 1, "factor": 0.5, "eps": 0.02},
]  # fmt: skip


def plateaus(step):
    """Falls, stays, jitters and falls again."""
    return 3 * 0.9 ** (step // 12) + 0.05 * math.sin(7 * step)


@pytest.mark.parametrize("options", PLATEAUS, ids=str)
def test_a_schedule_that_looks_at_the_loss_is_that_of_pytorch(options):
    rates = [], []
    for t, found in zip((ours, torch), rates, strict=True):
        groups = [{"params": [t.nn.Parameter(t.ones(1))], "lr": lr} for lr in (0.2, 0.1)]
        schedule = t.optim.lr_scheduler.ReduceLROnPlateau(t.optim.SGD(groups), **options)
        for step in range(120):
            schedule.optimizer.step()
            if step == 60 and not isinstance(options.get("min_lr"), list):
                schedule.optimizer.add_param_group({"params": t.nn.Parameter(t.ones(1)), "lr": 0.3})
            schedule.step(t.tensor(plateaus(step), dtype=t.float64) if step % 2 else plateaus(step))
            found.append([group["lr"] for group in schedule.optimizer.param_groups] + schedule.get_last_lr())
            found[-1] += [schedule.best, schedule.num_bad_epochs, schedule.cooldown_counter, schedule.last_epoch]
    assert rates[0] == rates[1]
    assert rates[0][-1][0] < 0.2


@pytest.mark.parametrize("options", PLATEAUS, ids=str)
def test_a_schedule_that_looks_at_the_loss_goes_on_where_it_was(options):
    def start():
        optimizer = optim.SGD([{"params": [nn.Parameter(ours.ones(1))]} for _ in range(2)], lr=0.5)
        return optimizer, lr_scheduler.ReduceLROnPlateau(optimizer, **options)

    optimizer, schedule = start()
    for step in range(37):
        schedule.step(plateaus(step))
    other, resumed = start()
    other.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    for step in range(37, 80):
        schedule.step(plateaus(step)), resumed.step(plateaus(step))
        assert schedule.get_last_lr() == resumed.get_last_lr() == [group["lr"] for group in other.param_groups]


@pytest.mark.parametrize("t", [ours, torch], ids=["ours", "torch"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factor": 1.0}, "Factor should be < 1.0."),
        ({"mode": "least"}, "mode least is unknown!"),
        ({"threshold_mode": "both"}, "threshold mode both is unknown!"),
        ({"min_lr": [0.1, 0.2]}, "expected 1 min_lrs, got 2"),
    ],
)
def test_errors_of_a_schedule_that_looks_at_the_loss(options, message, t):
    with pytest.raises(ValueError, match=message):
        t.optim.lr_scheduler.ReduceLROnPlateau(t.optim.SGD([t.nn.Parameter(t.ones(1))]), **options)
    with pytest.raises(TypeError, match="list is not an Optimizer"):
        t.optim.lr_scheduler.ReduceLROnPlateau([])


def test_schedules_combine():
    rates = [], []
    for t, found in zip((ours, torch), rates, strict=True):
        optimizer = t.optim.SGD([t.nn.Parameter(t.ones(1))], lr=0.5)
        rules = t.optim.lr_scheduler
        parts = [rules.LinearLR(optimizer, total_iters=10), rules.StepLR(optimizer, 4, 0.5)]
        for _ in range(30):
            optimizer.step()
            for part in parts:
                part.step()
            found.append(optimizer.param_groups[0]["lr"])
    assert rates[0] == pytest.approx(rates[1], rel=1e-12)


@pytest.mark.parametrize(("name", "options"), SCHEDULES[:-1], ids=readable)
def test_a_schedule_goes_on_where_it_was(name, options):
    def start():
        optimizer = optim.SGD([{"params": [nn.Parameter(ours.ones(1))]} for _ in range(2)], lr=0.5)
        return optimizer, getattr(lr_scheduler, name)(optimizer, **options)

    optimizer, schedule = start()
    for _ in range(20):
        schedule.step()
    other, resumed = start()
    other.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    for _ in range(20):
        schedule.step(), resumed.step()
        assert schedule.get_last_lr() == resumed.get_last_lr()


def test_schedules_serve_the_scalar_engine():
    x = Value(1.0)
    optimizer = optim.SGD([x], lr=1.0)
    schedule = autograd.schedules.StepLR(optimizer, step_size=1)
    for _ in range(2):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
        schedule.step()
    assert optimizer.lr == pytest.approx(0.01)
    assert x.data == pytest.approx(-0.8)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: lr_scheduler.StepLR(o.param_groups, 3), TypeError, "list is not an Optimizer"),
        (lambda o: lr_scheduler.StepLR(o, 3, last_epoch=5), KeyError, "param 'initial_lr' is not specified"),
        (lambda o: lr_scheduler.LRScheduler(o), NotImplementedError, "has to define get_lr"),
        (lambda o: lr_scheduler.LambdaLR(o, [abs, abs]), ValueError, "Expected 1 lr_lambdas, but got 2"),
        (lambda o: lr_scheduler.LinearLR(o, start_factor=0.0), ValueError, "Starting multiplicative factor"),
        (lambda o: lr_scheduler.LinearLR(o, end_factor=2.0), ValueError, "Ending multiplicative factor"),
        (lambda o: lr_scheduler.ConstantLR(o, 2.0), ValueError, "Constant multiplicative factor"),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0), ValueError, "either total_steps OR"),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=0), ValueError, "Expected positive integer total_steps"),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0, 9, pct_start=2.0), ValueError, "between 0 and 1 pct_start"),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0, 9, anneal_strategy="no"), ValueError, "'cos' or 'linear'"),
        (lambda o: [s.step() for s in [lr_scheduler.OneCycleLR(o, 1.0, 2)] for _ in range(4)], ValueError,
         "Tried to step 3 times. The specified number of total steps is 2"),
    ],
)  # fmt: skip
def test_errors_of_schedules(make, error, message):
    with pytest.raises(error, match=message):
        make(optim.SGD([nn.Parameter(ours.ones(2))]))


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Adagrad", "RMSprop", "SGD"])
def test_the_state_of_pytorchs_optimizer_can_be_gone_on_from(name):
    options = {"RMSprop": {"centered": True}, "SGD": {"momentum": 0.9}}.get(name, {})
    start = np.random.default_rng(3).standard_normal((2, 3))
    theirs = torch.tensor(start, requires_grad=True)
    before = getattr(torch.optim, name)([theirs], lr=0.1, **options)

    def steps(t, x, optimizer):
        for _ in range(20):
            optimizer.zero_grad()
            ((x - 1) ** 4).sum().backward()
            optimizer.step()
        return x.detach().numpy()

    middle = steps(torch, theirs, before).copy()
    x = ours.tensor(middle, requires_grad=True)
    after = getattr(ours.optim, name)([x], lr=0.1, **options)
    after.load_state_dict(before.state_dict())
    np.testing.assert_allclose(steps(ours, x, after), steps(torch, theirs, before), rtol=1e-9)
