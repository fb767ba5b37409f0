"""The pictures that move of chapters 17 and 19: what they say and draw is what the engines compute.

What holds for every picture is tested in test_course_moving.py.
"""

import itertools
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
    return {name: getattr(moving, name)() for name in ("kernel", "shift", "attention")}


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
            np.testing.assert_allclose(grid(found, 9.5 if small else 9, 0, 3, 3), weights)
            left, top = (9.5, 4.6) if small else (13.5, 0)
            np.testing.assert_allclose(grid(found, left, top, 4, 6), made, atol=1e-12)
            assert frames(ax) == [(column, row, 3), (left + column, top + row, 1)]
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
        tables = {"kernel": [(0, 0, 6, 8), (13.5, 0, 4, 6)], "shift": [(0, 1, 4, 8), (9.5, 0, 2, 6), (9.5, 3.6, 2, 6)]}
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


# ---- 19: attention


def asked(stage):
    """Each state of the picture of attention for some divisors: every query, and how far the picture has come."""
    divisors = (0.5, 1, 2, 7.5, 20)
    for query, divisor, far in itertools.product(range(8), divisors, range(3)):
        yield {"query": query, "divisor": divisor, "stage": far}


def weights_of_the_package(query, divisor):
    """The weights of one query, by the package: the values are such that their mean is the weights."""
    import autograd.tensor as ag
    from course.moving.attention_of_words import KEYS, QUERIES

    q, k, v = (ag.tensor(x) for x in (QUERIES, KEYS, np.eye(len(KEYS))))
    mixed = ag.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1 / divisor)
    return mixed.numpy()[query]


def row(ax, height):
    """The texts at a height of the picture of attention, one for each word."""
    found = [text for text in ax.texts if text.get_position()[1] == height and text.get_position()[0] >= 0]
    return sorted(found, key=lambda text: text.get_position()[0])


def test_the_divisor_of_the_start_is_the_root_of_the_length_of_the_vectors(stages):
    import autograd.tensor as ag
    from course.moving.attention_of_words import KEYS, QUERIES

    assert KEYS.shape == QUERIES.shape == (8, 4)
    q, k, v = (ag.tensor(x) for x in (QUERIES, KEYS, np.eye(8)))
    usual = ag.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    start = stages["attention"].steps[2].state
    assert start["divisor"] == 2
    for query in range(8):
        np.testing.assert_allclose(weights_of_the_package(query, start["divisor"]), usual[query], atol=1e-15)


def test_scores_and_weights_are_those_of_the_package(stages):
    from course.moving.attention_of_words import KEYS, QUERIES, WORDS, attended

    stage = stages["attention"]
    for state in asked(stage):
        query, divisor, far = state["query"], state["divisor"], state["stage"]
        scores, weights = QUERIES[query] @ KEYS.T / divisor, weights_of_the_package(query, divisor)
        np.testing.assert_allclose(attended(query, divisor)[2], weights, atol=1e-15)
        start, listed = stage.said(state).split("Weights: " if far == 2 else "Scores: ")
        assert start == f"Query {WORDS[query]}, place {query}, divisor {divisor:g}. "
        listed, _, hidden = listed.removesuffix(".").partition("; all later words ")
        assert hidden == ("" if far == 0 or query == 7 else "−∞" if far == 1 else "0")
        pairs = [pair.split() for pair in listed.split(", ")]
        assert [word for word, _ in pairs] == list(WORDS[: 8 if far == 0 else query + 1])
        for (_, number), exact in zip(pairs, weights if far == 2 else scores, strict=False):
            if number == "≈0":
                assert 0 < exact < 0.005
            else:
                assert float(number) == pytest.approx(exact, abs=0.0051 if far == 2 else 0.051 * exact)
                assert far < 2 or float(number) > 0


def test_the_picture_shows_the_vectors_the_scores_and_the_weights(stages):
    from course.moving.attention_of_words import KEYS, QUERIES, WORDS

    stage = stages["attention"]
    for state in itertools.islice(asked(stage), 0, None, 11):
        query, far = state["query"], state["stage"]
        for small in (False, True):
            (ax,) = painted(stage, state, small).axes
            words = row(ax, 0)
            assert [text.get_text() for text in words] == list(WORDS)
            assert [text.get_weight() == "bold" for text in words] == [place == query for place in range(8)]
            keys = [[float(text.get_text()) for text in row(ax, aspect)] for aspect in (1, 2, 3, 4)]
            np.testing.assert_array_equal(np.transpose(keys), KEYS)
            q = [float(t.get_text()) for t in ax.texts if t.get_position()[0] == -1 and t.get_position()[1] > 0]
            assert q == QUERIES[query].tolist()
            shown = [text.get_text() for text in row(ax, 5.4)]
            gone = [number == "−∞" for number in shown]
            assert gone == [far > 0 and place > query for place in range(8)]
            exact = KEYS @ QUERIES[query] / state["divisor"]
            for number, score in zip(shown, exact, strict=True):
                assert number == "−∞" or float(number) == pytest.approx(score, rel=0.051)
            assert [text.get_style() == "italic" for text in words] == gone
            numbers_below = [text.get_text() for text in row(ax, 8.3)]
            assert numbers_below[query + 1 :] == (["0"] * (7 - query) if far == 2 else [])
            assert "0" not in numbers_below[: query + 1]


def test_bars_and_links_grow_with_the_weight_and_no_link_goes_to_a_later_word(stages):
    from matplotlib.patches import PathPatch, Rectangle

    stage = stages["attention"]
    for state in itertools.islice(asked(stage), 0, None, 7):
        (ax,) = painted(stage, state).axes
        links = [patch for patch in ax.patches if isinstance(patch, PathPatch)]
        bars = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_width() == 0.6]
        query = state["query"]
        assert (len(links), len(bars)) == ((query, query + 1) if state["stage"] == 2 else (0, 0))
        if state["stage"] == 2:
            weights = weights_of_the_package(query, state["divisor"])
            np.testing.assert_allclose([abs(bar.get_height()) for bar in bars], 1.6 * weights[: query + 1], atol=1e-15)
            widths = [link.get_linewidth() for link in links]
            np.testing.assert_allclose(widths, 0.6 + 8 * weights[:query])
            ways = [link.get_path().vertices for link in links]
            assert [(way[0, 0], way[-1, 0]) for way in ways] == [(query, place) for place in range(query)]
            highest = min((way[:, 1].min() - 0.5) / 2 for way in ways) if ways else 0  # upwards the axis goes down
            assert highest > min(ax.get_ylim()) + 0.1


def test_a_larger_divisor_shares_more_evenly_and_equal_words_get_equal_weights():
    from course.moving.attention_of_words import WORDS, attended

    for query in range(8):
        largest = [attended(query, divisor)[2].max() for divisor in (0.5, 1, 2, 5, 20)]
        assert np.all(np.diff(largest) <= 1e-15)
        weights = attended(query, 2)[2]
        assert query < 3 or (WORDS[0] == WORDS[3] and weights[0] == weights[3])
        assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(attended(6, 1e6)[2][:7], 1 / 7, atol=1e-5)
