"""What the tests of the pictures that move share: what a stage says, its numbers, its states, and what is drawn."""

import itertools
import re

import matplotlib

matplotlib.use("Agg")

from matplotlib.figure import Figure


def captions(stage):
    return [step.answer for step in stage.steps]


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", text)]


def painted(stage, state, small=False):
    """What is drawn for a state, as Matplotlib's objects."""
    figure = Figure(figsize=stage.picture.size)
    stage.picture.paint(figure, state, small)
    return figure


def states(stage):
    """Every state that whole knobs can hold."""
    values = [range(int(knob.low), int(knob.high) + 1) for knob in stage.knobs]
    for chosen in itertools.product(*values):
        yield dict(zip([knob.key for knob in stage.knobs], chosen, strict=True))
