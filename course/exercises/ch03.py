"""Chapter 03, the chain rule: what the exercises ask.

Graphs are made of `Node`, which holds what the chapter's `Value` holds. Expected slopes are written as formulas of
calculus, or counted, and do not come from an engine.
"""

import math
from collections.abc import Callable
from typing import Any

from course.compare import plain_number
from course.exercises import ch02
from course.exercises.ch02 import call_on
from course.mine import scalar_engine
from course.specification import Answer, exercise
from course.wording import kind_of, show


class Node(ch02.Node):
    """A number with parents, operation, local gradients, label and gradient, as the engine's `Value` has them.

    Local gradients that are not given are looked up by the operation.
    """

    def __init__(
        self,
        data: float,
        parents: tuple["Node", ...] = (),
        op: str = "",
        local_gradients: tuple[float, ...] | None = None,
        label: str = "",
    ) -> None:
        super().__init__(data, parents, op, label=label)
        if local_gradients is None:
            local_gradients = scalar_engine.local_slopes(op, *[parent.data for parent in parents]) if parents else ()
        self.local_gradients, self.grad = local_gradients, 0.0

    def tanh(self) -> "Node":
        return type(self)(math.tanh(self.data), (self,), "tanh")


# 03.1


def exact(op: str, inputs: tuple[float, ...]) -> tuple[float, ...]:
    """The local slopes of an operation, as formulas of calculus."""
    if op == "tanh":
        return (1 / math.cosh(inputs[0]) ** 2,)
    if op == "neg":
        return (-1.0,)
    a, b = inputs
    return {"+": lambda: (1, 1), "-": lambda: (1, -1), "*": lambda: (b, a), "/": lambda: (1 / b, -a / (b * b))}[op]()


@exercise("03.1", shows="Six operations, ten slopes: these numbers stand on the edges of every graph up to chapter 04.")
def local_slopes(answer: Answer) -> None:
    rules = {
        "+": "Either input moves a sum one for one.",
        "-": "A larger b makes a - b smaller.",
        "*": "Each factor is scaled by the other one.",
        "/": "While b is held still, a / b is a multiple of a; while a is held still, it is a multiple of 1 / b.",
        "neg": "A larger a makes -a smaller.",
        "tanh": "The slope of tanh is 1 - t * t, where t is tanh of the input.",
    }
    pairs = [(2.0, 4.0), (3.0, -2.0), (-1.5, 0.5), (0.0, 7.0), (5.0, 5.0), (-4.0, -0.25)]
    cases = [(op, pair) for pair in pairs for op in "+-*/"]
    cases += [(op, (x,)) for x in (0.0, 0.5, -2.0, 3.0, 20.0) for op in ("neg", "tanh")]
    cases += [(op, (3.0, 0.0)) for op in "+-*"]
    for op, inputs in cases:
        slopes, got = exact(op, inputs), answer.call(op, *inputs)
        near = is_near(got, slopes)
        answer.close(got, slopes, rtol=1e-9, atol=1e-12, mistake=near or rules[op])
    for op, inputs in (("**", (2.0, 3.0)), ("sin", (1.0,)), ("", (1.0,))):
        shown = ", ".join(map(repr, (op, *inputs)))
        raised = answer.run(lambda op=op, inputs=inputs: outcome(answer.value, op, *inputs), f"local_slopes({shown})")
        answer.require(
            raised == "raised a ValueError",
            f"yours:    {raised}\nexpected: raises a ValueError, since the op is unknown",
        )


def outcome(function: Callable[..., Any], *arguments: Any) -> str:
    """What came of a call, in words."""
    try:
        return f"returned {show(function(*arguments))}"
    except Exception as error:
        kind = "ValueError" if isinstance(error, ValueError) else type(error).__name__
        return f"raised {'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def is_near(got: Any, slopes: tuple[float, ...]) -> str:
    """What to say of slopes that are right in their first digits only."""
    if not isinstance(got, tuple | list) or len(got) != len(slopes):
        return ""
    numbers = [plain_number(one) for one in got]
    if any(one is None or abs(one - right) > 1e-3 for one, right in zip(numbers, slopes, strict=True)):
        return ""
    return "The first digits are right, and the last ones not: write formulas, a nudge gives too few digits."


# 03.2


