"""Chapter 13's picture of a network: what it is made of, as a tree, and which of its tensors are known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.style import COLORS

DEEP, WIDE = 1.0, 1.0  # the distance of two levels, and of two tensors side by side


@dataclass
class Branch:
    """A place in the tree: what is written there, whether it is known, and what is below."""

    name: str
    known: bool
    is_tensor: bool
    below: list["Branch"] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0


def draw_modules(model: Any, known: Iterable[Any], title: str = "", ax: Axes | None = None) -> Axes:
    """Draw what a model holds, down to its tensors; those in `known` are dark, the others white with a dashed edge.

    A model is an object with attributes. Lists, tuples and dicts among them are drawn as well, with what they hold;
    what holds no tensor is left out. Raises ValueError for a model without tensors, and for one that holds itself.
    """
    tree = branch(type(model).__name__, model, {id(tensor) for tensor in known}, ())
    if tree is None:
        raise ValueError(f"draw_modules: this {type(model).__name__} holds no tensors")
    width = place(tree, 0.0, 0.0)
    ax = ax or plt.subplots(figsize=(9, 3.6))[1]
    for above, below in edges(tree):
        style = (
            {"color": COLORS["black"], "linestyle": "-"}
            if below.known
            else {"color": COLORS["grey"], "linestyle": "--"}
        )
        ax.plot([above.x, below.x], [above.y, below.y], linewidth=1.6, zorder=1, **style)
    for one in (tree, *(below for _, below in edges(tree))):
        write(ax, one)
    ax.set(
        xlim=(-WIDE / 2 - 0.1, width - WIDE / 2 + 0.1), ylim=(min(b.y for _, b in edges(tree)) - 0.5, 0.5), title=title
    )
    ax.axis("off")
    return ax


def is_tensor(thing: Any) -> bool:
    """Whether a thing is a tensor: it has an array and a place for a gradient."""
    return hasattr(thing, "grad") and hasattr(getattr(thing, "data", None), "shape")


def branch(name: str, thing: Any, known: set[int], above: tuple[int, ...]) -> Branch | None:
    """Return the tree below a thing, or None if there is no tensor in it."""
    if id(thing) in above:
        raise ValueError(f"draw_modules: {name} holds itself, so its tree has no end")
    if is_tensor(thing):
        return Branch(f"{name}\n{' × '.join(map(str, thing.data.shape)) or 'one number'}", id(thing) in known, True)
    if isinstance(thing, dict):
        inside = thing.items()
    elif isinstance(thing, list | tuple):
        inside = ((f"[{i}]", member) for i, member in enumerate(thing))
    elif isinstance(thing, type) or not hasattr(thing, "__dict__"):
        return None
    else:
        inside = vars(thing).items()
    below = [branch(str(key), member, known, (*above, id(thing))) for key, member in inside]
    found = [one for one in below if one is not None]
    return Branch(name, any(one.known for one in found), False, found) if found else None


def place(tree: Branch, left: float, height: float) -> float:
    """Give every place below `tree` its coordinates, and return how wide it is."""
    tree.y = height
    if not tree.below:
        tree.x = left
        return WIDE
    width = 0.0
    for below in tree.below:
        width += place(below, left + width, height - DEEP)
    tree.x = (tree.below[0].x + tree.below[-1].x) / 2
    return width


def edges(tree: Branch) -> Iterator[tuple[Branch, Branch]]:
    for below in tree.below:
        yield tree, below
        yield from edges(below)


def write(ax: Axes, one: Branch) -> None:
    """Write a place's name into its box."""
    edge = COLORS["blue"] if one.known else COLORS["grey"]
    dark = one.known and one.is_tensor
    box = {
        "boxstyle": "round,pad=0.4" if one.is_tensor else "square,pad=0.3",
        "facecolor": edge if dark else "white",
        "edgecolor": edge,
        "linestyle": "-" if one.known else "--",
        "linewidth": 1.6,
    }
    ink = "white" if dark else COLORS["black"] if one.known else COLORS["grey"]
    ax.text(one.x, one.y, one.name, ha="center", va="center", fontsize=10, color=ink, bbox=box, zorder=2)
