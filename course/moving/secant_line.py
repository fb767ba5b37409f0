"""Chapter 01: a secant turns into a tangent, and then goes astray, while its error draws the V."""

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from autograd.finite_differences import central_difference
from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS

# The size of h, and what is asked before it.
QUESTIONS = {
    0.5: "h shrinks from 2 to 0.5. Which way does the line turn, and how much of its error is left?",
    0.01: "h shrinks to 0.01, fifty times. By what factor does the error shrink?",
    1e-8: "h shrinks to 1e-8. The zoom window is always as wide as three h. Does the curve still bend in it?",
    1e-14: "h shrinks to 1e-14, a million times. Does the slope get better, and what will the window show?",
    1e-16: "h shrinks to 1e-16. What is left of the line?",
}
FLOOR = 1e-12  # a logarithmic axis has no place for an error of 0
SIZES = [float(f"{10 ** (power / 10):.1e}") for power in range(-160, 4, 4)]


def tin(r: float) -> float:
    """The metal, in cm², of a tin of 330 cm³ and radius `r`, in cm."""
    return 2 * math.pi * r * r + 660 / r


def nudge(state: State) -> float:
    """Return h, to two digits, from the power of ten that the knob holds."""
    return float(f"{10 ** state['power']:.1e}")


def secant(f: Callable[[float], float] = tin, x: float = 3.0) -> Stage:
    """Watch a line through two points of a curve become its tangent, and fall apart when h is too small.

    A chapter says before it: *The next picture lets h shrink from 2 to 1e-16. Say before each press of Next what the
    line, the window and the dot will do.*

    `f` is a function of one float and `x` the place. The exact slope, which the error is measured against, comes from
    a central difference, whose error is a thousand times smaller than any that is shown.
    """
    exact = central_difference(f, x)

    def measured(h: float) -> tuple[float, float]:
        slope = (f(x + h) - f(x)) / h
        return slope, abs(slope - exact)

    def said(state: State) -> str:
        slope, error = measured(nudge(state))
        return (
            f"h = {nudge(state):g}: the line has slope {slope:.4g}, the tangent {exact:.4g}; the error is {error:.2g}."
        )

    errors = [max(measured(size)[1], FLOOR) for size in SIZES]
    lowest_and_highest = min(errors) / 5, max(errors) * 5

    def draw_curve(ax: Axes, h: float, slope: float) -> None:
        across = np.linspace(x - 1.5, x + 3, 200)
        ax.plot(across, [f(float(at)) for at in across], color=COLORS["black"], linewidth=1.2)
        low, high = ax.get_ylim()
        ax.plot(across, f(x) + exact * (across - x), ":", color=COLORS["grey"])
        ax.plot(across, f(x) + slope * (across - x), "--", color=COLORS["red"])
        ax.plot([x, x + h], [f(x), f(x + h)], "o", color=COLORS["red"])
        ax.set(ylim=(low, high), title=f"h = {h:g}", xlabel="x", ylabel="f(x)")

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        h = nudge(state)
        slope, error = measured(h)
        axes = figure.subplots(1, 2 if small else 3)
        zoom_ax, v_ax = axes[-2:]
        if not small:
            draw_curve(axes[0], h, slope)
        near = [x + h * t for t in np.linspace(-1, 2, 301)]
        zoom_ax.plot(np.linspace(-1, 2, 301), [(f(at) - f(x)) / h for at in near], color=COLORS["black"], linewidth=1.2)
        zoom_ax.plot([-1, 2], [-exact, 2 * exact], ":", color=COLORS["grey"])
        zoom_ax.plot([-1, 2], [-slope, 2 * slope], "--", color=COLORS["red"])
        zoom_ax.plot([0, 1], [0, slope], "o", color=COLORS["red"])
        zoom_ax.set(title=f"h = {h:g}, zoom" if small else "zoom", xlabel="(x' − x) / h", ylabel="(f(x') − f(x)) / h")
        so_far = [h, *(size for size in SIZES if size > h)]
        v_ax.loglog(so_far, [max(measured(size)[1], FLOOR) for size in so_far], color=COLORS["grey"], linewidth=1.2)
        v_ax.plot(h, max(error, FLOOR), "o", color=COLORS["red"], markersize=6 if small else 9)
        v_ax.set(xlim=(2e-17, 10), ylim=lowest_and_highest, title="error", xlabel="h", ylabel="|slope − exact|")

    steps = []
    for h, question in {2.0: "", **QUESTIONS}.items():
        state = {"power": round(math.log10(h), 1)}
        steps.append(Step(question, said(state), state))
    return Stage(steps, Plot(paint), [Knob("power of ten", "power", -16, 0.3, 0.1)], said)