@exercise("03.2", shows="Multiply along a path, add over paths: that is the whole chain rule for graphs.")
def slope_over_paths(answer: Answer) -> None:
    def require_slope(node: Node, leaf: Node, expected: float, given: str, mistake: str) -> None:
        answer.close(call_on(answer, node, given, leaf), expected, rtol=1e-9, mistake=mistake)

    edges = "Two edges from one parent are two paths."
    add = "Over several paths, the products are added."
    multiply = "There is one path: multiply its local slopes."
    a, b, other = Node(2.0, label="a"), Node(3.0, label="b"), Node(2.0, label="a")
    require_slope(a, a, 1.0, "a, a", "With respect to itself, any number has the slope 1.")
    require_slope(a, b, 0.0, "a, b", "Two leaves have no path between them.")
    require_slope(a * b, a, 3.0, "a * b, a", multiply)
    require_slope(a * b, b, 2.0, "a * b, b", multiply)
    require_slope(
        a * b, other, 0.0, "a * b, another leaf that holds 2", "A leaf is the object itself, whatever it holds."
    )
    require_slope((a * b).tanh(), a, 3 * (1 - math.tanh(6.0) ** 2), "tanh(a * b), a", multiply)
    require_slope(a + a, a, 2.0, "a + a, a", edges)
    require_slope(a * a, a, 4.0, "a * a, a", edges)
    require_slope(a - a, a, 0.0, "a - a, a", edges)
    c = a + b
    d = c * b
    e = c * d
    require_slope(e, b, 55.0, "e, b (the chapter's graph)", add)
    require_slope(e, a, 30.0, "e, a (the chapter's graph)", add)
    require_slope(e, c, 30.0, "e, c, where c is an inner node", "Any node may be asked about: stop there.")
    require_slope(e, d, 5.0, "e, d", "Any node may be asked about: stop there.")
    require_slope(e, e, 1.0, "e, e", "With respect to itself, any number has the slope 1.")
    require_slope(c, e, 0.0, "c, e", "From e no path leads to c: arrows have a direction.")
    cube = a * a * a
    require_slope(cube * cube, a, 6 * 2.0**5, "(a * a * a) * (a * a * a), a", add)
    require_slope((a * b - a * a).tanh(), a, (3 - 4.0) * (1 - math.tanh(2.0) ** 2), "tanh(a * b - a * a), a", add)
    require_slope(ch02.doubled(a, 9), a, 512.0, "a doubled 9 times, a", add)
    require_slope(e, b, 55.0, "e, b, once more", "Something from an earlier call is still added.")


# 03.3


def require_swept(
    answer: Answer,
    order: list[Node],
    expected: dict[str, tuple[Node, float]],
    given: str,
    seed: float = 1.0,
    said: dict[str, str] | None = None,
) -> None:
    """Run the reader's sweep, and require these gradients, by name; `said` is what to say of some that are wrong."""
    order[-1].grad = seed
    before = [{name: held for name, held in vars(node).items() if name != "grad"} for node in order]
    result = answer.call(order, shown=given)
    returned = "" if result is None else f"It returned {kind_of(result)}; gradients are expected in the nodes."
    after = [{name: held for name, held in vars(node).items() if name != "grad"} for node in order]
    answer.require(after == before, "changed something else than grad.")
    for name, (node, slope) in expected.items():
        about = f"{name}.grad after {answer.last_run}"
        answer.close(node.grad, slope, rtol=1e-9, what=about, mistake=(said or {}).get(name, returned))


@exercise(
    "03.3", shows="One pass over the edges, and every node has its gradient: this is back-propagation.", seconds=3
)
def sweep(answer: Answer) -> None:
    a, b = Node(2.0, label="a"), Node(3.0, label="b")
    product = a * b
    passed = {"a": "p, with the gradient 1, passes on 1 * 3.", "b": "p, with the gradient 1, passes on 1 * 2."}
    slopes = {"a": (a, 3), "b": (b, 2), "p": (product, 1)}
    require_swept(answer, [a, b, product], slopes, "[a, b, p], p = a * b", said=passed)
    arrives = {"c": "15 arrives from e, and 15 from d.", "b": "25 arrives from d, and 30 from c."}
    arrives["a"] = "c passes on to a when it has got 15 from e and 15 from d."
    for swapped in (False, True):  # what is wrong is often right for one of the two
        a, b = Node(2.0, label="a"), Node(3.0, label="b")
        c = b + a if swapped else a + b
        d = b * c if swapped else c * b
        e = d * c if swapped else c * d
        slopes = {"e": (e, 1), "d": (d, 5), "c": (c, 30), "b": (b, 55), "a": (a, 30)}
        order = [b, a, c, d, e] if swapped else [a, b, c, d, e]
        given = f"[{', '.join('bacde' if swapped else 'abcde')}], the chapter's graph"
        require_swept(answer, order, slopes, given, said=arrives)
    x = Node(3.0)
    require_swept(
        answer, [x, x * x], {"x": (x, 6)}, "[x, x * x], x=3", said={"x": "3 arrives along each of two edges."}
    )
    x = Node(3.0)
    require_swept(answer, [x, x - x], {"x": (x, 0)}, "[x, x - x], x=3", said={"x": "1 and -1 arrive."})
    x = Node(0.5)
    require_swept(answer, [x, x.tanh()], {"x": (x, 1 / math.cosh(0.5) ** 2)}, "[x, tanh(x)], x=0.5")
    x, y = Node(2.0), Node(4.0)
    started = {"x": "r.grad was set to 2 before, so r passes on 2 * 0.25."}
    slopes = {"x": (x, 0.5), "y": (y, -0.25)}
    require_swept(answer, [x, y, x / y], slopes, "[x, y, r], r = x / y, r.grad = 2", seed=2.0, said=started)
    x, y = Node(2.0), Node(4.0)
    x.grad = 0.5
    kept = {"x": "0.5 stood there before, and 4 arrives."}
    require_swept(answer, [x, y, x * y], {"x": (x, 4.5), "y": (y, 2)}, "[x, y, x * y], x.grad = 0.5", said=kept)
    x, y, other = Node(2.0), Node(-4.0), Node(1.0)
    middle = x * y
    total = middle + x
    slopes = {"x": (x, 48), "y": (y, -28), "another leaf": (other, 0)}
    require_swept(answer, [other, y, x, middle, total, total * middle], slopes, "order of (x * y + x) * (x * y)")
    x, y = Node(3.0), Node(1.0)
    d = y - x
    square = d * d
    root = d - square
    slopes = {"x": (x, -5), "y": (y, 5), "d": (d, 5)}
    require_swept(answer, [x, y, d, square, root], slopes, "[x, y, d, s, r], d = y - x, s = d * d, r = d - s")
    require_swept(answer, [Node(1.0)], {}, "[a leaf alone]")
    nodes = [Node(1.0)]
    for _ in range(60):
        nodes.append(nodes[-1] + nodes[-1])
    require_swept(answer, nodes, {"first": (nodes[0], 2.0**60)}, "60 doublings: 120 edges, 2**60 paths")
    step, nodes = Node(0.5), [Node(1.0)]
    for _ in range(5_000):
        nodes.append(nodes[-1] + step)
    slopes = {"first": (nodes[0], 1), "added": (step, 5_000)}
    require_swept(answer, [step, *nodes], slopes, "a chain of 5,000 additions")


