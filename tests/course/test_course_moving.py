"""The pictures that move: each step says and shows what is true, asks before it answers, and has a still with text."""

import base64
import hashlib
import io
import itertools
import math
import re
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from moving_pictures import captions, numbers, painted
from notebook_files import CHAPTERS, cells
from PIL import Image

pytest.importorskip("ipywidgets")

from course import moving
from course.moving import plots
from course.moving.stage import WIDGET

MOVING = {name: getattr(moving, name) for name in moving.__all__}
every_picture = pytest.mark.parametrize("name", MOVING)


@pytest.fixture(scope="module")
def stages():
    """Every picture with its arguments as they are, made once."""
    return {name: make() for name, make in MOVING.items()}


@pytest.fixture(scope="module")
def more_stages():
    return {name: make() for name, make in MOVING.items()}


@pytest.fixture
def rough(more_stages, monkeypatch):
    """Every picture with fewer dots, and nobody computes where its parts fit: enough to see that something changes."""

    def drawn(figure):
        figure.set_dpi(40)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return hashlib.sha256(canvas.buffer_rgba()).hexdigest(), 0, 0

    monkeypatch.setattr(plots, "Figure", lambda figsize, layout: Figure(figsize, layout="none"))
    monkeypatch.setattr(plots, "png", drawn)
    return more_stages


LIVE = ("secant", "nudge")


@pytest.fixture(scope="module")
def bundles():
    """What two of the pictures show where no kernel runs."""
    return {name: MOVING[name]()._repr_mimebundle_() for name in LIVE}


def stored(name):
    """What a chapter has stored of a picture, as data and metadata; nbval draws it again and compares."""
    for path in CHAPTERS:
        for cell in cells(path, "code"):
            if f"moving.{name}()" in cell["source"]:
                (output,) = [output for output in cell["outputs"] if "data" in output]
                data = {kind: "".join(content) for kind, content in output["data"].items()}
                return data, output["metadata"]
    raise LookupError(f"no chapter shows moving.{name}() as it is")


def parts(widget):
    """The buttons, the caption, the number fields by name, the sliders, and the picture of a stage."""
    controls, caption, picture = widget.children
    back, forward, *rows = controls.children
    fields = {row.children[0].description: row.children[0] for row in rows}
    return back, forward, caption, fields, picture


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
def test_buttons_go_forward_and_back_and_stop_at_the_ends(name, rough):
    stage = rough[name]
    back, forward, caption, fields, picture = parts(stage.widget())
    assert (back.description, forward.description) == ("Back", "Next")
    seen, images = [], []
    for says, state, _ in stage.moments():
        assert f">{says}<".replace("'", "&#x27;") in caption.value.replace("&quot;", '"')
        assert all(fields[knob.name].value == pytest.approx(state[knob.key]) for knob in stage.knobs)
        seen.append(picture.value)
        images.append(re.search(r'src="([^"]+)"', picture.value).group(1))
        forward.click()
    assert picture.value == seen[-1]
    for shown in reversed(seen[:-1]):
        back.click()
        assert picture.value == shown
    back.click()
    assert picture.value == seen[0]
    answers = images[::2]
    assert len(set(answers)) == len(answers)  # something moves in every step


@every_picture
def test_the_caption_is_announced_and_the_picture_has_words(name, rough):
    stage = rough[name]
    back, forward, caption, fields, picture = parts(stage.widget())
    assert 'role="alert" aria-live="polite"' in caption.value
    (alt,) = re.findall(r'<img alt="([^"]+)"', picture.value)
    assert len(alt) > 20
    assert "max-width: min(100%, 700px)" in picture.value
    assert fields  # something with a name to turn
    assert all(re.fullmatch(r"[a-z][a-z 01]+", named) for named in fields)


@every_picture
def test_turning_a_knob_changes_picture_and_numbers(name, rough):
    stage = rough[name]
    for knob in stage.knobs:
        _, _, caption, fields, picture = parts(stage.widget())
        before = caption.value, picture.value
        field = fields[knob.name]
        field.value = knob.low if field.value != knob.low else knob.high
        assert picture.value != before[1]
        assert caption.value != before[0]


def test_a_slider_gives_round_numbers_and_moves_with_its_field(rough):
    widget = rough["logits"].widget()
    field, handle = widget.children[0].children[2].children
    handle.value = 8.881784197001252e-16
    assert field.value == 0
    handle.value = 2.2500000001
    assert field.value == 2.25
    field.value = -1.5
    assert handle.value == -1.5


