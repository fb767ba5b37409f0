"""The pictures that move of chapters 10 to 14: what they say and draw is what the engines compute.

What holds for every picture is tested in test_course_moving.py.
"""

import itertools
import math
import re

import numpy as np
import pytest
from moving_pictures import numbers, painted, states

pytest.importorskip("ipywidgets")

from course import moving


@pytest.fixture(scope="module")
def stages():
    return {name: getattr(moving, name)() for name in ("unbroadcast", "cube", "floor", "tree", "ravine")}


# ---- 10: unbroadcast


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
