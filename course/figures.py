"""The course's figures: one style, and the few kinds of picture that chapters share.

Importing this module applies the style once. Every function takes `title` (the finding, in words) and axis labels,
draws into `ax` or into a new figure of 7 × 3.5 inches, and returns the Axes. `COLORS` is the palette, by name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb

from course.style import COLORS, DARK, LINES, MARKERS, SIZE, STYLES, apply_style

apply_style()
SIDES = COLORS["blue"], COLORS["red"]  # of a line between two classes: below 0, and above


def loss_curve(
    history: Sequence[float] | Mapping[str, Sequence[float]],
    *more: Sequence[float],
    labels: Sequence[str] | None = None,
    title: str = "",
    xlabel: str = "step",
    ylabel: str = "loss",
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """One line for each history of losses; several come as a dict of name to history, or with `labels`.

    `log=True` makes the vertical axis logarithmic. A step whose loss is NaN or infinite is left out of its line.
    """
    named = dict(history) if isinstance(history, Mapping) else _label([history, *more], labels)
    if not named or any(len(losses) == 0 for losses in named.values()):
        raise ValueError("loss_curve needs at least one loss in each history")
    ax = _axes(ax)
    for index, (name, losses) in enumerate(named.items()):
        heights = np.asarray([_number(loss) for loss in losses])
        heights[~np.isfinite(heights)] = np.nan
        color, style, marker = COLORS[LINES[index % 6]], STYLES[index % 6], MARKERS[index % 6]
        every = max(1, len(heights) // 8)
        ax.plot(heights, color=color, linestyle=style, marker=marker, markevery=every, label=name)
    if log:
        ax.set_yscale("log")
    if len(named) > 1 or labels:
        ax.legend()
    return _finish(ax, title, xlabel, ylabel)


def decision_boundary(
    predict: Callable[[list[float]], Any],
    points: Sequence[Sequence[float]],
    labels: Sequence[int],
    title: str = "",
    xlabel: str = "$x_0$",
    ylabel: str = "$x_1$",
    names: Sequence[str] = ("class 0", "class 1"),
    resolution: int = 40,
    size: float = 44,
    ax: Axes | None = None,
) -> Axes:
    """The points of two classes, the regions where `predict` is below and above 0, and the line between them.

    The region above 0 is striped, so that the two can be told apart without colours.

    `predict` takes one point `[x1, x2]` and gives a score, a number or anything with a number in `.data`; it is called
    `resolution` times in each direction. `size` is the area of a marker, in points². Class 1 is any label above 0, so
    0/1 and -1/+1 both work.
    """
    points = np.asarray(points, dtype=float)
    labels = np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels) or len(points) == 0:
        raise ValueError(f"need points [x1, x2] and a label for each, not {points.shape} and {labels.shape}")
    ax = _axes(ax, equal=True)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.1 * (high - low) + 0.05
    (x1, y1), (x2, y2) = low - margin, high + margin
    across, up = np.linspace(x1, x2, resolution), np.linspace(y1, y2, resolution)
    scores = np.array([[_number(predict([float(x), float(y)])) for x in across] for y in up])
    if not np.isfinite(scores).all():
        raise ValueError("predict gives NaN or infinity for some points")
    regions(ax, across, up, scores)
    for chosen, color, marker, name in zip((labels <= 0, labels > 0), SIDES, "o^", names, strict=True):
        ax.scatter(*points[chosen].T, c=color, marker=marker, s=size, edgecolors="white", linewidths=0.8, label=name)
    ax.grid(False)
    ax.set_xlim(x1, x2)
    ax.set_ylim(y1, y2)
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return _finish(ax, title, xlabel, ylabel)


def regions(ax: Axes, across: np.ndarray, up: np.ndarray, scores: np.ndarray) -> None:
    """Colour where `scores` is below 0 and, with thin stripes besides, where it is above, and draw the line between."""
    tints = ListedColormap([_tint(color, 0.78) for color in SIDES])
    largest = float(np.abs(scores).max())
    with plt.rc_context({"hatch.color": _tint(SIDES[1], 0.35), "hatch.linewidth": 0.6}):
        ax.contourf(across, up, scores, levels=[-largest - 1, 0, largest + 1], cmap=tints, hatches=["", "////"])
    if scores.min() < 0 < scores.max():
        ax.contour(across, up, scores, levels=[0], colors=DARK, linewidths=2)


def contour_path(
    function: Callable[[float, float], Any],
    paths: Mapping[str, Sequence[Sequence[float]]] | Sequence[Sequence[float]],
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    title: str = "",
    xlabel: str = "$x$",
    ylabel: str = "$y$",
    levels: int = 14,
    resolution: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Descent paths on the contour lines of `function(x, y)`: a ring marks each start, a star each end.

    `paths` is one path of points `[x, y]`, or a dict of name to path. Without `xlim` and `ylim` the view holds every
    finite point. The levels are quadratically spaced, so a valley's floor shows too.
    """
    named = dict(paths) if isinstance(paths, Mapping) else {"": paths}
    named = {name: np.asarray(path, dtype=float) for name, path in named.items()}
    if not named or any(path.ndim != 2 or path.shape[1] != 2 for path in named.values()):
        raise ValueError("contour_path needs paths of points [x, y]")
    ax = _axes(ax)
    points = np.concatenate(list(named.values()))
    points = points[np.isfinite(points).all(axis=1)]
    xlim, ylim = (limits or _around(points[:, axis]) for axis, limits in enumerate((xlim, ylim)))
    across, up = np.linspace(*xlim, resolution), np.linspace(*ylim, resolution)
    heights = np.array([[_number(function(float(x), float(y))) for x in across] for y in up])
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    steps = low + (max(high - low, 1e-12)) * np.linspace(0, 1, levels + 1) ** 2
    ax.contourf(across, up, heights, levels=steps, cmap="Blues", alpha=0.45)
    ax.contour(across, up, heights, levels=steps[1:-1], colors=COLORS["grey"], linewidths=0.7, linestyles="-")
    for index, (name, path) in enumerate(named.items()):
        color = COLORS[("red", "black", "green", "purple", "blue", "orange")[index % 6]]
        looks = {
            "linestyle": STYLES[index % 6],
            "marker": MARKERS[index % 6],
            "markersize": 4.5,
            "linewidth": 1.8,
        }
        ax.plot(*path.T, color=color, label=name or None, **looks)
        ax.plot(*path[0], "o", color="white", markeredgecolor=color, markeredgewidth=2, markersize=10, zorder=4)
        ax.plot(*path[-1], "*", color=color, markeredgecolor="white", markersize=17, zorder=5)
    ax.grid(False)
    ax.set_xlim(*xlim)
    ax.set_ylim(*ylim)
    if any(named):
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return _finish(ax, title, xlabel, ylabel)


