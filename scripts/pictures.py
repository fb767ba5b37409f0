"""Makes the pictures of the README and of docs/architecture.md: python scripts/pictures.py"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import autograd.tensor as torch  # noqa: E402
from autograd.draw import COLORS, EDGE_STYLE, FONT, NODE_STYLE, Drawing, draw_dot  # noqa: E402
from autograd.scalar import MLP, Value  # noqa: E402
from autograd.tensor.core.nodes import Shape  # noqa: E402
from course import datasets, figures  # noqa: E402


def graph() -> Drawing:
    """Draw a neuron with two inputs after its backward pass."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2, b = Value(-3.0, label="w1"), Value(1.0, label="w2"), Value(6.8813735870195432, label="b")
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.label = "y"
    y.backward()
    return draw_dot(y)


class Step(NamedTuple):
    """A function that a number passes through: its file below autograd/, its name, and what it does there."""

    file: str
    function: str
    does: str


FORWARD = (
    Step("tensor/core/fast.py", "binary", "z = x * y: NumPy multiplies the arrays"),
    Step("tensor/core/tape.py", "record", "makes the node of z"),
    Step("tensor/api/reductions.py", "sum", "loss = z.sum(): reads the arguments"),
    Step("tensor/core/forms.py", "perform", "NumPy adds the numbers up"),
    Step("tensor/core/tape.py", "record", "makes the node of the loss"),
)
BACKWARD = (
    Step("tensor/core/backward.py", "backward", "loss.backward() starts here"),
    Step("tensor/core/backward.py", "first_gradient", "the gradient of the loss is 1"),
    Step("graph.py", "topological_order", "lists the nodes, inputs first"),
    Step("tensor/core/backward.py", "visit", "goes through the list from its end"),
    Step("tensor/core/plans.py", "Plan.gradients", "calls the rules of one node"),
    Step("tensor/core/tape.py", "saved_values", "gives what the node kept"),
    Step("tensor/table/elementwise.py", "mul", "the rules: g * y for x, g * x for y"),
    Step("tensor/core/fit.py", "fitted", "sums the gradient of y to its shape"),
    Step("tensor/core/backward.py", "accumulate", "adds the gradient to x.grad"),
)
LAYERS = {
    "distributions, nn, optim, utils": "#FFFFFF",
    "api": "#F7D9E8",
    "table": "#D8EFD3",
    "core": "#E6E2F6",
    "graph.py": "#FFFFFF",
}
DOWN, UP = {"color": "#0072B2", "penwidth": "2"}, {"color": "#D55E00", "penwidth": "2"}


def example() -> tuple[Any, Any, Any, Any]:
    """Return x, y, z = x * y and the sum of z, before a backward pass."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.tensor(4.0, requires_grad=True)
    z = x * y
    return x, y, z, z.sum()


def architecture() -> Drawing:
    """Draw the way of a number from `x * y` to `x.grad`: down on the left, through the graph, and up on the right."""
    x, y, z, loss = example()
    graph_style = {"bgcolor": "white", "nodesep": "0.35", "ranksep": "0.3"}
    drawing = Drawing("architecture", graph_attr=graph_style, node_attr=NODE_STYLE, edge_attr=EDGE_STYLE)
    boxes = {"shape": "box", "style": "filled,rounded", "width": "2.2", "group": "graph"}
    leaf, inner, root = (boxes | {"fillcolor": COLORS[kind]} for kind in ("leaf", "inner", "root"))
    drawing.node("inputs", rf"x = {x.tolist()}\ny = {y.tolist()}", **leaf)
    drawing.node("z", rf"the node of z\nop: {z.node.op}\nkeeps {kept(z.node, 'xy')}", **inner)
    drawing.node("loss", rf"the node of the loss\nop: {loss.node.op}\nkeeps {kept(loss.node, 'z')}", **root)
    loss.backward()
    drawing.node("grads", rf"x.grad = {x.grad.tolist()}\ny.grad = {y.grad.tolist()}", **leaf | {"group": "up"})
    names = [f"s{i}" for i in range(1, len(FORWARD) + len(BACKWARD) + 1)]
    down, up = names[: len(FORWARD)], names[len(FORWARD) :]
    for i, (name, step) in enumerate(zip(names, FORWARD + BACKWARD, strict=True), 1):
        draw_step(drawing, name, i, step, group="down" if name in down else "up")
    for a, b in zip(["inputs", *down], down, strict=False):
        drawing.edge(a, b, **DOWN)
    for a, b in zip(["grads", *reversed(up)], reversed(up), strict=False):  # the right column reads upwards
        drawing.edge(a, b, dir="back", **UP)
    drawing.edge("inputs", "grads", style="invis")
    drawing.edge("s2", "z", **DOWN)
    drawing.edge("s5", "loss", **DOWN)
    drawing.edge("loss", "s6", **UP)
    drawing.edge("z", "s11", style="dashed", label="what it kept")
    drawing.edge("inputs", "z", label=" parents", style="dashed", dir="back")
    drawing.edge("z", "loss", label=" parents", style="dashed", dir="back", minlen="3")
    for i, row in enumerate((("inputs", "grads"), ("s2", "z", "s11"), ("s5", "loss", "s6"))):
        with drawing.subgraph(name=f"row{i}") as same:
            same.attr(rank="same")
            for name in row:
                same.node(name)
    draw_legend(drawing)
    return drawing


def kept(node: Any, names: str) -> str:
    """Return in words what a node keeps for the backward pass, of inputs that have these names."""
    words = ["its own numbers"] if node.output is not None else []
    for x, name in zip(node.inputs, names, strict=True):
        if x is not None:
            words.append(f"the {'shape' if isinstance(x, Shape) else 'numbers'} of {name}")
    return r"\nand ".join(words) or "nothing"


def draw_step(drawing: Drawing, name: str, number: int, step: Step, group: str) -> None:
    layer = next((part for part in step.file.split("/") if part in LAYERS), "graph.py")
    head = f"{number}   {step.file.removeprefix('tensor/')}   {step.function}"
    drawing.node(name, rf"{head}\n{step.does}", shape="box", fillcolor=LAYERS[layer], width="3.5", group=group)


def draw_legend(drawing: Drawing) -> None:
    with drawing.subgraph(name="cluster_layers") as legend:
        legend.attr(label="imports point down", fontname=FONT, fontsize="11", color="#999999")
        for name, color in LAYERS.items():
            legend.node(name, name, shape="box", fillcolor=color, width="2.4", height="0.3")
        for above, below in zip(LAYERS, list(LAYERS)[1:], strict=False):
            legend.edge(above, below)


def moons() -> None:
    """Draw the decision boundary that a small network of Values has learnt."""
    points, labels = datasets.moons(100, noise=0.1, seed=0)
    model = MLP(2, [6, 6, 1])
    model.fit(points, labels, loss="binary_cross_entropy", optimizer="sgd", lr=1.0, epochs=150, progress=False)
    ax = figures.decision_boundary(model, points, labels, title="Two moons, told apart by 67 numbers", resolution=80)
    ax.figure.savefig(ROOT / "docs" / "moons.png", dpi=110)


DRAWINGS = {"graph.svg": graph, "architecture.svg": architecture}

if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        draw().render(ROOT / "docs" / name)
    moons()
