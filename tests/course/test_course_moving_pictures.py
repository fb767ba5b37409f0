"""The pictures that move of chapters 17 and 19: what they say and draw is what the engines compute.

What holds for every picture is tested in test_course_moving.py.
"""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from moving_pictures import numbers, painted, states

pytest.importorskip("ipywidgets")

from course import moving
from course.style import COLORS


@pytest.fixture(scope="module")
def stages():
    return {name: getattr(moving, name)() for name in ("kernel", "shift")}


def convolved(picture, kernel, stride=1):
    """The result of the package's convolution of one picture and one kernel."""
    import autograd.tensor as ag

    return ag.nn.functional.conv2d(ag.tensor(picture[None, None]), ag.tensor(kernel[None, None]), stride=stride)[0, 0]


def said_numbers(text):
    return numbers(text.replace("−", "-"))


def squares(ax):
    """The ground of each small square, and the texts in it, by the square's upper left corner."""
    corners = {patch.get_xy(): patch.get_facecolor()[:3] for patch in ax.patches if patch.get_fill()}
    left, top = np.array(list(corners)).T
    found = {corner: [ground] for corner, ground in corners.items()}
    for text in ax.texts:
        x, y = text.get_position()
        inside = np.flatnonzero((left < x) & (x < left + 1) & (top < y) & (y < top + 1))
        for place in inside:
            found[left[place], top[place]].append(text)
        assert len(inside) == (text.get_va() == "center")  # all but the titles, which stand above a table
    return found


def grid(found, left, top, rows, columns):
    """The numbers in a table of squares whose upper left corner is given, NaN where nothing is drawn."""
    shown = np.full((rows, columns), np.nan)
    for i in range(rows):
        for j in range(columns):
            if (left + j, top + i) in found:
                words = found[left + j, top + i][1].get_text().replace("−", "-")
                shown[i, j] = 1 / 9 if words == "1/9" else float(words)
    return shown


def frames(ax):
    """Corner and size of each red frame; below each lies a wider white one, without which it is lost on dark grey."""
    every = [patch for patch in ax.patches if not patch.get_fill()]
    for white, red in zip(every[::2], every[1::2], strict=True):
        assert (to_hex(white.get_edgecolor()), to_hex(red.get_edgecolor()).upper()) == ("#ffffff", COLORS["red"])
        assert white.get_linewidth() > red.get_linewidth() and white.get_bbox().bounds == red.get_bbox().bounds
    return [(*patch.get_xy(), patch.get_width()) for patch in every[1::2]]


# ---- 17: kernel


def test_the_number_of_each_window_is_that_of_the_package_and_of_its_sum(stages):
    from course.moving.sliding_kernel import BLOCK, KERNELS

    stage = stages["kernel"]
    for state in states(stage):
        name, weights = KERNELS[state["kernel"]]
        result = convolved(BLOCK, weights).numpy()
        row, column = divmod(state["place"], 6)
        said = stage.said(state)
        where, written, number, count, last, held = re.fullmatch(
            r"(.+): (.+) = (\S+), number (\d+) of 24\. Row (\d) of the result holds (.+)\.", said
        ).groups()
        assert where == f"{name} at row {row}, column {column}"
        assert (int(count), int(last)) == (state["place"] + 1, row)
        assert said_numbers(number) == pytest.approx([result[row, column]])
        assert said_numbers(held) == pytest.approx(result[row, : column + 1])
        computed = eval(written.replace("−", "-").replace("·", "*"))  # the sum as it is written
        assert computed == pytest.approx(result[row, column])


