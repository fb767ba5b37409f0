"""Each figure draws what it says: the right lines, points, regions, limits and labels, in the course's style."""

import base64
import colorsys
import io
import math

import matplotlib
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from notebook_files import ROOT
from PIL import Image

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from course import figures, style
from course.moons import moons
from course.style import COLORS, LINES, MARKERS, STYLES, png

TEXTS = {"title": "The finding", "xlabel": "across [m]", "ylabel": "up [s]"}


@pytest.fixture(autouse=True)
def close_all():
    yield
    plt.close("all")


def draw(ax):
    """The figure as an array of pixels, drawn for real."""
    ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba())


def bowl(x, y):
    return x * x + 4 * y * y


PATHS = {"small": [[-2.0, 1.0], [-1.0, 0.5], [0.0, 0.0]], "large": [[-2.0, 1.0], [2.0, -0.5]]}
POINTS, LABELS = moons(40, 0.1, 0)  # as datasets.moons(40), without importing scikit-learn
DRAWINGS = {
    "loss_curve": lambda **more: figures.loss_curve([3.0, 2.0, 1.0], **more),
    "decision_boundary": lambda **more: figures.decision_boundary(lambda p: p[0], POINTS, LABELS, **more),
    "contour_path": lambda **more: figures.contour_path(bowl, PATHS, **more),
    "image_grid": lambda **more: figures.image_grid(np.eye(4).reshape(1, 4, 4).repeat(5, 0), **more),
    "histograms": lambda **more: figures.histograms({"a": [1.0, 2.0, 2.0]}, **more),
    "update_ratios": lambda **more: figures.update_ratios({"a": [0.1, 0.01], "b": [1e-3, 1e-4]}, **more),
}
every_figure = pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)


@every_figure
def test_texts_size_and_background(drawing):
    ax = drawing(**TEXTS)
    assert (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()) == tuple(TEXTS.values())
    width, height = ax.figure.get_size_inches()
    assert width <= 9
    assert height <= 4
    pixels = draw(ax)
    assert (pixels[..., 3] == 255).all()
    assert (pixels[:3, :, :3] == 255).mean() > 0.9
    assert len(np.unique(pixels.view(np.uint32))) > 20  # each colour as one number


@every_figure
def test_it_draws_into_given_axes(drawing):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
    assert drawing(ax=right, **TEXTS) is right
    assert left.get_title(loc="left") == ""
    assert len(plt.get_fignums()) == 1
    assert figure.get_size_inches().tolist() == [8, 3]


@every_figure
def test_no_warning_is_shown(drawing, recwarn):
    draw(drawing(**TEXTS))
    assert [str(warning.message) for warning in recwarn] == []


def test_default_size():
    ax = figures.loss_curve([1.0, 0.5])
    assert ax.figure.get_size_inches().tolist() == [7, 3.5]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")


def test_colours_markers_and_lines_tell_runs_apart():
    ax = figures.loss_curve({name: [3.0, 2.0, index] for index, name in enumerate("abcdef")})
    lines = ax.get_lines()
    assert [line.get_ydata().tolist()[-1] for line in lines] == [0, 1, 2, 3, 4, 5]
    assert len({line.get_color() for line in lines}) == 6
    assert [line.get_color() for line in lines] == [COLORS[name] for name in LINES]
    assert [line.get_marker() for line in lines] == list(MARKERS)
    assert len(set(map(str, STYLES))) == 6
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list("abcdef")


def test_one_run_needs_no_legend_and_several_lists_have_one():
    assert figures.loss_curve([1.0, 2.0]).get_legend() is None
    named = figures.loss_curve([1.0, 2.0], [2.0, 1.0], labels=["up", "down"]).get_legend()
    assert [text.get_text() for text in named.get_texts()] == ["up", "down"]


def test_loss_curve_takes_the_numbers_that_numpy_gives():
    losses = list(np.array([4.0, 1.0], dtype=np.float32)) + [np.float64(0.5), np.array(0.25)]
    (line,) = figures.loss_curve(losses).get_lines()
    assert line.get_ydata().tolist() == [4.0, 1.0, 0.5, 0.25]


def test_loss_curve_leaves_out_what_is_not_finite():
    (line,) = figures.loss_curve([4.0, math.inf, 1.0, math.nan], log=True).get_lines()
    assert np.isfinite(line.get_ydata()).tolist() == [True, False, True, False]
    assert line.axes.get_yscale() == "log"


class Scored:
    def __init__(self, data):
        self.data = data


