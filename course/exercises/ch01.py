"""Chapter 01, derivatives: what the exercises ask."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from course.compare import difference
from course.specification import Answer, exercise
from course.wording import show


class counted:
    """A function that keeps in `.points` where it was called, and in `.calls` how often."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.f = f
        self.points: list[Any] = []

    def __call__(self, point: Any) -> Any:
        self.points.append(list(point) if hasattr(point, "__len__") else point)
        return self.f(point)

    @property
    def calls(self) -> int:
        return len(self.points)


def same(got: Any, expected: Any, rtol: float = 1e-9) -> bool:
    """Return whether the reader's result is the expected one, by the rules of `Answer.close`."""
    return difference(got, expected, rtol, 1e-12) is None


# How it reads, the function, x, h. None is even around x, so both sides and the width matter.
CURVES = (
    ("x**2, x=3, h=0.1", lambda x: x**2, 3.0, 0.1),
    ("x**3, x=2, h=0.5", lambda x: x**3, 2.0, 0.5),
    ("exp, x=-1, h=0.25", math.exp, -1.0, 0.25),
    ("1/x, x=-2, h=0.5", lambda x: 1 / x, -2.0, 0.5),
    ("5 - 3*x, x=0, h=2", lambda x: 5 - 3 * x, 0.0, 2.0),
)


@exercise("01.1", shows="Two nudges cancel the largest part of the error: it falls with the square of h.")
def central_difference(answer: Answer) -> None:
    for shown, f, x, h in CURVES:
        watched = counted(f)
        got = answer.call(watched, x, h, shown=shown)
        expected = (f(x + h) - f(x - h)) / (2 * h)
        answer.close(got, expected, rtol=1e-9, mistake=misread(got, f, x, h, watched.points))


def misread(got: Any, f: Callable[[float], float], x: float, h: float, points: list[Any]) -> str:
    """Say which formula gives the reader's number, if it is one that readers often write; else what was called."""
    width = f(x + h) - f(x - h)
    known = {
        "That is the forward difference: the lower point is x - h, not x.": (f(x + h) - f(x)) / h,
        "That is the backward difference: the upper point is x + h, not x.": (f(x) - f(x - h)) / h,
        "The two points are 2 * h apart, not h.": width / h,
        "a / 2 * h divides by 2 and multiplies by h: write a / (2 * h).": width / 2 * h,
        "The size is right, the sign is turned.": -width / (2 * h),
        "Divide by the distance between the points.": width,
    }
    for text, number in known.items():
        if same(got, number):
            return text
    if sorted(points) == [x - h, x + h]:
        return "f was called at the two right points. Look at the rest: what is subtracted, what is divided, brackets."
    return f"f was called at {places(points)}; the two points are x - h = {x - h:g} and x + h = {x + h:g}."


def places(points: list[Any]) -> str:
    """Return where a function was called, in words."""
    shown = [show(point, 40) for point in points[:3]]
    return ", ".join(shown) + (", …" if len(points) > 3 else "") if shown else "no point"


SURFACES = (
    ("2*a*b + b**3", lambda p: 2 * p[0] * p[1] + p[1] ** 3, [2.0, 5.0], 0.1),
    ("a * exp(b) / c", lambda p: p[0] * math.exp(p[1]) / p[2], [1.5, -0.5, 2.0], 0.01),
    ("a**3", lambda p: p[0] ** 3, [-2.0], 0.5),
    ("a*b*c*d + d**2", lambda p: p[0] * p[1] * p[2] * p[3] + p[3] ** 2, [1.0, -2.0, 3.0, -4.0], 0.25),
    ("3*b, whatever a is", lambda p: 3 * p[1], [7.0, 7.0], 0.5),
)


def moved(point: Sequence[float], i: int, by: float) -> list[float]:
    return [*point[:i], point[i] + by, *point[i + 1 :]]


@exercise("01.2", shows="One knob at a time, all others held: the list of slopes is the gradient.")
def gradient(answer: Answer) -> None:
    for text, f, point, h in SURFACES:
        watched = counted(f)
        got = answer.call(watched, list(point), h, shown=f"{text}, {point}, h={h}")
        slopes = [(f(moved(point, i, h)) - f(moved(point, i, -h))) / (2 * h) for i in range(len(point))]
        answer.close(got, slopes, rtol=1e-8, atol=1e-8, mistake=misled(got, f, point, h, slopes, watched.points))


