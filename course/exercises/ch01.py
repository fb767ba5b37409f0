"""Chapter 01, derivatives: what the exercises ask."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from course.specification import Answer, exercise


def counted(f: Callable[..., float]) -> Callable[..., float]:
    """Return `f` with a count of its calls in `.calls`."""

    def function(*arguments: Any) -> float:
        function.calls += 1
        return f(*arguments)

    function.calls = 0
    return function


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
        expected = (f(x + h) - f(x - h)) / (2 * h)
        answer.close(answer.call(f, x, h, shown=shown), expected, rtol=1e-9, mistake=misread(answer, f, x, h, shown))


def misread(answer: Answer, f: Callable[[float], float], x: float, h: float, shown: str) -> str:
    """Say which formula gives the reader's number, if it is one that readers often write."""
    got = answer.call(f, x, h, shown=shown)
    width = f(x + h) - f(x - h)
    known = {
        "That is the forward difference: the lower point is x - h, not x.": (f(x + h) - f(x)) / h,
        "That is the backward difference: the upper point is x + h, not x.": (f(x) - f(x - h)) / h,
        "The two points are 2 * h apart, not h.": width / h,
        "a / 2 * h divides by 2 and multiplies by h: write a / (2 * h).": width / 2 * h,
        "The sign is turned: the result above minus the result below.": -width / (2 * h),
        "Divide by the distance between the points.": width,
    }
    for text, number in known.items():
        if isinstance(got, float) and math.isclose(got, number, rel_tol=1e-9):
            return text
    return "It is (f(x + h) - f(x - h)) over the distance of the two points."


SURFACES = (
    ("2*a*b + b**3", lambda p: 2 * p[0] * p[1] + p[1] ** 3, [2.0, 5.0], 0.1),
    ("a * exp(b) / c", lambda p: p[0] * math.exp(p[1]) / p[2], [1.5, -0.5, 2.0], 0.01),
    ("a**3", lambda p: p[0] ** 3, [-2.0], 0.5),
    ("a*b*c*d + d**2", lambda p: p[0] * p[1] * p[2] * p[3] + p[3] ** 2, [1.0, -2.0, 3.0, -4.0], 0.25),
    ("3*b, whatever a is", lambda p: 3 * p[1], [7.0, 7.0], 0.5),
)


def by_central_differences(f: Callable[[Sequence[float]], float], point: Sequence[float], h: float) -> list[float]:
    def moved(i: int, by: float) -> list[float]:
        return [*point[:i], point[i] + by, *point[i + 1 :]]

    return [(f(moved(i, h)) - f(moved(i, -h))) / (2 * h) for i in range(len(point))]


@exercise("01.2", shows="One knob at a time, all others held: the list of slopes is the gradient.")
def gradient(answer: Answer) -> None:
    for text, f, point, h in SURFACES:
        got = answer.call(f, list(point), h, shown=f"{text}, {point}, h={h}")
        mistake = "Is every other knob held where it was? Are both nudges taken, and the width 2 * h?"
        answer.close(got, by_central_differences(f, point, h), rtol=1e-8, atol=1e-8, mistake=mistake)


WALKS = (
    ("2*x", lambda x: 2 * x, 1.0, 0.1, 5),
    ("4*(x - 3)**3", lambda x: 4 * (x - 3) ** 3, 1.0, 0.05, 4),
    ("-1", lambda x: -1.0, 2.0, 0.5, 3),
    ("cos(x)", math.cos, -0.5, 0.3, 10),
    ("2*x", lambda x: 2 * x, -4.0, 1.0, 3),
    ("x", lambda x: x, 8.0, 0.5, 0),
    ("x", lambda x: x, 8.0, 0.5, 1),
    ("2*x", lambda x: 2 * x, 0.0, 0.1, 3),
    ("x**3", lambda x: x**3, 1e-3, 0.1, 4),
)


@exercise("01.3", shows="Against the slope, again and again: this loop trains every model of the course.")
def descend(answer: Answer) -> None:
    for text, slope, start, step_size, steps in WALKS:
        path = [start]
        for _ in range(steps):
            path.append(path[-1] - step_size * slope(path[-1]))
        counting = counted(slope)
        shown = f"slope {text}, {start}, {step_size}, {steps}"
        got = answer.call(counting, start, step_size, steps, shown=shown)
        mistake = "Each step goes against the slope at the place reached so far: x - step_size * slope(x)."
        answer.close(got, path, rtol=1e-9, mistake=mistake)
        answer.require(
            counting.calls == steps, f"slope was called {counting.calls} times in {steps} steps; once a step is enough"
        )


PLACES = (
    ("x**3, x=2", lambda x: x**3, 2.0, 12.0),
    ("x**2 + x, x=0", lambda x: x**2 + x, 0.0, 1.0),
    ("x**2, x=1e6", lambda x: x**2, 1e6, 2e6),
    ("x**3, x=-1e6", lambda x: x**3, -1e6, 3e12),
    ("exp, x=-1", math.exp, -1.0, math.exp(-1.0)),
    ("exp, x=0", math.exp, 0.0, 1.0),
    ("exp, x=0.001", math.exp, 1e-3, math.exp(1e-3)),
    ("exp, x=-0.03", math.exp, -0.03, math.exp(-0.03)),
    ("sin, x=0", math.sin, 0.0, 1.0),
    ("log, x=1000", math.log, 1000.0, 1e-3),
    ("sqrt, x=1e8", math.sqrt, 1e8, 0.5e-4),
    ("x**3 + x, x=1e-9", lambda x: x**3 + x, 1e-9, 1.0),
    ("exp(3*x), x=1", lambda x: math.exp(3 * x), 1.0, 3 * math.exp(3.0)),
    ("7*x, x=-12345.678", lambda x: 7 * x, -12345.678, 7.0),
    ("1/x, x=-40000", lambda x: 1 / x, -40000.0, -1 / 1.6e9),
)


@exercise("01.4", shows="The nudge follows the size of x: you are at the bottom of the V everywhere.")
def slope_anywhere(answer: Answer) -> None:
    for shown, f, x, slope in PLACES:
        counting = counted(f)
        got = answer.call(counting, x, shown=shown)
        small = "The nudge is lost in the rounding of x. Let it grow with abs(x)."
        bent = "Is the nudge too large here, or too small, or taken to one side only? Look at the V again."
        answer.close(got, slope, rtol=1e-9, atol=0.0, mistake=small if abs(x) > 100 else bent)
        answer.require(counting.calls <= 10, f"f was called {counting.calls} times; at most 10 are allowed")