# 03.4


@exercise("03.4", shows="Take the larger in place of adding, and the sweep answers another question.", seconds=4)
def strongest_path(answer: Answer) -> None:
    def require_strength(root: Node, leaf: Node, expected: float, given: str, mistake: str) -> None:
        answer.close(call_on(answer, root, given, leaf), expected, rtol=1e-9, mistake=mistake)

    one = "Of several paths only the strongest counts."
    size = "Compare absolute values: a strong path may have negative slopes."
    weak = "A weak edge may lead to a strong one: the whole product decides."
    a, b, other = Node(2.0, label="a"), Node(3.0, label="b"), Node(2.0, label="a")
    require_strength(a, a, 1.0, "a, a", "The way from a node to itself has no edge; its product is 1.")
    require_strength(a, b, 0.0, "a, b", "Without a path the answer is 0.0.")
    require_strength(a * b, other, 0.0, "a * b, another leaf that holds 2", "A leaf is the object itself.")
    require_strength(a * b, a, 3.0, "a * b, a", "Multiply along the path.")
    require_strength(a + a, a, 1.0, "a + a, a", one)
    c = a + b
    d = c * b
    e = c * d
    require_strength(e, b, 25.0, "e, b (the chapter's graph)", one)
    require_strength(e, a, 15.0, "e, a (the chapter's graph)", one)
    require_strength(e, c, 15.0, "e, c, where c is an inner node", one)
    x = Node(1.0)
    require_strength((x * 10) * (x + 2), x, 30.0, "(x * 10) * (x + 2), x=1, x", weak)
    require_strength((x + 2) * (x * 10), x, 30.0, "(x + 2) * (x * 10), x=1, x", weak)
    complete = "A node may pass on only when all offers to it are in: inputs first, from the end."
    require_strength(c + c * 10, a, 10.0, "c + c * 10, a, where c = a + b", complete)
    require_strength(c * 10 + c, a, 10.0, "c * 10 + c, a, where c = a + b", complete)
    require_strength(c + (c + c * 10), a, 10.0, "c + (c + c * 10), a, where c = a + b", complete)
    require_strength(a * -4 + a, a, 4.0, "a * (-4) + a, a", size)
    require_strength(a * -4 * -4 - a * b, a, 16.0, "a * (-4) * (-4) - a * b, a", size)
    require_strength(a + a * 0.5 * 2.5 * 2.5, a, 3.125, "a + a * 0.5 * 2.5 * 2.5, a", weak)
    require_strength(a * 0.5 + a * 0.5 * 0.5, a, 0.5, "a * 0.5 + a * 0.5 * 0.5, a", "A product below 1 counts too.")
    require_strength(a * 0.0, a, 0.0, "a * 0, a", "A path over an edge of 0 carries nothing.")
    uneven = a
    for _ in range(60):
        uneven = uneven * 0.5 + uneven
    require_strength(uneven, a, 1.0, "x = x * 0.5 + x, 60 times, a: 2**60 paths", "Visit nodes, not paths.")
    require_strength(ch02.doubled(a, 60), a, 1.0, "a doubled 60 times, a: 2**60 paths", "Visit nodes, not paths.")
    require_strength(ch02.chain(a, b, 150), a, 1.0, "a + b + b + … 150 times, a", one)
    require_strength(e, b, 25.0, "e, b, once more", "Something from an earlier call is still there.")