@pytest.mark.parametrize("wrap", [float, np.float64, Scored, lambda score: [Scored(score)]])
@pytest.mark.parametrize("low", [0, -1])
def test_decision_boundary_shows_classes_regions_and_line(wrap, low):
    points = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, 2.0]]
    asked = []

    def predict(point):
        asked.append(point)
        return wrap(point[1] - 1)

    ax = figures.decision_boundary(predict, points, [low, low, 1, 1], names=("below", "above"))
    below, above = (artist for artist in ax.collections if isinstance(artist, PathCollection))
    assert below.get_offsets().tolist() == points[:2]
    assert above.get_offsets().tolist() == points[2:]
    assert to_hex(below.get_facecolor()[0]) != to_hex(above.get_facecolor()[0])
    assert len(below.get_paths()[0].vertices) != len(above.get_paths()[0].vertices)  # circle and triangle
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["below", "above"]
    assert len(asked) == 40 * 40
    assert all(type(point) is list and type(point[0]) is float for point in asked)
    boundary = ax.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(boundary[:, 1], 1.0, atol=1e-9)
    assert ax.get_xlim() == (pytest.approx(-0.15), pytest.approx(1.15))
    assert ax.get_ylim() == (pytest.approx(-0.25), pytest.approx(2.25))
    assert ax.get_aspect() == 1


def test_regions_have_the_colours_of_their_class():
    ax = figures.decision_boundary(lambda point: point[0], [[-1.0, 0.0], [1.0, 0.0]], [0, 1])
    pixels = draw(ax)
    for x, marker in ((-0.5, 0), (0.5, 1)):
        column, row = ax.transData.transform((x, 0.02)).astype(int)
        tint = pixels[len(pixels) - row, column, :3].astype(int)
        color, other = (
            255 - 0.22 * (255 - 255 * np.array(matplotlib.colors.to_rgb(COLORS[name])))  # mixed with white
            for name in (("blue", "red"), ("red", "blue"))[marker]
        )
        assert np.abs(tint - color).sum() < np.abs(tint - other).sum()


def test_one_class_everywhere_is_drawn_without_a_line():
    ax = figures.decision_boundary(lambda point: -1.0, POINTS, LABELS)
    assert len(ax.collections) == 3  # one region, two kinds of points


def test_contour_path_marks_start_and_end():
    ax = figures.contour_path(bowl, PATHS)
    path, start, end = ax.get_lines()[:3]
    assert np.column_stack(path.get_data()).tolist() == PATHS["small"]
    assert [float(*start.get_xdata()), float(*start.get_ydata())] == PATHS["small"][0]
    assert [float(*end.get_xdata()), float(*end.get_ydata())] == PATHS["small"][-1]
    assert (start.get_marker(), end.get_marker()) == ("o", "*")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["small", "large"]
    x1, x2 = ax.get_xlim()
    assert x1 < -2
    assert x2 > 2
    heights = ax.collections[1].levels
    assert np.all(np.diff(heights) > 0)
    assert len(heights) == 13


def test_contour_path_takes_one_path_limits_and_divergence():
    ax = figures.contour_path(bowl, [[1.0, 1.0], [math.inf, 0.0]], xlim=(-3, 3), ylim=(-2, 2))
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_legend()) == ((-3, 3), (-2, 2), None)
    assert figures.contour_path(bowl, [[1.0, 1.0], [math.nan, 0.0]]).get_xlim() == (0.5, 1.5)


def test_image_grid_places_every_image_and_label():
    images = np.arange(10).reshape(10, 1, 1) * np.ones((10, 8, 8))
    ax = figures.image_grid(images, labels=range(10), columns=4)
    sheet = ax.get_images()[0].get_array()
    for index in range(10):
        assert (sheet == index).sum() == 64
    assert sheet.shape == (3 * (8 + 3 + 1) - 1, 4 * 9 - 1)
    assert [text.get_text() for text in ax.texts] == [str(index) for index in range(10)]
    assert ax.get_images()[0].cmap.name == "gray_r"


def test_update_ratios_has_a_line_for_each_name_and_one_for_the_usual_value():
    ax = figures.update_ratios({"layer 1": [0.1, 0.0, 0.01], "layer 2": [1e-3, math.nan, 1e-4]})
    first, second, usual = ax.get_lines()
    assert ax.get_yscale() == "log"
    assert np.array_equal(first.get_ydata(), [0.1, math.nan, 0.01], equal_nan=True)
    assert np.array_equal(second.get_ydata(), [1e-3, math.nan, 1e-4], equal_nan=True)
    assert set(usual.get_ydata()) == {1e-3}
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["layer 1", "layer 2"]


