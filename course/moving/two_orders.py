"""Chapter 04: the same graph swept twice, eagerly and in order, in step, until the two part."""

from typing import NamedTuple

from matplotlib.figure import FigureBase

from course.moving.boxes import Arrow, Box, draw
from course.moving.plots import Plot
from course.moving.stage import Stage, State, Step
from course.style import COLORS

PLACES = {"a": (0.0, 0.0), "b": (1.9, 0.0), "c": (3.8, 0.0)}
EDGES = [("c", "b", 0.3), ("c", "b", -0.3), ("b", "a", 0.3), ("b", "a", -0.3)]  # each sum uses its input twice

QUESTIONS = [
    "",
    "In both, c passes its 1 on over its upper edge. What stands at b then?",
    "Eager: b passes on at once what it has got. In order: b waits for the lower edge of c. Which numbers change?",
    "Eager: b passes on over its lower edge. In order: over its upper one. What has a in each?",
    "Eager: c passes on over its lower edge. In order: b does. Is one of the two done then?",
    "Eager: b holds 2 now, and passes all of it on over both edges. Which number does a end with?",
]


class Sent(NamedTuple):
    """A share on its way: over which of EDGES, how much, and whether a part of it went there before."""

    edge: int
    amount: float
    again: bool = False


def eager() -> list[list[Sent]]:
    """Return what is sent in each step when a node passes its gradient on whenever something has arrived."""
    sent, grads, used = [[]], {"a": 0.0, "b": 0.0, "c": 1.0}, set()
    for upper_or_lower in (0, 1):
        sent.append([Sent(upper_or_lower, grads["c"])])
        grads["b"] += grads["c"]
        shares = [Sent(edge, grads["b"], edge in used) for edge in (2, 3)]
        used |= {2, 3}
        sent += [shares] if upper_or_lower else [[share] for share in shares]
    return sent


def ordered() -> list[list[Sent]]:
    """Return what is sent in each step when a node waits for all that it feeds: c over both edges, then b."""
    return [[], [Sent(0, 1.0)], [Sent(1, 1.0)], [Sent(2, 2.0)], [Sent(3, 2.0)], []]


def gradients(sent: list[list[Sent]], step: int) -> dict[str, float]:
    """Return the gradients after a step: what was sent over the edges into each node, added."""
    grads = {"a": 0.0, "b": 0.0, "c": 1.0}
    for share in sum(sent[: step + 1], []):
        grads[EDGES[share.edge][1]] += share.amount
    return grads


def orders() -> Stage:
    """Watch two backward passes of `b = a + a; c = b + b` in step: one that does not wait, and one that does.

    A chapter says before it: *The next picture runs both sweeps at once: one that passes on at once what arrives, and
    one that waits. What is sent although a part of it was sent before is red and dashed. At which step do they part?*
    """
    sides = {"eager": eager(), "in order": ordered()}

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        step = int(state["step"])
        axes = figure.subplots(2, 1) if small else figure.subplots(1, 2)
        for ax, (name, sent) in zip(axes, sides.items(), strict=True):
            now = {share.edge: share for share in sent[step]}
            before = {share.edge for share in sum(sent[:step], [])}
            grads, new = gradients(sent, step), {EDGES[edge][1] for edge in now}
            boxes = {
                node: Box(at, node, f"grad {grads[node]:g}", kind, node in new)
                for (node, at), kind in zip(PLACES.items(), ("leaf", "inner", "root"), strict=True)
            }
            draw(ax, boxes, [arrow(place, now.get(place), place in before) for place in range(4)], small)
            ax.set_title(name, fontsize=8 if small else 11)

    steps = []
    for step, question in enumerate(QUESTIONS):
        left, right = (gradients(sent, step) for sent in sides.values())
        numbers = f"Eager: a {left['a']:g}, b {left['b']:g}. In order: a {right['a']:g}, b {right['b']:g}."
        steps.append(Step(question, f"{numbers} {REMARKS[step]}", {"step": step}))
    return Stage(steps, Plot(paint, size=(7.0, 1.4), still=(3.0, 1.9)))


REMARKS = [
    "Only c has its gradient, 1.",
    "They are still the same.",
    "They part: eager has sent something from b before b was complete.",
    "The numbers of a agree by chance; eager is not done.",
    "In order is done. Eager has changed b after b had passed on.",
    "The red shares hold the 1 that had gone along these edges before.",
]


def arrow(place: int, share: Sent | None, gone: bool) -> Arrow:
    """Return one of EDGES as it looks in a step: waiting, gone along, used now, or used again."""
    start, end, bend = EDGES[place]
    middle = (PLACES[start][0] + PLACES[end][0]) / 2
    at = (middle, 0.42 if bend > 0 else -0.42)
    if share is None:
        looks = (1.2, COLORS["blue"], "-") if gone else (1.2, COLORS["grey"], (0, (3, 2)))
        return Arrow(start, end, "", *looks, bend)
    looks = (5.0, COLORS["red"], (0, (1, 0.5))) if share.again else (3.0, COLORS["blue"], "-")
    return Arrow(start, end, f"{share.amount:g}", *looks, bend, at)
