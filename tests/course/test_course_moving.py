"""The pictures that move: each step says and shows what is true, asks before it answers, and has a still with text."""

import base64
import io
import itertools
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
    assert all(re.fullmatch(r"[a-z][a-z 01]+", named) for named in fields)


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


def test_a_slider_gives_round_numbers_and_moves_with_its_field(stages):
    widget = stages["logits"].widget()
    field, handle = widget.children[0].children[2].children
    handle.value = 8.881784197001252e-16
    assert field.value == 0
    handle.value = 2.2500000001
    assert field.value == 2.25
    field.value = -1.5
    assert handle.value == -1.5


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


@pytest.mark.parametrize("name", ["secant", "nudge"])
def test_the_strip_is_the_same_every_time(name, bundles):
    again, _ = MOVING[name]()._repr_mimebundle_()
    assert {kind: again[kind] for kind in again if kind != WIDGET} == {
        kind: content for kind, content in bundles[name][0].items() if kind != WIDGET
    }


def test_without_ipywidgets_there_is_the_strip(stages, bundles, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    data, metadata = stages["nudge"]._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png"}
    assert metadata == bundles["nudge"][1]


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


def test_the_training_is_that_of_chapter_00(stages):
    from autograd.scalar import MLP
    from course import datasets

    points, labels = datasets.moons(100, noise=0.1, seed=0)
    model = MLP(2, [6, 6, 1])
    rounds, said = [0], [numbers(text) for text in captions(stages["training"])]
    losses = []
    for number, loss, right, count in said:
        if number > rounds[-1]:
            more = model.fit(
                points, labels, "binary_cross_entropy", "sgd", int(number) - rounds[-1], 1.0, progress=False
            )
            losses += more.losses
            rounds.append(int(number))
        assert (right, count) == (
            sum((model(p).data > 0) == (k == 1) for p, k in zip(points, labels, strict=True)),
            100,
        )
        after = model.fit(points, labels, "binary_cross_entropy", "sgd", 1, 1e-300, progress=False).losses
        assert loss == pytest.approx(after[0], abs=5e-4)
    assert rounds == [0, 5, 50, 55, 80, 149]
    assert losses[53] < losses[54] < said[3][1]  # a jump, and 55 is its top


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


def test_turning_a_bend_moves_the_numbers_that_are_said(stages):
    _, _, caption, fields, _ = parts(stages["hinges"].widget())
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


# ---- 10: unbroadcast


def states(stage):
    """Every state that whole knobs can hold."""
    values = [range(int(knob.low), int(knob.high) + 1) for knob in stage.knobs]
    for chosen in itertools.product(*values):
        yield dict(zip([knob.key for knob in stage.knobs], chosen, strict=True))


def test_what_comes_back_is_the_gradient_of_the_engine(stages):
    import autograd.tensor as ag
    from course.moving.copies_and_sums import CHOICES, Z

    stage = stages["unbroadcast"]
    for state in states(stage):
        b = ag.tensor(CHOICES[state["choice"] - 1], requires_grad=True)
        h = ag.tensor(Z) + b
        (h[: state["rows"]] ** 2).sum().backward()  # only the rows that have come back
        said = stage.said(state)
        assert said.startswith(f"b {tuple(b.shape)}: each number has {12 // b.numel()} copies")
        if state["rows"] == 0:
            assert said.endswith(", and nothing has come back.")
        else:
            held = re.search(r"the gradient of b (?:holds|is) ([-\d., ]+?)(?: so far|, with)", said)[1]
            assert numbers(held) == b.grad.numpy().ravel().tolist()
        forward, backward = painted(stage, state).axes
        copies = [float(text.get_text()) for text in forward.texts if text.get_style() == "italic"]
        assert copies == (h.detach().numpy() - Z).ravel().tolist()
        shown = [float(text.get_text() or 0) for text in backward.texts if text.get_weight() == "bold"]
        assert shown == [*b.grad.numpy().ravel(), *2 * h.detach().numpy().ravel()]


def test_only_rows_that_came_back_have_a_solid_arrow(stages):
    stage = stages["unbroadcast"]
    for state in states(stage):
        for ax, gone in zip(painted(stage, state).axes, (4, state["rows"]), strict=True):
            arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
            solid = [arrow for arrow in arrows if arrow.get_linestyle() in ("-", "solid")]
            assert (len(arrows), len(solid)) == (4, gone)
            assert all(arrow.get_linewidth() == 2 for arrow in solid)
            assert all(arrow.get_linewidth() == 1 for arrow in arrows if arrow not in solid)


# ---- 11: cube


def test_the_numbers_of_the_bars_are_those_of_the_engine(stages):
    import autograd.tensor as ag
    from course.moving.block_of_products import ARRAYS

    a, b = (ag.tensor(ARRAYS[letter] * 1.0, requires_grad=True) for letter in "ab")
    y = a @ b
    y.backward(ag.tensor(ARRAYS["g"] * 1.0))
    stage = stages["cube"]
    for state in states(stage):
        i, j, k = (state[letter] for letter in "ijk")
        said, total = stage.said(state), state["sum"]
        if total == 0:
            assert numbers(said)[-1] == a[i, j].item() * b[j, k].item()
            assert said.startswith("One of 24 products")
            continue
        what, found, letter = [
            (f"y[{i}, {k}] =", y[i, k], "j"),
            (f"The gradient of a[{i}, {j}] is", a.grad[i, j], "k"),
            (f"The gradient of b[{j}, {k}] is", b.grad[j, k], "i"),
        ][total - 1]
        assert said.startswith(what)
        length = {"i": 2, "j": 3, "k": 4}[letter]
        assert f" = {found.item():g}: {length} products along {letter}, the letter that " in said
        written = said[len(what) :].split("=")[0]
        assert sum(float(x) * float(y) for x, y in re.findall(r"(\d+)·(\d+)", written)) == found.item()
    for step in stage.steps[1:]:
        asked = re.search(r"[yab]\[\d, \d\]", step.question)[0]
        assert asked in step.answer


def test_the_bar_is_solid_and_the_numbers_that_meet_are_bold(stages):
    from matplotlib.patches import Polygon

    stage = stages["cube"]
    lengths = [1, 3, 4, 2]
    for state in itertools.islice(states(stage), 0, None, 5):
        length = lengths[state["sum"]]
        block, tables = painted(stage, state).axes
        solid = [patch for patch in block.patches if isinstance(patch, Polygon) and patch.get_fill()]
        assert len(solid) == 3 * length  # a front, a top and a side each
        bold = [float(text.get_text()) for text in tables.texts if text.get_weight() == "bold"]
        said = stage.said(state)
        total = float(re.search(r"= (\d+)[.:]", said)[1])
        assert len(bold) == 2 * length + (state["sum"] > 0)
        assert total in bold or state["sum"] == 0
        thick = [patch for patch in tables.patches if patch.get_linewidth() == 2.5]
        assert len(thick) == len(bold)
        assert {text.get_text() for text in block.texts} == {"i: 2", "j: 3", "k: 4"}


# ---- 12: floor


def losses_of_the_engine(classes, right):
    """The losses of one and of two softmaxes, and the shares of the right class, by the package and by the course."""
    import autograd.tensor as ag
    from course.mine import tensor_engine, tensor_losses

    scores = np.zeros((1, classes))
    scores[0, 0] = right
    package, own = ag.tensor(scores), tensor_engine.Tensor(scores)
    shares = package.softmax(1), tensor_losses.softmax(own)
    losses = [ag.nn.functional.cross_entropy(x, ag.tensor([0])).item() for x in (package, shares[0])]
    assert losses == pytest.approx([tensor_losses.cross_entropy(x, [0]).item() for x in (own, shares[1])], abs=1e-12)
    return losses, [shares[0][0, 0].item(), shares[0].softmax(1)[0, 0].item()]


@pytest.mark.parametrize("classes", range(3, 11))
@pytest.mark.parametrize("right", [0, 0.5, 2, 7, 9.5, 20])
def test_both_losses_and_the_floor_are_those_of_the_engine(stages, classes, right):
    stage = stages["floor"]
    said = stage.said({"classes": classes, "right": right})
    losses, shares = losses_of_the_engine(classes, right)
    found = numbers(said)
    assert found[:2] == [classes, right]
    assert found[2:4] == pytest.approx(shares, abs=6e-4)
    assert found[4] == pytest.approx(losses[0], abs=6e-4 if losses[0] > 0.0005 else losses[0] / 2)
    assert found[5] == pytest.approx(losses[1], abs=6e-4)
    lowest = math.log(1 + (classes - 1) / math.e)
    assert losses[1] >= lowest - 1e-12
    assert ("floor" in said) == (losses[1] - lowest < 0.001)
    if "floor" in said:
        assert found[6] == pytest.approx(lowest, abs=6e-4)
    *bars, curve = painted(stage, {"classes": classes, "right": right}).axes
    heights = [[bar.get_height() for bar in ax.patches] for ax in bars]
    assert [len(row) for row in heights] == [classes] * 3
    assert [row[0] for row in heights] == pytest.approx([right, *shares])
    assert [sum(row) for row in heights[1:]] == pytest.approx([1, 1])
    ends = [line.get_ydata()[-1] for line in curve.lines[:4:2]]
    assert ends == pytest.approx(losses)


def test_no_curve_and_no_floor_shows_what_is_asked_for_next(stages):
    stage = stages["floor"]
    floors = []
    for step in stage.steps:
        curve = painted(stage, step.state).axes[-1]
        assert max(curve.lines[0].get_xdata()) == step.state["right"]
        floors.append(any(line.get_label() == "floor" for line in curve.lines))
        styles = [line.get_linestyle() for line in curve.lines[:4:2]]
        assert styles == ["-", "--"]
    assert floors == [False, False, False, True, True, False]
    hatches = [{bar.get_hatch() for bar in ax.patches} for ax in painted(stage, stage.steps[1].state).axes[:3]]
    assert hatches[1:] == [{""}, {"////"}]


# ---- 13: tree


def networks():
    """The network of the picture, made of the course's modules and of the package's."""
    from autograd.tensor import nn
    from course.mine.tensor_modules import Linear, Module

    for base, linear in ((Module, Linear), (nn.Module, nn.Linear)):
        network = base()
        network.hidden = [linear(784, 256), linear(256, 256)]
        network.last = linear(256, 10)
        yield network


def box_frames(stage, state):
    """Which boxes are solid, and which is thick, in the order in which the tree is gone through."""
    from matplotlib.patches import FancyBboxPatch

    patches = [p for p in painted(stage, state).axes[0].patches if isinstance(p, FancyBboxPatch)]
    return [p.get_linestyle() in ("-", "solid") for p in patches], [p.get_linewidth() > 2 for p in patches]


def test_the_two_walks_find_what_the_engines_find(stages):
    from course.mine.tensor_engine import Tensor
    from course.mine.tensor_modules import members
    from course.moving.tree_of_modules import NETWORK, walk

    own, package = networks()
    every = members(own)
    assert [part.name for part in walk(NETWORK, True) if part.kind != "list"] == list(every)
    sizes = [part.count for part in walk(NETWORK, True) if part.kind == "tensor"]
    assert sizes == [x.data.size for x in every.values() if isinstance(x, Tensor)]
    assert [part.name for part in walk(NETWORK, False) if part.kind == "tensor"] == list(package.state_dict())
    stage = stages["tree"]
    done = [stage.said({"lists": lists, "boxes": 10}) for lists in (0, 1)]
    counts = sum(p.numel() for p in package.parameters()), sum(p.data.size for p in own.parameters())
    assert counts == (2_570, 269_322)
    for said, count in zip(done, counts, strict=True):
        assert f"{count:,} of {counts[1]:,} numbers found ({count / counts[1]:.1%}); the walk is done." in said


def test_what_a_walk_has_found_has_a_solid_frame_and_an_arrow(stages):
    from course.moving.tree_of_modules import EVERY, NETWORK, walk

    stage = stages["tree"]
    for state in states(stage):
        solid, thick = box_frames(stage, state)
        met = list(walk(NETWORK, bool(state["lists"])))[: state["boxes"]]
        expected = [part is NETWORK or (part in met and (part.kind != "list" or state["lists"])) for part in EVERY]
        assert solid == [bool(known) for known in expected]
        assert [part for part, is_now in zip(EVERY, thick, strict=True) if is_now] == [met[-1] if met else NETWORK]
        arrows = [p for p in painted(stage, state).axes[0].patches if type(p).__name__ == "FancyArrowPatch"]
        lines = [p for p in arrows if p.get_linewidth() > 0]
        assert sum(p.get_linestyle() in ("-", "solid") for p in lines) == sum(solid) - 1
        count = sum(
            part.count for part, is_solid in zip(EVERY, solid, strict=True) if is_solid and part.kind == "tensor"
        )
        assert f" {count:,} of 269,322 numbers found" in stage.said(state)


# ---- 14: ravine


def heights_of_the_engine(name, angle, count):
    """The heights of a walker's first steps, by the course's optimizers and the course's backward pass."""
    from course.mine.tensor_engine import Tensor
    from course.mine.tensor_optimizers import SGD, Adam

    keep = ((100**0.5 - 1) / (100**0.5 + 1)) ** 2
    rules = {
        "descent": (SGD, {"lr": 2 / 101}),
        "momentum": (SGD, {"lr": (1 - keep**0.5) ** 2, "momentum": keep}),
        "Adam": (Adam, {"lr": 0.1}),
    }
    rule, settings = rules[name]
    along, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    place = Tensor([along - up, up + along], requires_grad=True)
    optimizer, heights = rule([place], **settings), []
    for _ in range(count + 1):
        optimizer.zero_grad()
        u, v = place[0] * along + place[1] * up, place[1] * along - place[0] * up
        height = (u * u + 100 * v * v) * 0.5
        heights.append(height.item())
        height.backward()
        optimizer.step()
    return heights


@pytest.mark.parametrize("angle", [0, 45, 30])
@pytest.mark.parametrize("name", ["descent", "momentum", "Adam"])
def test_the_walkers_go_where_the_optimizers_of_the_course_go(stages, name, angle):
    from course.moving.turned_ravine import height, walk

    path = walk(name, angle)
    needed = len(path) - 1
    heights = heights_of_the_engine(name, angle, needed)
    np.testing.assert_allclose(height(path, angle), heights, rtol=1e-6, atol=1e-9)
    assert heights[-1] < 1e-6 <= min(heights[:-1])
    stage = stages["ravine"]
    for steps in (0, 7, needed - 1, needed, 600):
        said = stage.said({"steps": steps, "angle": angle})
        if steps >= needed:
            assert f"{name} arrived after {needed} steps" in said
        else:
            found = float(re.search(rf"{name} is at height ([-+.\de]+?)[,.]?(?: |$)", said)[1])
            assert found == pytest.approx(heights[steps], rel=0.006)


def test_only_adam_cares_about_the_turn(stages):
    from course.moving.turned_ravine import walk

    needed = {name: [len(walk(name, angle)) - 1 for angle in (0, 45, 90)] for name in ("descent", "momentum", "Adam")}
    assert needed == {"descent": [444] * 3, "momentum": [69] * 3, "Adam": [82, 501, 82]}


def test_each_walker_has_its_line_and_its_marker_and_stops_at_its_step(stages):
    stage = stages["ravine"]
    for step in stage.steps:
        valley, curves = painted(stage, step.state).axes
        heights, spots = curves.lines[0:6:2], curves.lines[1:6:2]
        assert [line.get_label() for line in spots] == ["descent", "momentum", "Adam"]
        assert len({line.get_linestyle() for line in heights}) == len({spot.get_marker() for spot in spots}) == 3
        for line, spot in zip(heights, spots, strict=True):
            assert len(line.get_ydata()) - 1 == spot.get_xdata()[0] <= step.state["steps"]
            assert line.get_ydata()[-1] == pytest.approx(spot.get_ydata()[0], rel=1e-9)
        for dots, spot in zip(valley.lines[1::3], spots, strict=True):  # each has dots, a line and where it is
            assert dots.get_marker() == spot.get_marker()
            assert len(dots.get_xdata()) - 1 == spot.get_xdata()[0]
        assert f"{step.state['steps']} steps" in curves.get_title("left")