def test_histograms_share_bins_and_add_up_to_one():
    ax = figures.histograms({"narrow": [0.0, 0.1, 0.1, 0.2], "wide": [-1.0, 0.0, 1.0, Scored(2.0)]}, bins=12)
    filled = [patch.get_data() for patch in ax.patches][::2]
    assert [data.values.sum() for data in filled] == [pytest.approx(1), pytest.approx(1)]
    assert filled[0].edges.tolist() == filled[1].edges.tolist()
    assert ax.get_xlim() == (pytest.approx(-1.06), pytest.approx(2.06))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["narrow", "wide"]


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        (lambda: figures.loss_curve([]), "at least one loss"),
        (lambda: figures.loss_curve([1.0], [2.0], labels=["a"]), "as many labels"),
        (lambda: figures.decision_boundary(sum, [[1.0, 2.0, 3.0]], [0]), "need points"),
        (lambda: figures.decision_boundary(sum, [[1.0, 2.0]], [0, 1]), "need points"),
        (lambda: figures.decision_boundary(lambda point: math.nan, [[1.0, 2.0]], [0]), "NaN"),
        (lambda: figures.contour_path(bowl, [1.0, 2.0]), "paths of points"),
        (lambda: figures.image_grid(np.ones((3, 3))), "shape"),
        (lambda: figures.image_grid(np.ones((3, 3, 3)), labels=[1]), "labels"),
        (lambda: figures.histograms({"none": []}), "at least one value"),
        (lambda: figures.update_ratios({}), "at least one step"),
        (lambda: figures.update_ratios({"none": []}), "at least one step"),
    ],
)
def test_what_cannot_be_drawn_is_named(drawing, said):
    with pytest.raises(ValueError, match=said):
        drawing()


def hues():
    return {name: colorsys.rgb_to_hsv(*matplotlib.colors.to_rgb(color))[0] * 360 for name, color in COLORS.items()}


def test_colours_look_as_they_are_called():
    near = {"red": 0, "orange": 40, "green": 150, "sky": 205, "blue": 205, "purple": 325}
    found = hues()
    for name, hue in near.items():
        assert abs((found[name] - hue + 180) % 360 - 180) < 15, name


def test_the_colours_of_lines_differ_in_grey_or_in_their_dashes():
    looks = {(round(luminance(COLORS[name]), 1), str(style)) for name, style in zip(LINES, STYLES, strict=True)}
    assert len(looks) == len(LINES)
    assert len(set(map(str, STYLES))) == len(STYLES)


def test_the_regions_of_two_classes_are_told_apart_without_colours():
    ax = figures.decision_boundary(lambda point: point[0], [[-1.0, -1.0], [1.0, 1.0]], [0, 1])
    grey = draw(ax)[..., :3].astype(float) @ [0.299, 0.587, 0.114]
    spread = []
    for x in (-0.6, 0.6):
        column, row = ax.transData.transform((x, 0.02)).astype(int)
        around = grey[len(grey) - row - 10 : len(grey) - row + 10, column - 10 : column + 10]
        spread.append(around.std())
    assert spread[0] < 0.5  # plain
    assert spread[1] > 5  # striped


def test_what_is_stored_is_sharp_and_small_and_says_how_wide_it_is():
    ax = figures.decision_boundary(lambda point: point[0], POINTS, LABELS)
    content, width, height = png(ax.figure, bbox_inches="tight")
    image = Image.open(io.BytesIO(base64.b64decode(content)))
    assert (image.width, image.height) == pytest.approx((1.6 * width, 1.6 * height), abs=1)
    assert image.mode == "P"
    assert image.info["Software"].startswith("Matplotlib version")
    plain, again = io.BytesIO(), figures.decision_boundary(lambda point: point[0], POINTS, LABELS)
    again.figure.savefig(plain, format="png", dpi=160, bbox_inches="tight")
    same = np.asarray(Image.open(plain).convert("RGB"), dtype=int) - np.asarray(image.convert("RGB"), dtype=int)
    assert np.abs(same).max() < 32  # of 255: no colour is seen to be another
    assert len(base64.b64decode(content)) < 0.6 * len(plain.getvalue())


def test_a_whole_figure_is_drawn_once_and_has_the_dots_that_matplotlib_writes(monkeypatch):
    figure, draws = Figure(layout="constrained"), []
    ax = figure.subplots()
    ax.plot([1, 30, 2], label="bent")
    ax.set(title="a title", xlabel="a word below", ylabel="$y^2$")
    ax.legend()
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=160)
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: draws.append(renderer) or draw(self, renderer))
    image = style.whole(figure)
    assert len(draws) == 1
    assert np.array_equal(np.asarray(image), np.asarray(Image.open(file)))
    _, *size = png(figure)
    assert size == [700, 350]


def test_a_notebook_shows_figures_sharp(tmp_path):
    cells = ["from course import figures", "import matplotlib.pyplot as plt\nfigures.loss_curve([2, 1])\nplt.show()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.delenv("MPLBACKEND", raising=False)
        NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = (output for output in notebook.cells[1].outputs if "image/png" in output.get("data", {}))
    image = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert output.metadata["image/png"] == {"width": 711, "height": 361}
    assert (image.width, image.height) == (1138, 578)


def luminance(color):
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in matplotlib.colors.to_rgb(color)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("name", COLORS)
def test_colours_of_lines_stand_out_from_white(name):
    assert 1.05 / (luminance(COLORS[name]) + 0.05) >= 3  # WCAG 2.1, contrast of graphics
