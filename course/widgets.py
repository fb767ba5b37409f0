"""Watch a backward pass node by node: live with buttons, or as a strip of pictures where nothing moves.

Works on anything that `draw_dot` draws and that has `grad` and `local_gradients`, a reader's class included.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from autograd.draw import Drawing, draw_dot, number, shown, trace
from autograd.graph import topological_order
from course.moving.stage import SHOWN_SIZE, Stage, State
from course.moving.stage import Step as Pressed


class Step(NamedTuple):
    """One moment of a backward pass: a sentence, the graph as it is then, and which of its nodes have new numbers."""

    caption: str
    drawing: Drawing
    changed: tuple[int, ...] = ()

    def svg(self) -> str:
        """Return the picture, with the gradients that are new in bold."""
        svg = self.drawing.svg()
        for place in self.changed:
            node = rf"(<title>n{place}</title>(?:(?!</g>).)*<text )([^>]*>grad )"
            svg = re.sub(node, r'\1font-weight="bold" \2', svg, count=1, flags=re.DOTALL)
        return svg


def backward_steps(root: Any, watching: bool = False) -> list[Step]:
    """Return the moments of a backward pass: the start, then one for each node that passes its gradient on.

    With `watching` each node has two: one that shows which it is, and one that shows what it has passed on. Gradients
    start at 0 here, and every `grad` is put back as it was. A box is as large in all pictures, so nothing shifts.
    """
    nodes, _ = trace(root)
    before = [node.grad for node in nodes]
    try:
        for node in nodes:
            node.grad = 0.0
        root.grad = 1.0
        moments = [(f"0. {name_of(root)} starts with gradient 1.", root, [node.grad for node in nodes])]
        for place, node in enumerate(reversed(topological_order(root)), 1):
            if watching:
                moments.append((f"{name_of(node)} passes on. Which numbers change?", node, [n.grad for n in nodes]))
            for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                if not getattr(parent, "is_constant", False):
                    parent.grad += node.grad * slope
            moments.append((f"{place}. {sentence(node)}", node, [node.grad for node in nodes]))
        return drawn(root, nodes, moments)
    finally:
        for node, grad in zip(nodes, before, strict=True):
            node.grad = grad


def drawn(root: Any, nodes: list[Any], moments: list[tuple[str, Any, list[float]]]) -> list[Step]:
    """Draw the moments, each a caption, the node that is thick, and the gradient of every node."""
    room = max(len(f"grad {number(grad)}") for _, _, grads in moments for grad in grads)
    steps, last = [], [0.0] * len(nodes)
    for caption, thick, grads in moments:
        for node, grad in zip(nodes, grads, strict=True):
            node.grad = grad
        changed = tuple(place for place, pair in enumerate(zip(last, grads, strict=True)) if pair[0] != pair[1])
        steps.append(Step(caption, draw_dot(root, highlight=thick, room=room), changed))
        last = grads
    return steps


def name_of(node: Any) -> str:
    return str(getattr(node, "label", "") or f"the {node.op or 'leaf'} node {node.data:.4g}")


def sentence(node: Any) -> str:
    """Say what a node passes on: `d passes on 5: to c 5 × 3, to b 5 × 5.`"""
    shares = [
        f"to {name_of(parent)} {node.grad:.4g} × {slope:.4g}"
        for parent, slope in zip(node.parents, node.local_gradients, strict=True)
    ]
    return f"{name_of(node)} passes on {node.grad:.4g}: {', '.join(shares)}."


class Graphs:
    """The picture of a stage: the graph at each moment of a backward pass."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = list(steps)

    def html(self, state: State, alt: str) -> str:
        """Return the graph of a state, never larger than what the page has room for."""
        step = self.steps[int(state["moment"])]
        svg = shown(step.svg, step.drawing.description).get("image/svg+xml")
        if svg is None:
            return f"<pre>{escape(step.drawing.description)}</pre>"
        return f'<div style="background: white">{svg.replace("max-width: 100%", SHOWN_SIZE, 1)}</div>'

    def strip(self, states: Sequence[State], captions: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the moments at which something was passed on, one below the other."""
        return Strip([step for step in self.steps if step.caption[0].isdigit()])._repr_mimebundle_(), {}


def step_through(root: Any) -> Stage:
    """Return a picture that goes through the backward pass node by node, and asks each time who passes on, and what."""
    steps = backward_steps(root, watching=True)
    pressed = [Pressed("", steps[0].caption, {"moment": 0})]
    for moment, step in enumerate(steps[1:], 1):
        question = "Which node passes on next?" if moment % 2 else ""
        pressed.append(Pressed(question, step.caption, {"moment": moment}))
    return Stage(pressed, Graphs(steps))


class Strip:
    """Pictures in rows, each under its caption, as one SVG with all that it shows in words beside it."""

    def __init__(self, steps: Sequence[Step], columns: int = 1) -> None:
        self.steps, self.columns = list(steps), columns

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        # The tests of the notebooks compare this text, and not the SVG, which another Graphviz draws in another way.
        return shown(self.svg, "\n".join(f"{step.caption}\n{step.drawing.description}" for step in self.steps))

    def svg(self) -> str:
        """Return all pictures in one; raise RuntimeError, with the way out, where nothing can draw them."""
        pieces, width, height, x, row_height = [], 0.0, 0.0, 0.0, 0.0
        for place, step in enumerate(self.steps):
            if place % self.columns == 0:
                x, height, row_height = 0.0, height + row_height, 0.0
            svg = step.svg()
            _, _, wide, high = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
            pieces.append(f'<text x="{x + 8:g}" y="{height + 20:g}" font-size="14">{escape(step.caption)}</text>')
            spot = f'<svg x="{x:g}" y="{height + 28:g}" width="{wide:g}" height="{high:g}"'
            pieces.append(re.sub(r'^<svg width="[^"]*" height="[^"]*"', spot, svg))
            x += max(wide, 7.5 * len(step.caption)) + 24
            width, row_height = max(width, x), max(row_height, high + 36)
        height += row_height
        size = f'width="{width:g}" height="{height:g}"'
        head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        head += f'{size} viewBox="0 0 {width:g} {height:g}" font-family="Helvetica,Arial,sans-serif">'
        return f'{head}<rect {size} fill="white"/>{"".join(pieces)}</svg>'


def strip(root: Any) -> Strip:
    """Return the backward pass from `root` as a strip of pictures."""
    return Strip(backward_steps(root))


def side_by_side(roots: Mapping[str, Any]) -> Strip:
    """Return graphs next to one another as they are now; `roots` is a dict of caption to root."""
    steps = [Step(caption, draw_dot(root)) for caption, root in roots.items()]
    return Strip(steps, columns=len(steps))
