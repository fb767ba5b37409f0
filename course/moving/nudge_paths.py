"""Chapter 03: a nudge of one leaf travels through the graph, grows by the factors on the edges, and meets itself."""

from matplotlib.figure import FigureBase

from course.moving.boxes import Arrow, Box, draw
from course.moving.plots import Plot
from course.moving.stage import Stage, State, Step
from course.style import COLORS

PLACES = {"a": (0.0, 0.1), "b": (0.0, 1.9), "c": (1.7, 0.1), "d": (3.2, 1.9), "e": (4.7, 0.6)}
LABELS = {("b", "c"): (0.85, 1.0), ("b", "d"): (1.6, 1.9), ("c", "d"): (2.45, 1.0), ("c", "e"): (3.2, 0.35)}
LABELS |= {("d", "e"): (3.95, 1.25), ("a", "c"): (0.85, 0.1)}
THICK, THIN = 11.0, 1.2  # the width of the arrow that carries most, and of one that nothing has gone along


def nudge(a: float = 2.0, b: float = 3.0) -> Stage:
    """Follow a nudge of `b` through c = a + b, d = c · b, e = c · d, along every edge.

    A chapter says before it: *In the next picture b moves by one small step. Every edge multiplies what goes along
    it by its number, and an arrow is as thick as what it carries. Say before each press of Next what arrives.*

    `a` and `b` are the numbers in the leaves.
    """
    c = a + b
    d = c * b
    factors = {("b", "c"): 1.0, ("c", "d"): b, ("b", "d"): c, ("c", "e"): d, ("d", "e"): c, ("a", "c"): 1.0}
    walk = [("b", "c"), ("c", "d"), ("b", "d"), ("c", "e"), ("d", "e")]  # one edge a step
    moved, carried, after = {"b": 1.0}, {}, [{"b": 1.0}]
    for start, end in walk:
        carried[start, end] = moved[start] * factors[start, end]
        moved[end] = moved.get(end, 0.0) + carried[start, end]
        after.append(dict(moved))

    def along(place: int) -> str:
        start, end = walk[place]
        return f"{moved[start]:g} × {factors[walk[place]]:g} = {carried[walk[place]]:g}"

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        step = int(state["step"])
        gone, now = walk[:step], after[step]
        new = walk[step - 1][1] if step else "b"
        boxes = {
            name: Box(at, name, f"{now[name]:+g}" if name in now else "", kind_of(name), name == new)
            for name, at in PLACES.items()
        }
        largest = max(map(abs, carried.values()))
        arrows = [
            Arrow(
                *edge,
                label=f"× {factor:g}",
                width=THIN + (THICK - THIN) * abs(carried[edge]) / largest if edge in gone else THIN,
                color=COLORS["blue"] if edge in gone else COLORS["grey"],
                style="-" if edge in gone else (0, (3, 2)),
                label_at=LABELS[edge],
            )
            for edge, factor in factors.items()
        ]
        draw(figure.subplots(), boxes, arrows, small)

    asked = [
        ("", "b moves by 1 step, and nothing else has moved yet."),
        ("How many steps does c move?", f"c moves {along(0)}."),
        (
            f"The edge from c to d has the factor {b:g}. What arrives at d along it?",
            f"{along(1)} arrives at d from c. The straight way from b is still to come.",
        ),
        (
            f"The straight edge from b has the factor {c:g}. How far does d move in all?",
            f"{along(2)} arrives from b. Both add: d moves {carried['c', 'd']:g} + {carried['b', 'd']:g} = "
            f"{moved['d']:g}.",
        ),
        (
            f"The edge from c to e has the factor {d:g}. Which number stands at e before the paths join?",
            f"{along(3)} arrives at e from c, and stands there alone.",
        ),
        (
            f"d moves {moved['d']:g}, and its edge has the factor {c:g}. How far does e move in all?",
            f"{along(4)} arrives from d: e moves {carried['c', 'e']:g} + {carried['d', 'e']:g} = {moved['e']:g}, "
            "the slope of e with respect to b.",
        ),
    ]
    steps = [Step(question, answer, {"step": step}) for step, (question, answer) in enumerate(asked)]
    return Stage(steps, Plot(paint, size=(7.0, 3.2), still=(3.0, 1.6)))


def kind_of(name: str) -> str:
    return "leaf" if name in "ab" else "root" if name == "e" else "inner"
