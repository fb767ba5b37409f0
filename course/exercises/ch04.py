"""Chapter 04, backward: what the exercises ask.

Graphs are made of chapter 03's `Node`. Expected gradients are counted or written as formulas of calculus.
"""

import random
from collections.abc import Sequence
from typing import Any

from autograd.graph import topological_order
from course.exercises import ch02
from course.exercises.ch02 import all_nodes
from course.exercises.ch03 import Node
from course.specification import Answer, exercise
from course.wording import show


def chain_of(start: Node, step: Node, length: int) -> Node:
    for _ in range(length):
        start = start + step
    return start


def structure(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """What the nodes hold but for their gradients, so that a change can be noticed."""
    return [{name: held for name, held in vars(node).items() if name != "grad"} for node in nodes]


# 04.1


class Counting(Node):
    """Counts comparisons: a search in a list compares with `==` one node after the other, a set looks where it is."""

    comparisons = 0

    def __add__(self, other: Node) -> "Counting":
        return Counting(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __eq__(self, other: object) -> bool:
        Counting.comparisons += 1
        return self is other

    __hash__ = Node.__hash__


@exercise("04.1", shows="Each node after its parents, each once: from the end, every gradient is complete.", seconds=3)
def order(answer: Answer) -> None:
    def require_verdict(nodes: list[Node], expected: bool, given: str, mistake: str) -> None:
        answer.close(answer.call(nodes, shown=given), expected, mistake=mistake)

    a, b = Node(2.0, label="a"), Node(3.0, label="b")
    c = a + b
    d = c * b
    e = c * d
    late = "Here a node stands before one of its parents."
    fine = "Here every node stands after its parents: any such order is right."
    twice = "A node that stands in the list twice passes its gradient on twice."
    missing = "A parent that is not in the list cannot pass on its share; leaves are asked for too."
    require_verdict([a, b, c, d, e], True, "[a, b, c, d, e]", fine)
    require_verdict([b, a, c, d, e], True, "[b, a, c, d, e]", fine)
    require_verdict([a, b, d, c, e], False, "[a, b, d, c, e]", late)
    require_verdict([e, d, c, b, a], False, "[e, d, c, b, a]", late)
    require_verdict([a, c, b, d, e], False, "[a, c, b, d, e]", late)
    require_verdict([a, b, c, d, e, c], False, "[a, b, c, d, e, c]", twice)
    require_verdict([a, b, b, c, d, e], False, "[a, b, b, c, d, e]", twice)
    require_verdict([b, c, d, e], False, "[b, c, d, e], where a is a parent of c", missing)
    require_verdict([c, d, e], False, "[c, d, e]", missing)
    product = a * b
    require_verdict([a, b, c, product], True, "[a, b, a + b, a * b], two roots", fine)
    require_verdict([a, product, b, c], False, "[a, a * b, b, a + b]", late)
    require_verdict([a, b], True, "[a, b], two leaves", fine)
    require_verdict([a], True, "[a], a leaf alone", fine)
    require_verdict([], True, "[], an empty list", "There is nothing that could be wrong.")
    double = a + a
    require_verdict([a, double], True, "[a, a + a]", fine)
    require_verdict([double, a], False, "[a + a, a]", late)
    twin = Node(2.0, label="a")
    require_verdict([twin, b, c], False, "[another leaf 2.0, b, a + b]", "A node is the object itself.")
    require_verdict([a, twin, a + twin], True, "[a, another leaf 2.0, their sum]", "A node is the object itself.")
    short, long = a + b, chain_of(a, b, 3)
    nodes = all_nodes(short * long)[::-1]
    require_verdict(nodes, in_order(nodes), "a short path and a long one, level by level", late)
    deep = all_nodes(chain_of(Counting(1.0), Counting(1.0), 2_000))
    nodes = [deep[2], deep[-1], *reversed(deep[3:-1]), deep[1], deep[0]]
    expected, Counting.comparisons = in_order(nodes), 0
    require_verdict(nodes, expected, "a chain of 2,000 additions", late)
    slow = f"{Counting.comparisons:,} comparisons for {len(nodes):,} nodes: ask a set, a list is slow to search."
    answer.require(Counting.comparisons <= 10 * len(nodes), slow)
    rng = random.Random(4)
    for _ in range(20):
        nodes = rng.sample([a, b, c, d, e], 5)
        require_verdict(nodes, in_order(nodes), show([node.label or "?" for node in nodes]), late)


def in_order(nodes: list[Node]) -> bool:
    place = {node: position for position, node in enumerate(nodes)}
    edges = [(parent, node) for node in nodes for parent in node.parents]
    return len(place) == len(nodes) and all(place.get(parent, len(nodes)) < place[node] for parent, node in edges)


# 04.2


@exercise("04.2", shows="Every node once, at any depth: the same walk finds the order of a backward pass.", seconds=3)
def zero_grad(answer: Answer) -> None:
    def require_zeros(root: Node, given: str, grads: Sequence[float] = ()) -> None:
        nodes = all_nodes(root)
        for position, node in enumerate(nodes):
            node.grad = grads[position % len(grads)] if grads else 1.0 + position
        before = structure(nodes)
        result = answer.call(root, shown=given)
        answer.require(result is None, f"yours:    {show(result)}\nexpected: None; the work is done in the nodes")
        left = [node for node in nodes if not node.grad == 0]  # nan too
        if left:
            kind = "the root" if root in left else "a leaf" if not left[0].parents else "an inner node"
            answer.require(False, f"{len(left)} of {len(nodes)} nodes still hold a gradient, among them {kind}.")
        answer.require(all(type(node.grad) in (float, int) for node in nodes), "grad should be the number 0.0.")
        answer.require(structure(nodes) == before, "changed something else than grad.")

    a, b = Node(2.0), Node(3.0)
    require_zeros(a, "a leaf")
    require_zeros(a + b, "a + b")
    require_zeros((a + b) * ((a + b).tanh() * b), "(a + b) * (tanh(a + b) * b)")
    require_zeros(a * a + a, "a * a + a")
    require_zeros(Node(1.0) * Node(1.0), "x * y, both 1.0")
    require_zeros((a * a) * Node(0.0), "a * a * 0, where a * a has gradient 0 and a has not", [1.0, 0.0, 2.0, 3.0])
    require_zeros(a * b + a, "a * b + a, with gradients inf and nan", [float("inf"), float("nan"), 1.0])
    require_zeros(ch02.doubled(a, 60), "a ladder of 60 rungs")
    require_zeros(chain_of(a, b, 20_000), "a chain of 20,000 additions")
    require_zeros(a + b, "a + b, once more")


# 04.3


@exercise("04.3", shows="Inner nodes forget, leaves remember: any number of losses may share a graph.", seconds=4)
def backward(answer: Answer) -> None:
    def run(root: Node, given: str) -> None:
        nodes = all_nodes(root)
        before = structure(nodes)
        result = answer.call(root, shown=given)
        answer.require(result is None, f"yours:    {show(result)}\nexpected: None; gradients stand in the nodes")
        answer.require(structure(nodes) == before, "changed something else than grad.")

    def require_grad(node: Node, expected: float, name: str, mistake: str) -> None:
        answer.close(node.grad, expected, rtol=1e-9, what=f"{name}.grad after {answer.last_run}", mistake=mistake)

    complete = "A node passes on once it is complete: topological order, from its end."
    own = "The root's slope with respect to itself is 1, and it is still there after the pass."
    for swapped in (True, False):  # an order that is wrong is often right for one of the two
        a, b = Node(2.0), Node(3.0)
        c = b + a if swapped else a + b
        d = b * c if swapped else c * b
        e = d * c if swapped else c * d
        run(e, "e = d * c, d = b * c, c = b + a" if swapped else "e (the chapter's graph)")
        for name, node, expected in (("e", e, 1), ("d", d, 5), ("c", c, 30), ("b", b, 55), ("a", a, 30)):
            require_grad(node, expected, name, own if node is e else complete)
    run(e, "e, a second time")
    reset = "Inner nodes start each pass at 0, the root too."
    keep = "Leaves keep what they have and add to it."
    for name, node, expected in (("e", e, 1), ("d", d, 5), ("c", c, 30)):
        require_grad(node, expected, name, reset)
    require_grad(b, 110, "b", keep)
    require_grad(a, 60, "a", keep)
    run(d, "d, a node inside that graph")
    require_grad(d, 1, "d", reset)
    require_grad(c, 3, "c", reset)
    require_grad(b, 110 + 8, "b", keep)
    require_grad(a, 60 + 3, "a", keep)

    half = Node(0.5)
    run(half * half * half, "x * x * x, x=0.5")
    require_grad(half, 0.75, "x", complete)
    half = Node(-0.5)
    run(half * (half * half), "x * (x * x), x=-0.5")
    require_grad(half, 0.75, "x", complete)
    one = Node(1.0)
    double = one + one
    quadruple = double + double
    run(quadruple, "c, where a = 1; b = a + a; c = b + b")
    require_grad(one, 4, "a", complete)
    run(one, "a, a leaf that holds gradient 4")
    require_grad(one, 5, "a", "A leaf's slope with respect to itself is 1, and leaves accumulate.")

    x = Node(2.0)
    trunk = x * x
    first, second = trunk * Node(3.0), trunk + x
    x.grad = 0.5
    run(first, "first = trunk * 3, trunk = x * x, x.grad 0.5")
    require_grad(x, 12.5, "x", keep)
    run(second, "second = trunk + x, on the same trunk")
    require_grad(x, 17.5, "x", keep)
    require_grad(trunk, 1, "trunk", reset)

    start = Node(1.0)
    run(ch02.doubled(start, 60), "a ladder of 60 rungs")
    require_grad(start, 2.0**60, "first", complete)
    start, step = Node(1.0), Node(1.0)
    run(chain_of(start, step, 5000), "a chain of 5,000 additions")
    require_grad(start, 1, "start", complete)
    require_grad(step, 5000, "the added one", "Both edges of every addition count.")


# 04.4


class Watched(Node):
    """A node that notes when its local gradients are read."""

    readers: list["Watched"] = []

    def __init__(self, *fields: Any, **named: Any) -> None:
        self._slopes: tuple[float, ...] = ()
        super().__init__(*fields, **named)

    @property
    def local_gradients(self) -> tuple[float, ...]:
        Watched.readers.append(self)
        return self._slopes

    @local_gradients.setter
    def local_gradients(self, slopes: tuple[float, ...]) -> None:
        self._slopes = slopes

    def _made(self, data: float, parents: tuple[Node, ...], op: str, slopes: tuple[float, ...]) -> "Watched":
        return Watched(data, parents, op, slopes)

    def __add__(self, other: Node) -> "Watched":
        return self._made(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __mul__(self, other: Node) -> "Watched":
        return self._made(self.data * other.data, (self, other), "*", (other.data, self.data))


@exercise("04.4", shows="Work goes only where the answer lies: frozen layers cost nothing.", seconds=4)
def slopes(answer: Answer) -> None:
    def require_slopes(root: Watched, wanted: list[Watched], expected: list[float], given: str, mistake: str) -> None:
        nodes = all_nodes(root, *wanted)
        for node in nodes:
            node.grad = 7.0
        before = [dict(vars(node)) for node in nodes]
        Watched.readers.clear()
        got = answer.call(root, wanted, shown=given)
        read = set(Watched.readers)
        answer.close(got, expected, rtol=1e-9, mistake=mistake)
        answer.require([vars(node) for node in nodes] == before, "changed the graph. Keep gradients in a dictionary.")
        needless = read - on_the_way(root, wanted)
        answer.require(
            not needless,
            f"local_gradients were read where no parent leads to a wanted node, as at the node that holds "
            f"{show(next(iter(needless)).data) if needless else ''}.",
        )

    right = "Multiply along a path, add over paths."
    a, b, other = Watched(2.0), Watched(3.0), Watched(5.0)
    c = a + b
    d = c * b
    e = c * d
    require_slopes(e, [a, b], [30, 55], "e, [a, b]", "The slopes come in the order asked for. " + right)
    require_slopes(d * c, [a, b], [30, 55], "d * c, [a, b]", right)
    require_slopes(e, [b, a], [55, 30], "e, [b, a]", "The slopes come in the order that was asked for.")
    require_slopes(e, [c, b, d], [30, 55, 5], "e, [c, b, d]", "Wanted nodes may be inner nodes, and pass on too.")
    require_slopes(e, [c], [30], "e, [c], an inner node", "Wanted nodes may be inner nodes.")
    require_slopes(e, [d], [5], "e, [d], an inner node", "Wanted nodes may be inner nodes.")
    require_slopes(e, [e], [1], "e, [e]", "The slope of the root with respect to itself is 1.")
    require_slopes(e, [other, a], [0, 30], "e, [a leaf that e does not use, a]", "Without a path the slope is 0.0.")
    require_slopes(c, [e], [0], "c, [e]", "From e no path leads up to c.")
    require_slopes(e, [a, a], [30, 30], "e, [a, a]", "The same node may be asked for twice.")
    require_slopes(e, [], [], "e, [] (nothing wanted)", "Nothing asked for, nothing to give.")
    require_slopes(a, [a, b], [1, 0], "a, [a, b], where a is a leaf", right)
    require_slopes(a * a, [a], [4], "a * a, [a]", "Two edges from one parent are two paths.")
    frozen = a
    for _ in range(1000):
        frozen = frozen * Watched(1.001)
    require_slopes(frozen * b, [b], [frozen.data], "frozen * w, [w], frozen: 1,000 products", right)
    require_slopes(ch02.doubled(a, 60) + b, [a], [2.0**60], "a ladder of 60 rungs + b, [a]", right)
    require_slopes(chain_of(a, b, 5000), [a, b], [1, 5000], "a + b + b + … 5,000 times, [a, b]", right)
    require_slopes(e, [a, b], [30, 55], "e, [a, b], once more", "Something from an earlier call is still there.")


def on_the_way(root: Node, wanted: list[Watched]) -> set[Node]:
    """The nodes from which a path of at least one edge leads down to a wanted one."""
    found: set[Node] = set()
    for node in topological_order(root):
        if any(parent in found or parent in wanted for parent in node.parents):
            found.add(node)
    return found
