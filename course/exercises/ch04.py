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
from course.wording import kind_of, show


def chain_of(start: Node, step: Node, length: int) -> Node:
    for _ in range(length):
        start = start + step
    return start


def structure(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """What the nodes hold but for their gradients, so that a change can be noticed."""
    return [{name: held for name, held in vars(node).items() if name != "grad"} for node in nodes]


class Counting(Node):
    """Counts comparisons: a search in a list compares with `==` one node after the other, a set looks where it is."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counting.comparisons += 1
        return self is other

    __hash__ = Node.__hash__


def counted_chain(length: int) -> Node:
    """A chain of additions, each of a leaf of its own, so that every list of nodes that is searched grows long."""
    total: Node = Counting(0.0)
    for _ in range(length):
        total = total + Counting(1.0)
    Counting.comparisons = 0
    return total


PER_NODE = 10  # comparisons for each node; a set or a dictionary needs fewer than one


def require_few_comparisons(answer: Answer, nodes: int) -> None:
    slow = f"{Counting.comparisons:,} comparisons for {nodes:,} nodes; {PER_NODE} for each are allowed."
    answer.require(Counting.comparisons <= PER_NODE * nodes, slow)


# 04.1


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
    straight = sorted(deep, key=lambda node: (bool(node.parents), node.data))  # leaves, then as they were added
    Counting.comparisons = 0
    require_verdict(straight, True, "a chain of 2,000 additions", fine)
    require_few_comparisons(answer, len(straight))
    swapped = [*straight[:-2], straight[-1], straight[-2]]
    require_verdict(swapped, False, "the same chain, its last two nodes swapped", late)
    rng = random.Random(4)
    for _ in range(20):
        nodes = rng.sample([a, b, c, d, e], 5)
        require_verdict(nodes, in_order(nodes), show([node.label or "?" for node in nodes]), late)


def in_order(nodes: Sequence[Node]) -> bool:
    place = {node: position for position, node in enumerate(nodes)}
    edges = [(parent, node) for node in nodes for parent in node.parents]
    return len(place) == len(nodes) and all(place.get(parent, len(nodes)) < place[node] for parent, node in edges)


# 04.2


@exercise("04.2", shows="Any depth, each node once: a backward pass walks this list from its end.", seconds=6)
def depth_first(answer: Answer) -> None:
    def require_order(root: Node, given: str) -> None:
        nodes = all_nodes(root)
        before = [dict(vars(node)) for node in nodes]
        got = answer.call(root, shown=given)
        answer.require(type(got) in (list, tuple), f"yours:    {kind_of(got)}\nexpected: a list of nodes")
        answer.require([vars(node) for node in nodes] == before, "changed the graph.")
        require_same_nodes(answer, got, nodes)
        place = {id(node): position for position, node in enumerate(got)}
        for node in got:
            for parent in node.parents:
                if place[id(parent)] > place[id(node)]:
                    late = f"{described(node)} stands before {described(parent)}, one of its parents."
                    answer.require(False, late)
        answer.require(got[-1] is root, "the last node is not the root.")

    a, b = Node(2.0, label="a"), Node(3.0, label="b")
    require_order(a, "a, a leaf")
    require_order(a * b, "a * b")
    require_order(a + a, "a + a")
    for swapped in (False, True):  # a walk that is wrong is often right for one of the two
        c = b + a if swapped else a + b
        d = b * c if swapped else c * b
        e = d * c if swapped else c * d
        c.label, d.label, e.label = "c", "d", "e"
        require_order(e, "e, where e = d * c, d = b * c, c = b + a" if swapped else "e, the chapter's graph")
    twin = Node(2.0, label="another a")
    require_order((a + twin) * (twin + a), "(a + x) * (x + a), two leaves that hold 2")
    require_order(a * b + a * b, "a * b + a * b")
    require_order((a * b).tanh() - a, "tanh(a * b) - a")
    require_order((a + b) * chain_of(a, b, 3), "(a + b) * (a + b + b + b)")
    require_order(chain_of(a, b, 3) * (a + b), "(a + b + b + b) * (a + b)")
    rng = random.Random(0)
    for size in (6, 12, 30):
        nodes = [Node(1.0, label=f"leaf {i}") for i in range(3)]
        while len(nodes) < size:
            nodes.append(rng.choice(nodes) + rng.choice(nodes[-3:]))
        require_order(nodes[-1], f"a graph of {len(all_nodes(nodes[-1]))} nodes, drawn at random")
    require_order(ch02.doubled(a, 60), "60 doublings of a")
    answer.call(counted_chain(1_000), shown="a chain of 1,000 additions")
    require_few_comparisons(answer, 2_001)
    require_order(chain_of(a, b, 30_000), "a chain of 30,000 additions")  # longer ones only take longer
    require_order(c, "c, a node inside a graph that was walked before")


def require_same_nodes(answer: Answer, got: Sequence[Any], nodes: Sequence[Node]) -> None:
    """Require that a list holds each of some nodes once, and nothing else."""
    wanted = {id(node): node for node in nodes}
    strange = next((item for item in got if id(item) not in wanted), None)
    if strange is not None:
        answer.require(False, f"{kind_of(strange)} is in your list, which is no node of this graph.")
    counts: dict[int, int] = {}
    for node in got:
        counts[id(node)] = counts.get(id(node), 0) + 1
    missing = [node for node in nodes if id(node) not in counts]
    if missing:
        kind = "leaf" if not missing[0].parents else "root" if missing[0] is nodes[0] else "inner node"
        many = f"{len(missing):,} of {len(nodes):,} nodes are missing, among them "
        answer.require(False, f"{many}the {kind} {described(missing[0])}.")
    double = next((node for node in nodes if counts[id(node)] > 1), None)
    if double is not None:
        answer.require(False, f"{described(double)} is in your list {counts[id(double)]} times.")


def described(node: Node) -> str:
    return node.label or f"the {node.op or 'leaf'} node that holds {show(node.data)}"


# 04.3


@exercise("04.3", shows="Inner nodes forget, leaves remember: any number of losses may share a graph.", seconds=8)
def backward(answer: Answer) -> None:
    def run(root: Node, given: str) -> None:
        nodes = all_nodes(root)
        before = structure(nodes)
        result = answer.call(root, shown=given)
        answer.require(result is None, f"yours:    {show(result)}\nexpected: None; gradients stand in the nodes")
        answer.require(structure(nodes) == before, "changed something else than grad.")

    def require_grad(node: Node, expected: float, name: str, mistake: str) -> None:
        answer.close(node.grad, expected, rtol=1e-9, what=f"{name}.grad after {answer.last_run}", mistake=mistake)

    complete = "A node passes on once it is complete: inputs first, walked from the end."
    shares = {
        "e": "The root's slope with respect to itself is 1, and it is still there after the pass.",
        "d": "e gives d 1 * 5.",
        "c": "c gets 1 * 15 from e and 5 * 3 from d, and they add up.",
        "b": "b gets 30 * 1 from c and 5 * 5 from d, and they add up.",
        "a": "c gives a 30 * 1.",
    }
    for swapped in (True, False):  # an order that is wrong is often right for one of the two
        a, b = Node(2.0), Node(3.0)
        c = b + a if swapped else a + b
        d = b * c if swapped else c * b
        e = d * c if swapped else c * d
        run(e, "e = d * c, d = b * c, c = b + a" if swapped else "e (the chapter's graph)")
        for name, node, expected in (("e", e, 1), ("d", d, 5), ("c", c, 30), ("b", b, 55), ("a", a, 30)):
            require_grad(node, expected, name, shares[name])
    run(e, "e, a second time")
    reset = "Inner nodes start each pass at 0, the root too."
    keep = "A leaf keeps what it holds, and its slope is added."
    for name, node, expected in (("e", e, 1), ("d", d, 5), ("c", c, 30)):
        require_grad(node, expected, name, reset)
    require_grad(b, 110, "b", keep)
    require_grad(a, 60, "a", keep)
    run(d, "d, a node inside that graph")
    require_grad(d, 1, "d", reset)
    require_grad(c, 3, "c", reset)
    require_grad(b, 110 + 8, "b", keep)
    require_grad(a, 60 + 3, "a", keep)
    require_grad(e, 1, "e", "d does not depend on e, so e is not touched.")

    half = Node(0.5)
    edges = "Three edges lead to x, and each brings a share of 0.25."
    run(half * half * half, "x * x * x, x=0.5")
    require_grad(half, 0.75, "x", edges)
    half = Node(-0.5)
    run(half * (half * half), "x * (x * x), x=-0.5")
    require_grad(half, 0.75, "x", edges)
    one = Node(1.0)
    double = one + one
    quadruple = double + double
    run(quadruple, "c, where a = 1; b = a + a; c = b + b")
    require_grad(one, 4, "a", "b is complete at 2, and gives that to a over each of two edges.")
    run(one, "a, a leaf that holds gradient 4")
    require_grad(one, 5, "a", "A leaf's slope with respect to itself is 1, and leaves accumulate.")

    zero, other = Node(0.0), Node(5.0)
    zero.grad, other.grad = 7.0, -2.0
    run(zero * other, "x * y, x=0, y=5, where x.grad is 7 and y.grad -2 before")
    require_grad(zero, 12, "x", keep)
    require_grad(other, -2, "y", "The slope with respect to y is 0 here. " + keep)
    flat = other * Node(0.0)
    run(flat + zero, "y * 0 + x, where x.grad is 12 and y.grad -2 before")
    require_grad(zero, 13, "x", keep)
    require_grad(other, -2, "y", "The slope with respect to y is 0 here. " + keep)

    x, three = Node(2.0), Node(3.0)
    trunk = x * x
    first, second = trunk * three, trunk + x
    x.grad = 0.5
    run(first, "first = trunk * 3, trunk = x * x, x.grad 0.5")
    require_grad(x, 12.5, "x", keep)
    run(second, "second = trunk + x, on the same trunk")
    require_grad(x, 17.5, "x", keep)
    require_grad(trunk, 1, "trunk", reset)
    require_grad(three, 4, "the leaf 3", "second does not depend on it, so it is not touched.")
    require_grad(first, 1, "first", "second does not depend on it, so it is not touched.")

    start = Node(1.0)
    run(ch02.doubled(start, 60), "60 doublings")
    require_grad(start, 2.0**60, "first", complete)
    run(counted_chain(1_000), "a chain of 1,000 additions")
    require_few_comparisons(answer, 2_001)
    start, step = Node(1.0), Node(1.0)
    run(chain_of(start, step, 5000), "a chain of 5,000 additions")
    require_grad(start, 1, "start", complete)
    require_grad(step, 5000, "the added one", "Both edges of every addition count.")
    leaves = [Node(1.0) for _ in range(12_500)]
    run(added_in_pairs(leaves), "a sum of 12,500 leaves, added in pairs, and pairs of pairs")
    require_grad(leaves[0], 1, "the first leaf", complete)
    require_grad(leaves[-1], 1, "the last leaf", complete)


def added_in_pairs(nodes: Sequence[Node]) -> Node:
    """A sum that is wide and not deep."""
    while len(nodes) > 1:
        pairs = [left + right for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
        nodes = pairs + ([nodes[-1]] if len(nodes) % 2 else [])
    return nodes[0]


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
    require_slopes(ch02.doubled(a, 60) + b, [a], [2.0**60], "x + b, [a], where x is a doubled 60 times", right)
    require_slopes(chain_of(a, b, 5000), [a, b], [1, 5000], "a + b + b + … 5,000 times, [a, b]", right)
    require_slopes(e, [a, b], [30, 55], "e, [a, b], once more", "Something from an earlier call is still there.")


def on_the_way(root: Node, wanted: list[Watched]) -> set[Node]:
    """The nodes from which a path of at least one edge leads down to a wanted one."""
    found: set[Node] = set()
    for node in topological_order(root):
        if any(parent in found or parent in wanted for parent in node.parents):
            found.add(node)
    return found
