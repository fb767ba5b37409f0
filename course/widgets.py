"""Watch a backward pass node by node: live with a slider, or as a strip of pictures where widgets are dead.

Works on anything that `draw_dot` draws and that has `grad` and `local_gradients`, a reader's class included.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from autograd.draw import Drawing, draw_dot, trace
from autograd.graph import topological_order


class Step(NamedTuple):
    """One moment of a backward pass: a sentence, and the graph as it is then."""

    caption: str
    drawing: Drawing


def backward_steps(root: Any) -> list[Step]:
    """Return the moments of a backward pass: the start, then one for each node that passes its gradient on.

    Gradients start at 0 here, and every `grad` is put back as it was.
    """
    nodes, _ = trace(root)
    before = [node.grad for node in nodes]
    try:
        for node in nodes:
            node.grad = 0.0
        root.grad = 1.0
        steps = [Step(f"0. {name_of(root)} starts with gradient 1.", draw_dot(root, highlight=root))]
        for node in reversed(topological_order(root)):
            for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                if not getattr(parent, "is_constant", False):
                    parent.grad += node.grad * slope
            steps.append(Step(f"{len(steps)}. {sentence(node)}", draw_dot(root, highlight=node)))
    finally:
        for node, grad in zip(nodes, before, strict=True):
            node.grad = grad
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


def step_through(root: Any) -> Any:
    """Return a widget, a play button, a slider and a picture, that goes through the backward pass node by node."""
    import ipywidgets

    steps = backward_steps(root)
    last = len(steps) - 1
    play = ipywidgets.Play(min=0, max=last, interval=1500, description="step by step")
    slider = ipywidgets.IntSlider(min=0, max=last, description="step")
    caption, picture = ipywidgets.HTML(), ipywidgets.HTML()

    def show(step: int) -> None:
        caption.value = f"<b>{escape(steps[step].caption)}</b>"
        picture.value = f'<div style="background: white">{scalable(steps[step].drawing.svg())}</div>'

    slider.observe(lambda change: show(change["new"]), names="value")
    # In the browser itself, so that a saved page can be played without a kernel as far as the slider goes.
    ipywidgets.jslink((play, "value"), (slider, "value"))
    show(0)
    return ipywidgets.VBox([ipywidgets.HBox([play, slider]), caption, picture])


def scalable(svg: str) -> str:
    """The picture without XML preamble, and never wider than the page."""
    svg = svg[svg.index("<svg") :]
    return svg.replace("<svg", '<svg style="max-width: 100%; height: auto"', 1)


class Strip:
    """Pictures in rows, each under its caption: one SVG, which every viewer of notebooks shows."""

    def __init__(self, steps: Sequence[Step], columns: int = 1) -> None:
        self.steps, self.columns = list(steps), columns

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        # The DOT text of each picture stands beside it: the tests of the notebooks compare that text, not the SVG.
        text = "\n".join(f"{caption}\n{drawing.source}" for caption, drawing in self.steps)
        try:
            return {"text/plain": text, "image/svg+xml": self.svg()}
        except RuntimeError as error:  # as for a single drawing: what cannot be drawn must not stop the notebook
            return {"text/plain": f"{error}\n\n{text}"}

    def svg(self) -> str:
        """Return all pictures in one; raise RuntimeError, with the way out, where nothing can draw them."""
        pieces, width, height, x, row_height = [], 0.0, 0.0, 0.0, 0.0
        for number, (caption, drawing) in enumerate(self.steps):
            if number % self.columns == 0:
                x, height, row_height = 0.0, height + row_height, 0.0
            svg = drawing.svg()
            svg = svg[svg.index("<svg") :]
            _, _, wide, high = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
            pieces.append(f'<text x="{x + 8:g}" y="{height + 20:g}" font-size="14">{escape(caption)}</text>')
            place = f'<svg x="{x:g}" y="{height + 28:g}" width="{wide:g}" height="{high:g}"'
            pieces.append(re.sub(r'^<svg width="[^"]*" height="[^"]*"', place, svg))
            x += max(wide, 7.5 * len(caption)) + 24
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