@every_picture
def test_without_a_kernel_the_output_is_a_strip_with_its_text(name, stages, bundles):
    """Two are drawn here; the others are looked at as the chapters have stored them."""
    data, metadata = bundles[name] if name in LIVE else stored(name)
    stage = stages[name]
    assert set(data) == {"text/plain", "image/png"} | ({WIDGET} if name in LIVE else set())
    lines = data["text/plain"].split("\n")
    assert lines == [f"{place}. {text}" for place, text in enumerate(captions(stage))]
    assert metadata["image/png"]["alt"] == " ".join(lines)
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.width == pytest.approx(1.6 * metadata["image/png"]["width"], abs=2)
    assert image.height == pytest.approx(1.6 * metadata["image/png"]["height"], abs=2)
    assert metadata["image/png"]["width"] == 900
    assert len(data["image/png"]) < 400_000


def test_the_strip_is_the_same_every_time(bundles):
    """One is drawn again here; nbval draws those of the chapters again and compares."""
    again, metadata = moving.nudge()._repr_mimebundle_()
    assert again | {WIDGET: None} == bundles["nudge"][0] | {WIDGET: None}
    assert metadata == bundles["nudge"][1]


def test_without_ipywidgets_there_is_the_strip(stages, bundles, monkeypatch):
    data, metadata = bundles["nudge"]
    strip = {kind: data[kind] for kind in ("text/plain", "image/png")}, metadata
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr(stages["nudge"].picture, "strip", lambda states, captions: strip)
    assert stages["nudge"]._repr_mimebundle_() == strip


@every_picture
def test_its_docstring_has_the_sentence_that_a_chapter_prints(name):
    said = " ".join(MOVING[name].__doc__.split())
    assert re.search(r"A chapter says before it: \*[A-Z].+[.?]\*", said)


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


# ---- 00: training


def descend(parameters, points, labels, rounds):
    """Train a tanh network of 2, 6, 6 and 1 neurons by formulas, and return its losses and scores before each round."""
    parted = np.split(np.array(parameters), np.cumsum([6 * 3, 6 * 7]))
    layers = [part.reshape(width, -1) for part, width in zip(parted, (6, 6, 1), strict=True)]
    losses, scores = [], []
    for _ in range(rounds):
        inputs = []
        outputs = points
        for layer in layers:
            inputs.append(np.column_stack([outputs, np.ones(len(points))]))
            score = inputs[-1] @ layer.T
            outputs = np.tanh(score)
        scores.append(score[:, 0])
        losses.append(np.mean(np.logaddexp(0, scores[-1]) - labels * scores[-1]))
        slopes = ((1 / (1 + np.exp(-scores[-1])) - labels) / len(points))[:, None]
        for number in (2, 1, 0):
            step = slopes.T @ inputs[number]
            slopes = slopes @ layers[number][:, :-1] * (1 - inputs[number][:, :-1] ** 2)
            layers[number] = layers[number] - step  # with a rate of 1
    return losses, scores


def test_the_training_is_that_of_chapter_00(stages):
    from autograd.scalar import MLP
    from course import datasets

    chapter = "\n".join(cell["source"] for cell in cells(CHAPTERS[0], "code"))
    assert "points, labels = datasets.moons(100, noise=0.1, seed=0)\nmodel = MLP(2, [6, 6, 1])\n" in chapter
    assert 'model.fit(points, labels, loss="binary_cross_entropy", optimizer="sgd", lr=1.0, epochs=150, ' in chapter
    points, labels = map(np.array, datasets.moons(100, noise=0.1, seed=0))
    start = [parameter.data for parameter in MLP(2, [6, 6, 1]).parameters()]
    losses, scores = descend(start, points, labels, 150)
    rounds = []
    for number, loss, right, count in map(numbers, captions(stages["training"])):
        rounds.append(int(number))
        assert (right, count) == (((scores[int(number)] > 0) == (labels == 1)).sum(), 100)
        assert loss == pytest.approx(losses[int(number)], abs=5e-4)
    assert rounds == [0, 5, 50, 55, 80, 149]
    assert losses[53] < losses[54] < losses[55]  # a jump, and 55 is its top
    assert losses[56] < losses[55]