def test_the_result_is_drawn_up_to_the_window_and_both_are_framed(stages):
    from course.moving.sliding_kernel import BLOCK, KERNELS

    stage = stages["kernel"]
    for step in [*stage.steps, stage.steps[0]._replace(state={"place": 9, "kernel": 3})]:
        for small in (False, True):
            (ax,) = painted(stage, step.state, small).axes
            row, column = divmod(step.state["place"], 6)
            weights = KERNELS[step.state["kernel"]][1]
            made = convolved(BLOCK, weights).numpy()
            made.flat[step.state["place"] + 1 :] = np.nan
            found = squares(ax)
            np.testing.assert_allclose(grid(found, 0, 0, 6, 8), BLOCK)
            np.testing.assert_allclose(grid(found, 9.5, 0, 3, 3), weights)
            np.testing.assert_allclose(grid(found, 9.5, 4.6, 4, 6), made, atol=1e-12)
            assert frames(ax) == [(column, row, 3), (9.5 + column, 4.6 + row, 1)]
            bold = [text for text in ax.texts if text.get_weight() == "bold"]
            assert len(bold) == 3 + 9 + 1  # the titles, the window and its number
            weighed = [text.get_text() for text in ax.texts if text.get_text().startswith("×")]
            in_order = [f"×{weight:g}".replace("-", "−").replace("0.111111", "1/9") for weight in weights.flat]
            assert weighed == ([] if small else in_order)


def luminance(color):
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("name", ["kernel", "shift"])
def test_every_number_stands_out_from_its_square_which_is_brighter_the_larger_it_is(stages, name):
    stage = stages[name]
    every = list(states(stage))
    for state in every[:: max(1, len(every) // 12)]:
        (ax,) = painted(stage, state).axes
        tables = {"kernel": [(0, 0, 6, 8), (9.5, 4.6, 4, 6)], "shift": [(0, 1, 4, 8), (9.5, 0, 2, 6), (9.5, 3.6, 2, 6)]}
        found = squares(ax)
        for ground, *texts in found.values():
            for text in texts:
                bright, dark = sorted((luminance(ground), luminance(text.get_color())), reverse=True)
                assert (bright + 0.05) / (dark + 0.05) >= 4.5
        for left, top, rows, columns in tables[name]:
            shown = grid(found, left, top, rows, columns)
            places = np.argwhere(~np.isnan(shown))
            grounds = [found[left + j, top + i][0][0] for i, j in places]
            values = [shown[i, j] for i, j in places]
            order = np.argsort(values, kind="stable")
            assert np.all(np.diff(np.array(grounds)[order]) >= -1e-12)
            assert len(set(np.round(grounds, 9))) == len(set(values))


# ---- 17: shift


def test_a_result_that_moves_with_the_picture_is_told_from_one_that_does_not(stages):
    from course.moving.sliding_kernel import UNMOVED, UPRIGHT

    stage = stages["shift"]
    verdicts = {}
    for state in states(stage):
        right, stride = state["moved"], state["stride"]
        picture = np.ones_like(UNMOVED)
        picture[:, right:] = UNMOVED[:, : UNMOVED.shape[1] - right]
        first, now = (convolved(x, UPRIGHT, stride).numpy() for x in (UNMOVED, picture))
        columns = now.shape[1]
        equal = [by for by in range(columns) if np.array_equal(np.pad(first, ((0, 0), (by, 0)))[:, :columns], now)]
        verdicts[right, stride] = equal[0] if equal else None
        verdict = "this is the first result" if right == 0 else "not the first result, moved"
        if right > 0 and equal:
            verdict = f"the first result, moved by {equal[0]}"
        largest = f"The largest number is {now.max():g}."
        assert stage.said(state) == f"Picture moved by {right}, stride {stride}: {verdict}. {largest}"
        (ax,) = painted(stage, state).axes
        found = squares(ax)
        np.testing.assert_array_equal(grid(found, 0, 1, 4, 8), picture)
        for top, result in ((0, first), (3.6, now)):
            np.testing.assert_array_equal(grid(found, 9.5, top, *result.shape), result)
        ((x, y, size),) = frames(ax)
        assert size == 1
        assert now[round(y - 3.6), round(x - 9.5)] == now.max()
    assert verdicts == {(0, 1): 0, (1, 1): 1, (2, 1): 2, (3, 1): 3, (0, 2): 0, (1, 2): None, (2, 2): 1, (3, 2): None}