def misled(
    got: Any, f: Callable[[Sequence[float]], float], point: list[float], h: float, slopes: list[float], points: list
) -> str:
    """Say what the wrong gradient is, where its numbers or the points that were asked for show it."""
    known = {
        "These are forward differences: the lower point is x - h, not x.": [
            (f(moved(point, i, h)) - f(point)) / h for i in range(len(point))
        ],
        "Each entry is twice the slope: the two points are 2 * h apart.": [2 * slope for slope in slopes],
        "The sizes are right, the signs are turned.": [-slope for slope in slopes],
        "These are the slopes in the opposite order: the first belongs to the first knob.": slopes[::-1],
    }
    for words, numbers in known.items():
        if same(got, numbers, 1e-8):
            return words
    for asked in points:
        if isinstance(asked, list) and len(asked) == len(point):
            turned = sum(abs(a - b) > h / 1e6 for a, b in zip(asked, point, strict=True))
            if turned > 1:
                return f"f was called at {show(asked)}: {turned} knobs were turned at once. Hold all but one still."
    right = [moved(point, i, by) for i in range(len(point)) for by in (-h, h)]
    if sorted(points) == sorted(right):
        return "f was called at the right points. Look at the rest: what is subtracted, what is divided, brackets."
    return f"f was called at {places(points)}. For each knob it takes one point h above and one h below."


# How it reads, the gradient at a point, the start, the step size, the number of steps.
WALKS = (
    ("[2*a]", lambda p: [2 * p[0]], [1.0], 0.1, 5),
    ("[2*a, 6*b]", lambda p: [2 * p[0], 6 * p[1]], [3.0, -1.0], 0.1, 4),
    ("[b, a, cos(c)]", lambda p: [p[1], p[0], math.cos(p[2])], [1.0, 2.0, -0.5], 0.3, 6),
    ("[-1, 4*(b - 3)**3]", lambda p: [-1.0, 4 * (p[1] - 3) ** 3], [2.0, 1.0], 0.05, 3),
    ("[2*a, 2*b]", lambda p: [2 * p[0], 2 * p[1]], [-4.0, 0.0], 1.0, 3),
    ("[a, b]", lambda p: [p[0], p[1]], [8.0, 1.0], 0.5, 0),
    ("[a, b]", lambda p: [p[0], p[1]], [8.0, 1.0], 0.5, 1),
    ("[2*a, b]", lambda p: [2 * p[0], p[1]], [0.0, 0.0], 0.1, 3),
)


@exercise(
    "01.3", shows="Every knob against its own slope, again and again: this loop trains every model of the course."
)
def descend(answer: Answer) -> None:
    for text, slopes_at, start, step_size, steps in WALKS:
        path = [start]
        for _ in range(steps):
            path.append([x - step_size * slope for x, slope in zip(path[-1], slopes_at(path[-1]), strict=True)])
        watched = counted(slopes_at)
        shown = f"slopes_at(a, b, …) = {text}, {start}, {step_size}, {steps}"
        got = answer.call(watched, list(start), step_size, steps, shown=shown)
        answer.close(got, path, rtol=1e-9, mistake=strayed(got, path))
        answer.require(
            watched.calls == steps,
            f"slopes_at was called {watched.calls} times in {steps} steps; call it once for each",
        )


def strayed(got: Any, path: list[list[float]]) -> str:
    """Say where a path of the right length leaves the right one."""
    got = got.tolist() if hasattr(got, "tolist") else got
    if not isinstance(got, list | tuple) or len(got) != len(path):
        return ""
    if not same(got[0], path[0]):
        if len(got) > 1 and all(place is got[0] for place in got):
            return "Every place of your path is one and the same list, changed in each step: make a new list."
        return "The path begins with start."
    if len(path) == 1:
        return ""
    if same(got[1], [2 * x - y for x, y in zip(path[0], path[1], strict=True)]) and path[0] != path[1]:
        return "The first step goes with the slopes, which is uphill: it has to go against them."
    if not same(got[1], path[1]):
        return "The first step is wrong: each knob moves against its own slope, by the step size times that slope."
    return "The first step is right, and a later one is not: each step needs the slopes at the place reached last."


