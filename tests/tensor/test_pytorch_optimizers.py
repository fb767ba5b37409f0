"""Every sample of PyTorch's optimizers that the engine has: steps, states, schedules, resuming, what is refused."""

import copy
import itertools

import numpy as np
import pytest
from pytorch_samples import (
    Sample,
    Translation,
    attempt,
    compare,
    optim_db,
    ours,
    paired,
    resolve,
    same,
    torch,
    with_our_engine,
)  # fmt: skip
from sample_exceptions import judge

INFOS = {f"optim.{info.name}": info for info in optim_db}
NAMES = [name for name in INFOS if isinstance(resolve(name), type)]
IGNORED = {"foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"}  # not settings of the rule
pytestmark = pytest.mark.filterwarnings("ignore")


def samples(name):
    """Yield settings, each with every way in which PyTorch may compute a step; schedules; and what is refused."""
    info = INFOS[name]
    ways = [{}, *({way: True} for way in info.supported_impls if way != "differentiable")]
    for source in ("steps", "states", "resumed"):
        for place, (x, way) in enumerate(itertools.product(info.optim_inputs_func("cpu"), ways)):
            yield Sample(source, place, (name, []), x.kwargs | way)
    for place, schedules in enumerate(info.scheduler_inputs):
        yield Sample("schedules", place, (name, schedules), {"lr": 0.1})
    for place, x in enumerate(info.optim_error_inputs_func("cpu", torch.float64)):
        if not issubclass(x.error_type, Warning):
            yield Sample("errors", place, (name, [], x.optimizer_error_input.params), x.optimizer_error_input.kwargs)


class Training:
    """A small problem in one of the engines: two parameters in two groups, a loss, an optimizer and its schedules."""

    def __init__(self, engine, cls, settings, schedules, state=None):
        self.engine, rng = engine, np.random.default_rng(0)
        self.weights = [engine.from_numpy(rng.standard_normal(shape)).requires_grad_() for shape in ((3, 2), (3,))]
        groups = [{"params": self.weights[:1]}, {"params": self.weights[1:], "lr": 0.02}]
        self.optimizer = cls(groups, **settings)
        self.schedules = [make(self.optimizer) for make in schedules]

    def run(self, steps):
        """Take steps; return the weights, the learning rates and the optimizer's state after each."""
        seen = []
        for _ in range(steps):
            a, b = self.weights
            loss = ((a * a).sum(1) * b - a[:, 0]).sum() ** 2 + b.sin().sum()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            for schedule in self.schedules:
                schedule.step(*[loss.item()] if type(schedule).__name__ == "ReduceLROnPlateau" else [])
            rates = [float(group["lr"]) for group in self.optimizer.param_groups]
            seen.append(([w.detach().clone() for w in self.weights], rates, copy.deepcopy(self.optimizer.state_dict())))
        return seen


def run(sample):
    """Train in both engines and compare what the sample is about."""
    name, schedules, *parameters = sample.args
    translate = Translation()
    settings = translate(sample.kwargs)
    classes = INFOS[name].optim_cls, resolve(name)
    if parameters and parameters[0] is not None:
        given = translate(parameters[0])
        compare(*(attempt(cls, x, **s) for cls, x, s in zip(classes, given, settings, strict=True)), [])
        return
    schedules = schedules, [with_our_engine(make) for make in schedules]
    made = [attempt(Training, *x) for x in zip((torch, ours), classes, settings, schedules, strict=True)]
    if any(isinstance(x, Exception) for x in made):
        compare(*made, [])
        return
    histories = [attempt(resume if sample.source == "resumed" else Training.run, x, 5) for x in made]
    compare_histories(*histories, states=sample.source == "states")


def resume(training, steps):
    """Take two steps, save, and go on with a new optimizer whose settings are those that were saved."""
    training.run(2)
    saved = copy.deepcopy(training.optimizer.state_dict())
    training.optimizer = type(training.optimizer)([{"params": [w]} for w in training.weights], lr=0.5)
    training.optimizer.load_state_dict(saved)
    return training.run(steps - 2)


def compare_histories(theirs, mine, states):
    """Compare weights and learning rates after each step, or the states of the optimizers."""
    if isinstance(mine, Exception):
        raise AssertionError(f"{type(mine).__name__}: {mine}") from mine
    for step, ((weights, rates, state), (found, own_rates, own_state)) in enumerate(zip(theirs, mine, strict=True)):
        if not states:
            assert own_rates == pytest.approx(rates, rel=1e-12), f"step {step}: lr {own_rates}, PyTorch {rates}"
            for w, expected in zip(found, weights, strict=True):
                same(w, expected, f"step {step}")
            continue
        for group, expected in zip(own_state["param_groups"], state["param_groups"], strict=True):
            assert set(expected) - set(group) <= IGNORED, (
                f"a group has no {sorted(set(expected) - set(group) - IGNORED)}"
            )
            assert {k: group[k] for k in expected if k in group} == {k: x for k, x in expected.items() if k in group}
        for x, y in paired(state["state"], own_state["state"]):
            same(y, x, f"state after step {step}")


@pytest.mark.parametrize("name", NAMES)
def test_samples_of_an_optimizer_give_what_pytorch_gives(name):
    judge(name, samples(name), run)


def test_the_samples_are_of_all_optimizers():
    assert set(NAMES) == {f"optim.{name}" for name in ours.optim.__all__} & set(INFOS)
