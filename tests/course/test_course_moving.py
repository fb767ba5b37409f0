"""The pictures that move: each step says and shows what is true, asks before it answers, and has a still with text."""

import base64
import io
import math
import re
import sys

import matplotlib
import numpy as np
import pytest
from PIL import Image

matplotlib.use("Agg")
pytest.importorskip("ipywidgets")

from matplotlib.figure import Figure

from course import moving
from course.moving.stage import WIDGET

MOVING = {name: getattr(moving, name) for name in moving.__all__}
every_picture = pytest.mark.parametrize("name", MOVING)


@pytest.fixture(scope="module")
def stages():
    """Every picture with its arguments as they are, made once."""
    return {name: make() for name, make in MOVING.items()}


@pytest.fixture(scope="module")
def bundles(stages):
    return {name: stage._repr_mimebundle_() for name, stage in stages.items()}


def parts(widget):
    """The buttons, the caption, the number fields by name, the sliders, and the picture of a stage."""
    controls, caption, picture = widget.children
    back, forward, *rows = controls.children
    fields = {row.children[0].description: row.children[0] for row in rows}
    return back, forward, caption, fields, picture


def captions(stage):
    return [step.answer for step in stage.steps]


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", text)]


def painted(stage, state, small=False):
    """What is drawn for a state, as Matplotlib's objects."""
    figure = Figure(figsize=stage.picture.size)
    stage.picture.paint(figure, state, small)
    return figure


# ---- what holds for every picture


@every_picture
def test_every_step_but_the_first_asks_before_it_answers(name, stages):
    stage = stages[name]
    assert stage.steps[0].question == ""
    assert len(stage.steps) in (3, 6)  # whole rows of three columns
    for step in stage.steps[1:]:
        assert step.question.endswith("?")
        assert step.answer.endswith(".")
    moments = stage.moments()
    assert len(moments) == 2 * len(stage.steps) - 1
    for place, (says, state, is_question) in enumerate(moments):
        assert is_question == bool(place % 2)
        assert state == stage.steps[place // 2].state  # a question stands beside the picture of before
        assert says == (stage.steps[place // 2 + 1].question if is_question else stage.steps[place // 2].answer)


@every_picture
def test_buttons_go_forward_and_back_and_stop_at_the_ends(name, stages):
    stage = stages[name]
    back, forward, caption, fields, picture = parts(stage.widget())
    assert (back.description, forward.description) == ("Back", "Next")
    seen = []
    for says, state, _ in stage.moments():
        assert f">{says}<".replace("'", "&#x27;") in caption.value.replace("&quot;", '"')
        assert all(fields[knob.name].value == pytest.approx(state[knob.key]) for knob in stage.knobs)
        seen.append(picture.value)
        forward.click()
    assert picture.value == seen[-1]
    for shown in reversed(seen[:-1]):
        back.click()
        assert picture.value == shown
    back.click()
    assert picture.value == seen[0]
    answers = seen[::2]
    assert len(set(answers)) == len(answers)  # something moves in every step


@every_picture
def test_the_caption_is_announced_and_the_picture_has_words(name, stages):
    stage = stages[name]
    back, forward, caption, fields, picture = parts(stage.widget())
    assert 'role="alert" aria-live="polite"' in caption.value
    (alt,) = re.findall(r'<img alt="([^"]+)"', picture.value)
    assert len(alt) > 20
    assert "max-width: min(100%, 700px)" in picture.value
    assert fields  # something with a name to turn
    assert all(re.fullmatch(r"[a-zA-Z ,]+", named) for named in fields)


@every_picture
def test_turning_a_knob_changes_picture_and_numbers(name, stages):
    stage = stages[name]
    for knob in stage.knobs:
        _, _, caption, fields, picture = parts(stage.widget())
        before = caption.value, picture.value
        field = fields[knob.name]
        field.value = knob.low if field.value != knob.low else knob.high
        assert picture.value != before[1]
        assert caption.value != before[0]


@every_picture
def test_without_a_kernel_the_output_is_a_strip_with_its_text(name, stages, bundles):
    data, metadata = bundles[name]
    stage = stages[name]
    assert set(data) == {"text/plain", "image/png", WIDGET}
    lines = data["text/plain"].split("\n")
    assert lines == [f"{place}. {text}" for place, text in enumerate(captions(stage))]
    assert metadata["image/png"]["alt"] == " ".join(lines)
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.width == pytest.approx(1.6 * metadata["image/png"]["width"], abs=2)
    assert image.height == pytest.approx(1.6 * metadata["image/png"]["height"], abs=2)
    assert metadata["image/png"]["width"] == 900
    assert len(data["image/png"]) < 400_000


@every_picture
def test_the_strip_is_the_same_every_time(name, bundles):
    again, _ = MOVING[name]()._repr_mimebundle_()
    assert {kind: again[kind] for kind in again if kind != WIDGET} == {
        kind: content for kind, content in bundles[name][0].items() if kind != WIDGET
    }


@every_picture
def test_without_ipywidgets_there_is_the_strip(name, stages, bundles, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    data, metadata = stages[name]._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png"}
    assert metadata == bundles[name][1]


@every_picture
def test_its_docstring_has_the_sentence_that_a_chapter_prints(name):
    said = " ".join(MOVING[name].__doc__.split())
    assert re.search(r"A chapter says before it: \*[A-Z].+\.\*", said)


# ---- 01: secant


def metal(r):
    return 2 * math.pi * r * r + 660 / r


def test_the_secant_has_the_slope_and_the_error_that_are_said(stages):
    exact = 4 * math.pi * 3 - 660 / 9
    found = [numbers(text) for text in captions(stages["secant"])]
    assert [row[0] for row in found] == [2, 0.5, 0.01, 1e-8, 1e-14, 1e-16]
    for h, slope, tangent, error in found:
        measured = (metal(3 + h) - metal(3)) / h
        assert slope == pytest.approx(measured, rel=1e-3)
        assert tangent == pytest.approx(exact, rel=1e-3)
        assert error == pytest.approx(abs(measured - exact), rel=0.1)
    assert found[-1][1] == 0


def test_line_window_and_dot_stand_where_the_secant_is(stages):
    stage = stages["secant"]
    for step in stage.steps:
        h = numbers(step.answer)[0]
        slope = (metal(3 + h) - metal(3)) / h
        curve, zoom, v = painted(stage, step.state).axes
        line, points = curve.lines[2:4]
        (x1, x2), (y1, y2) = (np.asarray(data)[[0, -1]] for data in line.get_data())
        assert (y2 - y1) / (x2 - x1) == pytest.approx(slope, abs=1e-9)
        assert list(points.get_data()[0]) == [3, 3 + h]
        assert zoom.lines[2].get_ydata()[1] == pytest.approx(2 * slope)
        size, error = (float(data[0]) for data in v.lines[1].get_data())
        assert size == h
        assert error == pytest.approx(abs(slope - (4 * math.pi * 3 - 660 / 9)), rel=1e-3)
        assert min(v.lines[0].get_xdata()) == h  # what comes next is not shown


def test_the_secant_of_another_curve():
    stage = moving.secant(lambda x: x * x, 1.0)
    assert numbers(captions(stage)[1])[1:3] == [2.5, 2.0]
