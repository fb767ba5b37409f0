"""Optimizers of the course's own engine take PyTorch's steps, and walk through chapter 14's ravines as it says."""

import math

import numpy as np
import pytest

import autograd.tensor as ag
from course import mine, optimizer_ways, reference

START, STEPS = (1.0, 0.75), 20
# Of each program in reference.json: the rule, its settings, and the way with which the checks of chapter 14 compare.
RULES = {
    "SGD": ("SGD", {"lr": 0.01}, optimizer_ways.momentum_way),
    "momentum": ("SGD", {"lr": 0.01, "momentum": 0.9}, optimizer_ways.momentum_way),
    "Nesterov": ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}, optimizer_ways.momentum_way),
    "Adam": ("Adam", {"lr": 0.1}, optimizer_ways.adam_way),
    "AdamW": ("AdamW", {"lr": 0.1, "weight_decay": 0.5}, optimizer_ways.adamw_way),
}


def turned(place, steep=100):
    along, across = place[0] - place[1], place[0] + place[1]
    return (along * along + steep * across * across) / 4


def straight(place, steep=100):
    return (place[0] * place[0] + steep * place[1] * place[1]) / 2


def places_of(kind, rule, settings):
    """Where the rule leads in the turned ravine while its rate falls, and the gradients on the way."""
    place = kind(np.array(START), requires_grad=True)
    optimizer, places, gradients = rule([place], **settings), [], []
    for step in range(STEPS):
        optimizer.lr = settings["lr"] * (STEPS - step) / STEPS
        optimizer.zero_grad()
        turned(place).backward()
        gradients.append(np.array(place.grad.tolist()))
        optimizer.step()
        places.append(np.array(place.data.tolist()))
    return places, gradients


def test_the_recorded_rules_are_those_that_are_compared():
    assert reference.recorded("optimizers").keys() == RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_the_engine_the_package_and_the_checks_take_pytorchs_steps(name):
    rule, settings, way = RULES[name]
    theirs = np.array(reference.pytorch("optimizers")[name])
    engine = mine.chapter(14)
    ours, gradients = places_of(engine.Tensor, getattr(engine, rule), settings)
    package, _ = places_of(ag.tensor, getattr(ag.optim, rule), settings)
    rates = [settings["lr"] * (STEPS - step) / STEPS for step in range(STEPS)]
    checked = way(np.array(START), gradients, rates, **{key: x for key, x in settings.items() if key != "lr"})
    for places in (ours, package, checked):
        assert np.abs(np.array(places) - theirs).max() < 1e-12


def steps(rule, valley, start, **settings):
    place = mine.chapter(14).Tensor(start, requires_grad=True)
    optimizer, count = rule([place], **settings), 0
    while (height := valley(place)).item() >= 1e-6:
        optimizer.zero_grad()
        height.backward()
        optimizer.step()
        count += 1
    return count


def test_descent_and_momentum_do_not_notice_that_the_ravine_turns_and_adam_does():
    engine = mine.chapter(14)
    keep = 9 / 11  # (10 - 1) / (10 + 1), for a condition number of 100
    momentum = {"lr": (1 - keep) ** 2, "momentum": keep**2}
    for rule, settings, left, right in (
        (engine.SGD, {"lr": 2 / 101}, 444, 444),
        (engine.SGD, momentum, 69, 69),
        (engine.Adam, {"lr": 0.1}, 82, 501),
    ):
        assert steps(rule, straight, (1.0, 1.0), **settings) == left
        assert steps(rule, turned, (math.sqrt(2), 0.0), **settings) == right


def test_a_schedule_rises_to_one_and_falls_to_nothing():
    plan = mine.chapter(14).warmup_cosine
    shares = [plan(step, 20, 5) for step in range(21)]
    assert shares[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert shares[5] == 1 and shares[20] == pytest.approx(0, abs=1e-15)
    assert all(a > b for a, b in zip(shares[5:], shares[6:], strict=False))