def test_the_line_of_a_round_is_where_the_network_gives_0(stages):
    from autograd.scalar import MLP
    from course.moving.training_rounds import run, scores

    parameters = run((6, 6, 1), 150, 1.0)[0][80]
    model = MLP(2, [6, 6, 1])
    for parameter, value in zip(model.parameters(), parameters, strict=True):
        parameter.data = value
    points = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    np.testing.assert_allclose(scores(parameters, (6, 6, 1), points), [model(p.tolist()).data for p in points])
    field, curve = painted(stages["training"], {"round": 80}).axes
    line = field.collections[1].get_paths()[0].vertices
    assert np.abs(scores(parameters, (6, 6, 1), line)).max() < 0.1
    assert len(curve.lines[0].get_xdata()) == 81  # the loss of later rounds is not shown


# ---- 03: nudge


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (-1.5, 0.5)])
def test_the_nudge_arrives_with_the_slopes_of_the_engine(a, b):
    from autograd.scalar import Value

    leaves = Value(a), Value(b)
    c = leaves[0] + leaves[1]
    d = c * leaves[1]
    e = c * d
    e.backward()
    h = 1e-6
    stage = moving.nudge(a, b)
    found = [numbers(text) for text in captions(stage)]
    assert found[5][-1] == pytest.approx(leaves[1].grad)
    d_moves = ((a + b + h) * (b + h) - (a + b) * b) / h
    assert found[3][-1] == pytest.approx(d_moves, abs=1e-4)
    assert found[4][-1] == pytest.approx(d.data)  # what goes along the edge from c alone
    assert (found[1][-1], found[2][2]) == (1, b)


def test_the_arrows_of_the_nudge_are_as_thick_as_what_they_carry(stages):
    stage = stages["nudge"]
    for step, gone in zip(stage.steps, range(6), strict=True):
        ax = painted(stage, step.state).axes[0]
        lines = [p for p in ax.patches if type(p).__name__ == "FancyArrowPatch" and p.get_linewidth() > 0]
        assert sum(line.get_linestyle() in ("-", "solid") for line in lines) == gone
    widths = [line.get_linewidth() for line in lines]
    carried = [1, 3, 5, 15, 40, 0]  # in the order in which the edges are drawn: b-c, c-d, b-d, c-e, d-e, a-c
    assert np.argsort(widths).tolist() == np.argsort(carried).tolist()
    assert np.diff(widths[:5]) / np.diff(carried[:5]) == pytest.approx((11 - 1.2) / 40)


# ---- 04: orders


def test_both_orders_end_with_what_the_sweeps_give(stages):
    a = {"grad": 0, "parents": [], "sent": []}
    b = {"grad": 0, "parents": [a, a], "sent": []}
    for _ in range(2):  # c = b + b sends its 1 over two edges
        b["grad"] += 1
        for parent in b["parents"]:
            parent["grad"] += b["grad"]
    last = numbers(captions(stages["orders"])[-1])
    assert last[:4] == [a["grad"], b["grad"], 4, 2]
    assert a["grad"] == 6
    found = [numbers(text)[:4] for text in captions(stages["orders"])]
    parted = [place for place, (a1, b1, a2, b2) in enumerate(found) if (a1, b1) != (a2, b2)]
    assert parted[0] == 2
    assert "They part" in captions(stages["orders"])[2]


def test_only_a_share_that_is_sent_again_is_red_and_dashed(stages):
    from matplotlib.colors import to_hex

    from course.style import COLORS

    stage = stages["orders"]
    for step in stage.steps:
        for ax in painted(stage, step.state).axes:
            lines = [p for p in ax.patches if type(p).__name__ == "FancyArrowPatch" and p.get_linewidth() > 0]
            red = [line for line in lines if to_hex(line.get_edgecolor()).upper() == COLORS["red"]]
            expected = 2 if (ax.get_title() or ax.get_title(loc="left")) == "eager" and step.state["step"] == 5 else 0
            assert len(red) == expected
            assert all(line.get_linestyle() != "-" and line.get_linewidth() >= 5 for line in red)
            assert all(line.get_linewidth() < 5 for line in lines if line not in red)


# ---- 06: hinges