# How it reads, the function, x, its scale there, the slope.
PLACES = (
    ("x**3, x=2, scale=1", lambda x: x**3, 2.0, 1.0, 12.0),
    ("x**2 + x, x=0, scale=1", lambda x: x**2 + x, 0.0, 1.0, 1.0),
    ("x**2, x=1e6, scale=1e6", lambda x: x**2, 1e6, 1e6, 2e6),
    ("x**3, x=-1e6, scale=1e6", lambda x: x**3, -1e6, 1e6, 3e12),
    ("exp, x=-1, scale=1", math.exp, -1.0, 1.0, math.exp(-1.0)),
    ("exp, x=0.001, scale=1", math.exp, 1e-3, 1.0, math.exp(1e-3)),
    ("1/x, x=0.001, scale=0.001", lambda x: 1 / x, 1e-3, 1e-3, -1e6),
    ("sin, x=0, scale=1", math.sin, 0.0, 1.0, 1.0),
    ("sin(50*x), x=0.3, scale=0.02", lambda x: math.sin(50 * x), 0.3, 0.02, 50 * math.cos(15.0)),
    ("cos, x=1000, scale=1", math.cos, 1000.0, 1.0, -math.sin(1000.0)),
    ("sin, x=1e6, scale=1", math.sin, 1e6, 1.0, math.cos(1e6)),
    ("sin, x=-3e5, scale=1", math.sin, -3e5, 1.0, math.cos(3e5)),
    ("log, x=1000, scale=1000", math.log, 1000.0, 1000.0, 1e-3),
    ("sqrt, x=1e8, scale=1e8", math.sqrt, 1e8, 1e8, 0.5e-4),
    ("exp(3*x), x=1, scale=0.3", lambda x: math.exp(3 * x), 1.0, 0.3, 3 * math.exp(3.0)),
    ("7*x, x=-12345.678, scale=1000", lambda x: 7 * x, -12345.678, 1000.0, 7.0),
    ("1/x, x=-40000, scale=40000", lambda x: 1 / x, -40000.0, 40000.0, -1 / 1.6e9),
)
BOTTOM = 6e-6  # of the scale: the nudge at which a central difference is most exact, roughly


@exercise("01.4", shows="The nudge follows the scale, and the division the distance that the two points really have.")
def slope_anywhere(answer: Answer) -> None:
    for shown, f, x, scale, slope in PLACES:
        watched = counted(f)
        got = answer.call(watched, x, scale, shown=shown)
        mistake = misjudged(got, f, x, scale, slope, watched.points)
        answer.close(got, slope, rtol=1e-9, atol=0.0, mistake=mistake)
        answer.require(watched.calls <= 10, f"f was called {watched.calls} times; at most 10 are allowed")


def misjudged(got: Any, f: Callable[[float], float], x: float, scale: float, slope: float, points: list[Any]) -> str:
    """Say what the points at which `f` was called show of a slope that is not exact enough."""
    if not points or any(isinstance(point, complex) for point in points):
        return ""
    largest, best = max(abs(point - x) for point in points), BOTTOM * scale
    if largest == 0:
        return "f was called at x only: the nudge is lost in the rounding of x."
    if min(points) >= x or max(points) <= x:
        return "All points lie on one side of x, and the difference is not exact enough: go to both sides."
    far = largest > best
    where = f"f was called up to {largest:.2g} from x. For this scale the bottom of the central V is near {best:.1g}"
    if len(points) == 2:
        first, second = points
        near_the_bottom = best / 30 < largest < 30 * best
        if near_the_bottom and same((f(first) - f(second)) / (first - second), slope):
            return (
                f"The two points were {abs(first - second)!r} apart. The difference divided by this distance is exact "
                "enough; yours was divided by another number."
            )
        return f"{where}: you are on its {'right' if far else 'left'} arm."
    return f"{where}."