def image_grid(
    images: Sequence[Any],
    labels: Sequence[object] | None = None,
    columns: int = 8,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Grey images of one size side by side, dark ink on white, a label under each when given."""
    images = np.asarray(images, dtype=float)
    if images.ndim != 3 or len(images) == 0 or columns < 1 or (labels is not None and len(labels) != len(images)):
        raise ValueError(f"image_grid needs images of shape (n, height, width) and n labels, not {images.shape}")
    count, height, width = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    gap = max(1, round(0.12 * height))
    under = round(0.35 * height) if labels is not None else 0
    tall, wide = height + under + gap, width + gap
    sheet = np.full((rows * tall - gap, columns * wide - gap), np.nan)
    size = (SIZE[0], min(4.0, SIZE[0] * sheet.shape[0] / sheet.shape[1] + 0.5))
    ax = _axes(ax, size=size)
    for index, image in enumerate(images):
        top, left = index // columns * tall, index % columns * wide
        sheet[top : top + height, left : left + width] = image
        if labels is not None:
            middle = left + (width - 1) / 2
            ax.text(middle, top + height + 0.05 * height, str(labels[index]), ha="center", va="top", fontsize=10)
    ax.imshow(sheet, cmap="gray_r", interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return _finish(ax, title, xlabel, ylabel)


def histograms(
    samples: Mapping[str, Sequence[float]] | Sequence[float],
    bins: int = 30,
    limits: tuple[float, float] | None = None,
    title: str = "",
    xlabel: str = "value",
    ylabel: str = "share of values",
    ax: Axes | None = None,
) -> Axes:
    """Outlined histograms over common bins, one for each named sample, so that their widths can be compared.

    Heights are shares of a sample and add up to 1; values outside `limits` are left out of the picture.
    """
    named = dict(samples) if isinstance(samples, Mapping) else {"": samples}
    named = {name: np.asarray([_number(value) for value in np.ravel(sample)]) for name, sample in named.items()}
    if not named or any(len(sample) == 0 for sample in named.values()):
        raise ValueError("histograms needs at least one value in each sample")
    ax = _axes(ax)
    values = np.concatenate(list(named.values()))
    low, high = limits or _around(values[np.isfinite(values)], 0.02)
    edges = np.linspace(low, high, bins + 1)
    for index, (name, sample) in enumerate(named.items()):
        color = COLORS[LINES[index % 6]]
        shares = np.histogram(sample, edges)[0] / len(sample)
        ax.stairs(shares, edges, fill=True, color=color, alpha=0.22)
        ax.stairs(shares, edges, color=color, linestyle=STYLES[index % 6], linewidth=2, label=name or None)
    ax.set_xlim(low, high)
    ax.set_ylim(bottom=0)
    if any(named):
        ax.legend()
    return _finish(ax, title, xlabel, ylabel)


def update_ratios(
    history: Mapping[str, Sequence[float]],
    title: str = "",
    xlabel: str = "step",
    ylabel: str = "size of update / size of weights",
    ax: Axes | None = None,
) -> Axes:
    """One line for each named array of weights: how large each step was, compared with the weights, on a log axis.

    The lines go from dark to light in the order of the names. A dotted line marks 1/1000, a usual value for steps that
    are neither too long nor too short. A step that changed nothing is left out.
    """
    if not history or any(len(ratios) == 0 for ratios in history.values()):
        raise ValueError("update_ratios needs at least one step for each name")
    ax = _axes(ax)
    for index, ((name, ratios), shade) in enumerate(
        zip(history.items(), np.linspace(0, 0.6, len(history)), strict=True)
    ):
        heights = np.asarray([_number(ratio) for ratio in ratios])
        heights = np.where(np.isfinite(heights) & (heights > 0), heights, np.nan)
        ax.plot(heights, color=plt.cm.viridis(shade), linestyle=STYLES[index % 6], linewidth=1.5, label=name)
    ax.axhline(1e-3, color=COLORS["black"], linestyle=":", linewidth=1.5)
    ax.set_yscale("log")
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return _finish(ax, title, xlabel, ylabel)


def _axes(ax: Axes | None, size: tuple[float, float] = SIZE, equal: bool = False) -> Axes:
    if ax is None:
        _, ax = plt.subplots(figsize=size)
    if equal:
        ax.set_aspect("equal", adjustable="box")
    return ax


def _finish(ax: Axes, title: str, xlabel: str, ylabel: str) -> Axes:
    ax.set_title(title)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    return ax


def _label(histories: Sequence[Sequence[float]], labels: Sequence[str] | None) -> dict[str, Sequence[float]]:
    names = labels or [f"run {index + 1}" for index in range(len(histories))]
    if len(names) != len(histories):
        raise ValueError(f"{len(histories)} histories need as many labels, not {len(names)}")
    return dict(zip(names, histories, strict=True))


def _number(value: Any) -> float:
    """A plain float from a number, from something that carries one in `.data`, or from a list of one of these."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return float(value if isinstance(value, int | float | np.generic | np.ndarray) else getattr(value, "data", value))


def _around(values: np.ndarray, share: float = 0.12) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = share * (high - low) or 0.5
    return low - margin, high + margin


def _tint(color: str, share: float) -> tuple[float, ...]:
    """The colour mixed with white, opaque, so that a dark page behind the picture does not show through."""
    return tuple(1 - (1 - part) * (1 - share) for part in to_rgb(color))