def test_the_sum_is_that_of_the_three_hinges(stages):
    stage = stages["hinges"]
    xs = np.linspace(-3.2, 3.2, 321)
    for step in stage.steps:
        hinges = [(step.state[f"{name} place"], step.state[f"{name} bend"]) for name in ("first", "second", "third")]
        heights = sum(bend * np.maximum(xs - place, 0) for place, bend in hinges)
        ax = painted(stage, step.state).axes[0]
        np.testing.assert_allclose(ax.lines[4].get_ydata(), heights, atol=1e-12)
        edges = [-4.0, *sorted(place for place, _ in hinges), 4.0]
        middles = [(left + right) / 2 for left, right in zip(edges, edges[1:], strict=False)]
        slopes = [sum(bend for place, bend in hinges if place < middle) for middle in middles]
        assert numbers(step.answer)[6:10] == pytest.approx(slopes, abs=1e-9)
        assert numbers(step.answer)[-1] == pytest.approx(np.abs(heights - np.sin(xs)).max(), abs=0.006)
    hat = painted(stage, stage.steps[3].state).axes[0].lines[4].get_ydata()
    assert hat[[0, 160, 210, 260, 320]] == pytest.approx([0, 0, 1, 0, 0], abs=1e-9)


def test_turning_a_bend_moves_the_numbers_that_are_said(rough):
    _, _, caption, fields, _ = parts(rough["hinges"].widget())
    fields["third bend"].value = -1.0
    assert "Slopes from left to right: 0, 1, 1, 0." in caption.value


# ---- 08: logits


@pytest.mark.parametrize("label", [0, 1])
def test_probabilities_loss_and_arrows_are_those_of_the_engine(label):
    from autograd.scalar import Value, losses

    stage = moving.logits(label)
    for step in stage.steps:
        scores = [Value(step.state["score 0"]), Value(step.state["score 1"])]
        loss = losses.cross_entropy([scores], [label])
        loss.backward()
        said = numbers(step.answer)
        powers = np.exp([score.data for score in scores])
        assert said[:2] == [score.data for score in scores]
        assert said[2:4] == pytest.approx(powers / powers.sum(), rel=0.01)
        assert said[4] == pytest.approx(loss.data, rel=0.01)
        assert said[5:7] == pytest.approx([score.grad for score in scores], rel=0.01)
        bars = painted(stage, step.state).axes[0]
        assert [bar.get_height() for bar in bars.patches[:2]] == pytest.approx(powers / powers.sum())
        arrows = [text.xy[1] - text.xyann[1] for text in bars.texts]
        shown = [-0.45 * score.grad for score in scores if abs(score.grad) > 0.02]
        assert arrows == pytest.approx(shown)


def test_a_label_that_is_no_class_is_named():
    with pytest.raises(ValueError, match="logits: label is the right class, 0 or 1, not 2"):
        moving.logits(2)


# ---- 09: broadcasting


def shape_pairs(stage):
    """Every pair of shapes that the knobs can hold, with its state."""
    keys = [knob.key for knob in stage.knobs]
    for a, b in itertools.product(itertools.product(range(1, 5), repeat=2), repeat=2):
        yield a, b, dict(zip(keys, map(float, (*a, *b)), strict=True))


def test_the_shapes_that_are_said_are_those_of_numpy(stages):
    stage = stages["broadcasting"]
    for a, b, state in shape_pairs(stage):
        said = stage.said(state)
        try:
            shape = np.broadcast_shapes(a, b)
        except ValueError:
            assert said.startswith(f"{a} and {b} do not fit: ")
            continue
        assert said.startswith(f"{a} and {b} give {shape}: ")
        assert said.endswith(f"the last number is {10 * a[0] * a[1] + b[0] * b[1]}.")


def test_what_an_array_holds_is_bold_and_what_is_read_again_is_not(stages):
    stage = stages["broadcasting"]
    for a, b, state in itertools.islice(shape_pairs(stage), 0, None, 7):
        axes = painted(stage, state).axes
        fits = "give" in stage.said(state)
        for ax, shape, unit in zip(axes, (a, b), (10, 1), strict=False):
            held = [int(text.get_text()) for text in ax.texts if text.get_weight() == "bold"]
            assert held == [unit * (i + 1) for i in range(shape[0] * shape[1])]
            copies = [text for text in ax.texts if text.get_weight() != "bold"]
            assert len(copies) == (np.prod(np.maximum(a, b)) - len(held) if fits else 0)
        assert (axes[2].get_title("left") == "no sum") != fits
