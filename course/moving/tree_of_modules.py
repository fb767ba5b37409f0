"""Chapter 13: the tree of a network, and which of its tensors a walk reaches that looks into lists, or does not."""

from collections.abc import Iterator
from typing import NamedTuple

from matplotlib.figure import FigureBase

from course.moving.boxes import Arrow, Box, draw
from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS

SIZES = (784, 256, 256, 10)


class Part(NamedTuple):
    """What a network holds: a name with dots, "module", "list" or "tensor", how many numbers, and what is inside."""

    name: str
    kind: str
    count: int
    inside: tuple["Part", ...] = ()


def layer(name: str, fan_in: int, fan_out: int) -> Part:
    weight = Part(f"{name}.weight", "tensor", fan_out * fan_in)
    bias = Part(f"{name}.bias", "tensor", fan_out)
    return Part(name, "module", weight.count + bias.count, (weight, bias))


def network(sizes: tuple[int, ...]) -> Part:
    """Return a network that holds its last layer as an attribute, and the others in a list."""
    pairs = list(zip(sizes, sizes[1:], strict=False))
    layers = tuple(layer(f"hidden.{place}", *pair) for place, pair in enumerate(pairs[:-1]))
    hidden = Part("hidden", "list", sum(one.count for one in layers), layers)
    last = layer("last", *pairs[-1])
    return Part("Network", "module", hidden.count + last.count, (hidden, last))


def walk(part: Part, into_lists: bool) -> Iterator[Part]:
    """Go through what is inside a part; what is inside a list is met only if the walk looks into lists."""
    for member in part.inside:
        yield member
        if member.kind != "list" or into_lists:
            yield from walk(member, into_lists)


def edges(part: Part) -> Iterator[tuple[str, str]]:
    for member in part.inside:
        yield part.name, member.name
        yield from edges(member)


NETWORK = network(SIZES)
EVERY = [NETWORK, *walk(NETWORK, True)]
# What is asked, and then whether the walk looks into lists, and how many boxes it has looked at.
STEPS = [
    ("", 0, 0),
    ("hidden comes first. It is a list, and no module. Will this walk look into it?", 0, 1),
    (f"Then comes last, a layer. How many of the {NETWORK.count:,} numbers does this walk find in all?", 0, 4),
    ("Now the walk looks into lists too, and begins again. What has it found when hidden.0 is done?", 1, 4),
    (f"hidden.1 has {SIZES[1]} × {SIZES[2]} weights and {SIZES[2]} biases. How many numbers are found then?", 1, 7),
    ("Which boxes are still missing, and how many numbers are found with them?", 1, 10),
]


def tree() -> Stage:
    """Walk through the tree of a network that holds layers in a list: first by attributes only, then into lists too.

    A chapter says before it: *In the next picture a walk looks for the tensors of a network, as parameters() does. What
    it has found has a solid frame, all else a dashed one. Say before each press of Next what it will find.*
    """
    places = {part.name: at for part, at in placed(NETWORK, 0.0, 0.0)}

    def seen(state: State) -> list[Part]:
        return list(walk(NETWORK, bool(state["lists"])))[: int(state["boxes"])]

    def found(state: State) -> list[Part]:
        return [part for part in seen(state) if part.kind != "list" or state["lists"]]

    def said(state: State) -> str:
        how = "Into lists too" if state["lists"] else "Attributes only"
        met, every = seen(state), list(walk(NETWORK, bool(state["lists"])))
        count = sum(part.count for part in found(state) if part.kind == "tensor")
        words = f"{how}: {count:,} of {NETWORK.count:,} numbers found ({count / NETWORK.count:.1%})"
        if not met:
            return f"{words}; the walk begins."
        if len(met) == len(every):
            return f"{words}; the walk is done."
        return f"{words}; {met[-1].name} {'came last' if met[-1] in found(state) else 'was passed over'}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        met, known = seen(state), {part.name for part in [NETWORK, *found(state)]}
        now = met[-1].name if met else NETWORK.name
        boxes = {
            part.name: Box(
                places[part.name], short(part), words(part), fill(part), part.name == now, part.name in known
            )
            for part in EVERY
        }
        arrows = [
            Arrow(above, below, width=1.6, color=COLORS["blue"])
            if below in known
            else Arrow(above, below, width=1.0, color=COLORS["grey"], style=(0, (3, 2)))
            for above, below in edges(NETWORK)
        ]
        draw(figure.subplots(), boxes, arrows, small, text=6.3 if small else 10)

    steps = []
    for question, lists, boxes in STEPS:
        state = {"boxes": boxes, "lists": lists}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("boxes", "boxes", 0, len(EVERY) - 1, 1), Knob("lists", "lists", 0, 1, 1)]
    return Stage(steps, Plot(paint, size=(7.0, 3.2), still=(3.0, 2.0)), knobs, said)


def placed(part: Part, left: float, height: float) -> Iterator[tuple[Part, tuple[float, float]]]:
    """Yield each part with its place: tensors side by side from the left, and what holds them in their middle."""
    wide = sum(one.kind == "tensor" for one in walk(part, True)) or 1
    yield part, (left + (wide - 1) / 2, height)
    for member in part.inside:
        yield from placed(member, left, height - 0.95)
        left += sum(one.kind == "tensor" for one in walk(member, True)) or 1


def short(part: Part) -> str:
    return part.name.split(".")[-1] if part.kind == "tensor" else part.name


def words(part: Part) -> str:
    return f"{part.count:,}" if part.kind == "tensor" else "list" if part.kind == "list" else "module"


def fill(part: Part) -> str:
    return "leaf" if part.kind == "tensor" else "root" if part is NETWORK else "inner"
