"""Chapter 03, the chain rule: what the exercises ask.

Graphs are made of `Node`, which holds what the chapter's `Value` holds. Expected slopes are written as formulas of
calculus, or counted, and do not come from an engine.
"""

import math

from course.exercises import ch02
from course.exercises.ch02 import call_on
from course.mine import scalar_engine
from course.specification import Answer, exercise


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


@exercise("03.1", shows="Four operations, eight numbers: these are the edges of every graph of arithmetic.")
def local_slopes(answer: Answer) -> None:
    mistakes = {
        "+": "Either input moves a sum one for one.",
        "-": "A larger b makes a - b smaller.",
        "*": "Each factor is scaled by the other one.",
        "/": "Held still, b makes a / b a multiple of a; held still, a makes it a multiple of 1 / b.",
    }
    for a, b in ((2.0, 4.0), (3.0, -2.0), (-1.5, 0.5), (0.0, 7.0), (5.0, 5.0), (-4.0, -0.25)):
        expected = {"+": (1, 1), "-": (1, -1), "*": (b, a), "/": (1 / b, -a / (b * b))}
        for op, slopes in expected.items():
            got = answer.call(op, a, b)
            nudged = (
                isinstance(got, tuple | list)
                and len(got) == 2
                and all(
                    isinstance(one, float) and math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-3)
                    for one, other in zip(got, slopes, strict=True)
                )
            )
            answer.close(got, slopes, mistake="That looks like nudging. Write formulas." if nudged else mistakes[op])


# 03.2


@exercise("03.2", shows="Multiply along a path, add over paths: that is the whole chain rule for graphs.")
def slope_over_paths(answer: Answer) -> None:
    def require_slope(node: Node, leaf: Node, expected: float, given: str, mistake: str) -> None:
        answer.close(call_on(answer, node, given, leaf), expected, rtol=1e-9, mistake=mistake)

    edges = "Two edges from one parent are two paths."
    add = "Over several paths, the products are added."
    multiply = "One path: multiply its local slopes. (Is a total added to with +=, and returned after the loop?)"
    a, b, other = Node(2.0, label="a"), Node(3.0, label="b"), Node(2.0, label="a")
    require_slope(a, a, 1.0, "a, a", "With respect to itself, any number has the slope 1.")
    require_slope(a, b, 0.0, "a, b", "Two leaves have no path between them.")
    require_slope(a * b, a, 3.0, "a * b, a", multiply)
    require_slope(a * b, b, 2.0, "a * b, b", multiply)
    require_slope(a * b, other, 0.0, "a * b, another leaf that holds 2", "A leaf is the object itself: use `is`.")
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


@exercise("03.3", shows="Four local slopes and one sweep: no run but the first was needed.")
def neuron_gradients(answer: Answer) -> None:
    cases = [(0.5, -1.0, 0.2, 1.0), (2.0, 0.3, -0.1, -1.0), (0.0, 4.0, 0.7, 0.0), (-1.5, 0.0, -0.4, 0.5)]
    cases += [(1.0, 1.0, 0.5, 0.25), (-0.7, -0.9, 1.1, 2.0)]
    for x, w, b, target in cases:
        out = math.tanh(x * w + b)
        # With respect to x*w + b; 1/cosh**2 is tanh's slope, written another way.
        slope = 2 * (out - target) / math.cosh(x * w + b) ** 2
        got = answer.call(x, w, b, target, shown=f"x={x}, w={w}, b={b}, target={target}")
        answer.close(
            got, (slope * w, slope * x, slope), rtol=1e-10, atol=1e-12, mistake=neuron_mistake(got, x, w, slope)
        )


def neuron_mistake(got: object, x: float, w: float, slope: float) -> str:
    if not (isinstance(got, tuple | list) and len(got) == 3 and all(isinstance(g, int | float) for g in got)):
        return ""

    def is_nearly(numbers: tuple[float, ...], tolerance: float = 1e-9) -> bool:
        return all(math.isclose(g, n, rel_tol=tolerance, abs_tol=tolerance) for g, n in zip(got, numbers, strict=True))

    right = (slope * w, slope * x, slope)
    if is_nearly(right, 1e-4):
        return "That looks like nudging: multiply local slopes instead."
    if is_nearly((slope * x, slope * w, slope)):
        return "x and w have changed places: a product swaps, and the order asked for is x, w, b."
    if is_nearly(tuple(number / 2 for number in right)):
        return "The slope of a square z**2 is 2 * z."
    if is_nearly(tuple(-number for number in right)):
        return "The sign is turned: the slope of (out - target)**2 with respect to out is 2 * (out - target)."
    if is_nearly((*right[:2], got[2])):
        return "x and w are right. A sum hands its gradient on to b unchanged."
    return "Check the steps one by one, from the loss: (out - target)**2, then tanh, then the sum, then the product."


# 03.4


@exercise("03.4", shows="Take the larger in place of adding, and the sweep answers another question.", seconds=4)
def strongest_path(answer: Answer) -> None:
    def require_strength(root: Node, leaf: Node, expected: float, given: str, mistake: str) -> None:
        answer.close(call_on(answer, root, given, leaf), expected, rtol=1e-9, mistake=mistake)

    one = "Of several paths only the strongest counts; a node passes on what it has when all its offers are in."
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
    ten = Node(10.0)
    complete = "A node may pass on only when all offers to it are in: topological order, from its end."
    require_strength(c + c * ten, a, 10.0, "c + c * 10, a, where c = a + b", complete)
    require_strength(c * ten + c, a, 10.0, "c * 10 + c, a, where c = a + b", complete)
    require_strength(c + (c + c * ten), a, 10.0, "c + (c + c * 10), a, where c = a + b", complete)
    minus = Node(-4.0)
    require_strength(a * minus + a, a, 4.0, "a * (-4) + a, a", size)
    require_strength(a * minus * minus - a * b, a, 16.0, "a * (-4) * (-4) - a * b, a", size)
    half, strong = Node(0.5), Node(2.5)
    require_strength(a + a * half * strong * strong, a, 3.125, "a + a * 0.5 * 2.5 * 2.5, a", weak)
    require_strength(a * half + a * half * half, a, 0.5, "a * 0.5 + a * 0.5 * 0.5, a", "A product below 1 counts too.")
    require_strength(a * Node(0.0), a, 0.0, "a * 0, a", "A path over an edge of 0 carries nothing.")
    uneven = a
    for _ in range(60):
        uneven = uneven * Node(0.5) + uneven
    require_strength(uneven, a, 1.0, "x * 0.5 + x, 60 times, a: 2**60 paths", "Visit nodes, not paths.")
    require_strength(ch02.doubled(a, 60), a, 1.0, "a doubled 60 times, a: 2**60 paths", "Visit nodes, not paths.")
    chain = a
    for _ in range(5000):
        chain = chain + b
    require_strength(chain, a, 1.0, "a + b + b + … 5,000 times, a", "Use topological_order: it has no limit on depth.")
    require_strength(e, b, 25.0, "e, b, once more", "Something from an earlier call is still there.")
