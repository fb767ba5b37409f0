"""Chapter 02, expression graphs: what the exercises ask.

Graphs are made of `Node`, which holds what the chapter's `Value` holds. Every function is called on graphs whose
nodes are shared, repeated, alone, deep, or alike without being the same, and has to leave them as they were.
"""

import operator
import random
from collections.abc import Callable
from typing import Any

from course.specification import Answer, NotAttempted, NotYet, exercise
from course.wording import has_data, kind_of, show


class Node:
    """A number with its parents, operation and label; plain numbers beside an operator become leaves."""

    def __init__(self, data: float, parents: tuple["Node", ...] = (), op: str = "", *, label: str = "") -> None:
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def __repr__(self) -> str:
        return f"Value({self.data})"

    def wrap(self, number: Any) -> "Node":
        """A node as it is, a plain number as a new leaf of this class."""
        return number if isinstance(number, Node) else type(self)(number)

    def joined(self, other: Any, op: str, compute: Callable[[float, float], float]) -> "Node":
        """A new node of this class: this one and another one, in this order."""
        other = self.wrap(other)
        return type(self)(compute(self.data, other.data), (self, other), op)

    def __add__(self, other: Any) -> "Node":
        return self.joined(other, "+", operator.add)

    def __sub__(self, other: Any) -> "Node":
        return self.joined(other, "-", operator.sub)

    def __mul__(self, other: Any) -> "Node":
        return self.joined(other, "*", operator.mul)

    def __truediv__(self, other: Any) -> "Node":
        return self.joined(other, "/", operator.truediv)

    def __radd__(self, other: Any) -> "Node":
        return self.wrap(other) + self

    def __rsub__(self, other: Any) -> "Node":
        return self.wrap(other) - self

    def __rmul__(self, other: Any) -> "Node":
        return self.wrap(other) * self

    def __rtruediv__(self, other: Any) -> "Node":
        return self.wrap(other) / self

    def __neg__(self) -> "Node":
        return type(self)(-self.data, (self,), "neg")


def leaves(**numbers: float) -> list[Node]:
    """Return one labelled leaf for each name."""
    return [Node(number, label=name) for name, number in numbers.items()]


def doubled(node: Node, times: int) -> Node:
    for _ in range(times):
        node = node + node
    return node


def all_nodes(*roots: Node) -> list[Node]:
    """Every node of some graphs, each once."""
    nodes, seen = list(dict.fromkeys(roots)), set(roots)
    for node in nodes:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    return nodes


def call_on(answer: Answer, root: Node, shown: str, *more: Any) -> Any:
    """Call the reader's function on a graph, which it must leave as it is."""
    nodes = all_nodes(root)
    before = [dict(vars(node)) for node in nodes]
    result = answer.call(root, *more, shown=shown)
    same = [vars(node) for node in nodes] == before
    answer.require(same, "changed the graph. Keep what you note down in lists and dictionaries of your own.")
    return result


# 02.1


FIELDS = ["data", "parents", "op", "label"]


def require_node(
    answer: Answer, make: Callable[[], Any], shown: str, op: str, data: float, operands: tuple[Any, ...]
) -> None:
    """Require one new node; `operands` are nodes that must be its parents themselves, or plain numbers."""
    kind, result = answer.value, answer.run(make, shown)
    if not isinstance(result, kind):
        raise unlike("", f"a {type(result).__name__}" if has_data(result) else kind_of(result), f"a {kind.__name__}")
    attributes = sorted(getattr(result, "__dict__", {}), key=lambda name: FIELDS.index(name) if name in FIELDS else 4)
    if attributes != FIELDS:
        raise unlike(f"({shown})", f"has the attributes {', '.join(attributes)}", f"has {', '.join(FIELDS)}")
    turned = "The sign is turned: which of the two stands on the left, and which is self?" if op == "-" else ""
    answer.close(result.data, data, what=f"({shown}).data", mistake=turned if result.data == -data != 0 else "")
    other = "Change the sign of the number itself, not by another operation." if op == "neg" else ""
    answer.close(result.op, op, what=f"({shown}).op", mistake=other if result.op in ("*", "-") else "")
    got, count = result.parents, "1 item, the operand" if len(operands) == 1 else "2 items, the operands"
    if type(got) is not tuple or len(got) != len(operands):
        found = f"a {type(got).__name__}" if has_data(got) else kind_of(got)
        raise unlike(f"({shown}).parents", found, f"a tuple of {count}")
    sides = ("the parent",) if len(operands) == 1 else ("the left parent", "the right parent")
    for side, one, wanted in zip(sides, got, operands, strict=True):
        about = f"{side} of {shown}"
        found = f"a {type(one).__name__} that holds {show(one.data)}" if has_data(one) else kind_of(one)
        if isinstance(wanted, kind):
            if one is not wanted:
                turned = "; the order is as written" if any(one is other for other in operands) else ""
                raise unlike(about, found, f"the operand itself, which holds {show(wanted.data)}{turned}")
        else:
            if not isinstance(one, kind) or one.parents or one.op:
                extra = ", with parents or an op" if has_data(one) else ""
                raise unlike(about, found + extra, f"a leaf that holds {show(wanted)}, made by wrap")
            answer.close(one.data, wanted, what=about, mistake="The order is as written.")


def unlike(about: str, yours: str, expected: str) -> NotYet:
    return NotYet(f"yours:    {yours}\nexpected: {expected}", about)


@exercise(
    "02.1", shows="Every operation on numbers of this class now leaves a node behind, with its operands in order."
)
def operators(answer: Answer) -> None:
    kind = answer.value
    answer.require(isinstance(kind, type), f"yours:    {show(kind)}\nexpected: the class MyValue itself")
    given = "The given __init__ takes MyValue(data, parents, op), and label by its name."
    try:
        named = answer.run(lambda: kind(1.5, (), "", label="w"), 'MyValue(1.5, (), "", label="w")')
        held = [getattr(named, name, None) for name in FIELDS]
    except NotYet as problem:
        raise NotYet(f"{problem}\n{given}", problem.about) from None
    x, y = (answer.run(lambda number=number: kind(number), f"MyValue({number})") for number in (7.0, 2.0))

    def require_operands_unchanged() -> None:
        for leaf, number in ((x, 7.0), (y, 2.0)):
            intact = leaf.data == number and not leaf.parents and not leaf.op
            answer.require(intact, f"an operand was changed: it held {number}, and now {show(leaf.data)}.")

    for make, shown in (
        (lambda: x * y, "x * y, x=7, y=2"),
        (lambda: x - y, "x - y, x=7, y=2"),
        (lambda: -x, "-x, x=7"),
    ):
        answer.run(make, shown)
        require_operands_unchanged()
    require_node(answer, lambda: x * y, "x * y, x=7, y=2", "*", 14.0, (x, y))
    answer.require(held == [1.5, (), "", "w"], given)
    require_node(answer, lambda: y * x, "y * x, x=7, y=2", "*", 14.0, (y, x))
    require_node(answer, lambda: x * 2, "x * 2, x=7", "*", 14.0, (x, 2))
    require_node(answer, lambda: 0.5 * x, "0.5 * x, x=7", "*", 3.5, (0.5, x))
    require_node(answer, lambda: x * x, "x * x, x=7", "*", 49.0, (x, x))
    require_node(answer, lambda: x - y, "x - y, x=7, y=2", "-", 5.0, (x, y))
    require_node(answer, lambda: y - x, "y - x, x=7, y=2", "-", -5.0, (y, x))
    require_node(answer, lambda: x - 2, "x - 2, x=7", "-", 5.0, (x, 2))
    require_node(answer, lambda: x - 2.5, "x - 2.5, x=7", "-", 4.5, (x, 2.5))
    require_node(answer, lambda: 10 - x, "10 - x, x=7", "-", 3.0, (10, x))
    require_node(answer, lambda: 0.5 - y, "0.5 - y, y=2", "-", -1.5, (0.5, y))
    require_node(answer, lambda: x - 0, "x - 0, x=7", "-", 7.0, (x, 0))
    require_node(answer, lambda: x - x, "x - x, x=7", "-", 0.0, (x, x))
    require_node(answer, lambda: -x, "-x, x=7", "neg", -7.0, (x,))
    inner = answer.run(lambda: x - y, "x - y")
    require_node(answer, lambda: 1 - inner, "1 - (x - y), x=7, y=2", "-", -4.0, (1, inner))
    require_node(answer, lambda: inner * inner, "d * d, d=x-y", "*", 25.0, (inner, inner))
    require_node(answer, lambda: -inner, "-(x - y), x=7, y=2", "neg", -5.0, (inner,))
    require_node(answer, lambda: x + y, "x + y, x=7, y=2 (given)", "+", 9.0, (x, y))
    require_node(answer, lambda: 1 + x, "1 + x, x=7 (given)", "+", 8.0, (1, x))
    require_operands_unchanged()


# 02.2


class Counting(Node):
    """Counts comparisons: a search in a list compares with `==` one node after the other, a set looks where it is."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counting.comparisons += 1
        return self is other

    __hash__ = Node.__hash__


def chain(start: Node, step: Node, length: int) -> Node:
    for _ in range(length):
        start = start + step
    return start


def named(node: Node, root: Node) -> str:
    """What to call a node in a message."""
    if node is root:
        return "the root"
    if node.label:
        return f"the node labelled {node.label!r}"
    return f"the {'inner node' if node.parents else 'leaf'} that holds {show(node.data)}"


def require_all_nodes(answer: Answer, root: Node, given: str) -> list[Node]:
    """Require a list of all nodes of a graph, each once, and return it."""
    got, wanted = call_on(answer, root, given), all_nodes(root)
    if not isinstance(got, list | tuple):
        raise unlike("", kind_of(got), "a list of nodes")
    met: set[int] = set()
    known = set(map(id, wanted))
    for item in got:
        if item is ...:
            raise NotAttempted
        if not isinstance(item, Node):
            raise NotYet(f"the list holds {kind_of(item)}: {show(item)}\nexpected: the nodes themselves")
        if id(item) not in known:
            raise NotYet(f"the list holds a node that is not in this graph, with data {show(item.data)}.")
        if id(item) in met:
            times = sum(other is item for other in got)
            raise NotYet(f"{named(item, root)} stands in the list {times} times.")
        met.add(id(item))
    if missing := [node for node in wanted if id(node) not in met]:
        more = f", and {len(missing) - 1} more" if missing[1:] else ""
        raise NotYet(f"not in the list: {named(missing[0], root)}{more}.")
    answer.something_right = True
    return list(got)


@exercise(
    "02.2", shows="61 nodes and not 2**61 - 1 entries: the work grows with the graph, not with its paths.", seconds=3
)
def nodes_of(answer: Answer) -> None:
    a, b, c = leaves(a=2.0, b=3.0, c=4.0)
    require_all_nodes(answer, a, "one leaf")
    require_all_nodes(answer, a * b + c, "a * b + c")
    require_all_nodes(answer, a + a, "a + a")
    shared = a + b
    require_all_nodes(answer, shared * (shared * b), "c * d, c = a + b, d = c * b")
    require_all_nodes(answer, (shared * b) * shared, "d * c, c = a + b, d = c * b")
    require_all_nodes(answer, Node(3.0) + Node(3.0), "x + y, both 3.0")
    require_all_nodes(answer, Node(3.0, label="w") * Node(4.0, label="w"), "x * y, both labelled 'w'")
    require_all_nodes(answer, a * b + a * b, "a * b + a * b")
    minus = -b
    require_all_nodes(answer, (-minus) * a, "m * a, m = -(-b): a node may have one parent")
    require_all_nodes(answer, Node(0.0) * a - b, "x * a - b, x=0")
    require_all_nodes(answer, doubled(a, 12), "a doubled 12 times")
    root, Counting.comparisons = chain(Counting(1.0), Counting(1.0), 1_000), 0
    require_all_nodes(answer, root, "a chain of 1,000 additions")
    answer.require(
        Counting.comparisons <= 10_000,
        f"{Counting.comparisons:,} comparisons for 1,002 nodes: somewhere a list is searched for each node.",
    )
    require_all_nodes(answer, chain(a, Node(1.0), 20_000), "a + 1 + 1 + … 20,000 times, always the same 1")
    require_all_nodes(answer, doubled(a, 60), "a doubled 60 times: 61 nodes, 2**60 paths")
    require_all_nodes(answer, a * b + c, "a * b + c, once more")


# 02.3


def require_order(answer: Answer, root: Node, given: str) -> None:
    """Require a list of all nodes of a graph in which each stands after its parents."""
    order = require_all_nodes(answer, root, given)
    place = {id(node): position for position, node in enumerate(order)}
    for node in order:
        for parent in node.parents:
            if place[id(parent)] > place[id(node)]:
                raise NotYet(f"{named(node, root)} stands before its parent, {named(parent, root)}.")


@exercise(
    "02.3", shows="Each node after its parents: in this order a graph can be run again, whatever its shape.", seconds=3
)
def inputs_first(answer: Answer) -> None:
    a, b = leaves(a=2.0, b=3.0)
    require_order(answer, a, "one leaf")
    require_order(answer, a + a, "a + a")
    for swapped in (False, True):  # an order that is wrong is often right for one of the two
        a, b = leaves(a=2.0, b=3.0)
        c = b + a if swapped else a + b
        c.label = "c"
        d = b * c if swapped else c * b
        d.label = "d"
        require_order(answer, d * c if swapped else c * d, "d * c" if swapped else "c * d (the chapter's graph)")
        require_order(answer, chain(c, b, 3) * c if swapped else c * chain(c, b, 3), "c and c + b + b + b, multiplied")
        require_order(answer, b - chain(a, b, 4) if swapped else chain(a, b, 4) - b, "a + b + b + b + b, and b")
        require_order(answer, c - a if swapped else a - c, "a and a + b, subtracted")
    minus = -b
    require_order(answer, (-minus) * a, "m * a, m = -(-b): a node may have one parent")
    x, y = Node(3.0), Node(3.0)
    require_order(answer, (x + y) * (y - x), "(x + y) * (y - x), both 3.0")
    require_order(answer, chain(a, b, 150), "a + b + b + … 150 times")
    rng = random.Random(2)
    for number in range(20):
        nodes = leaves(a=0.5, b=-1.0, c=2.0)
        for _ in range(8):
            left, right = rng.choice(nodes[-5:]), rng.choice(nodes)
            nodes.append(rng.choice([operator.add, operator.sub, operator.mul])(left, right))
        require_order(answer, nodes[-1], f"random graph {number}")
    require_order(answer, doubled(a, 40), "a doubled 40 times: 41 nodes, 2**40 paths")
    uneven = a
    for _ in range(40):
        uneven = (uneven + b) * uneven
    require_order(answer, uneven, "x = (x + b) * x, 40 times")
    require_order(answer, a + a, "a + a, once more")


# 02.4


@exercise("02.4", shows="Compilers do the same; they call it common subexpression elimination.", seconds=3)
def common_subexpressions(answer: Answer) -> None:
    def require_distinct(root: Node, expected: int, given: str, mistake: str) -> None:
        answer.close(call_on(answer, root, given), expected, mistake=mistake)

    a, b, c, twin = leaves(a=2.0, b=3.0, c=4.0, twin=2.0)
    plain = "Count every node that cannot be merged, leaves and root included."
    merge = "Two nodes with the same op and the same parents are one computation."
    deep = "When two parents are merged, the nodes above them may become equal too: go inputs first."
    apart = "Leaves are equal only when they are the same object, whatever they hold."
    op = "Equal numbers are not equal computations: compare op and parents."
    require_distinct(a, 1, "one leaf", plain)
    require_distinct(a * b + c, 5, "a * b + c", plain)
    require_distinct(a + a, 2, "a + a", plain)
    require_distinct(a * b + a * b, 4, "a * b + a * b", merge)
    swapped = "The order of the parents counts here: a * b and b * a are two."
    require_distinct(a * b + b * a, 5, "a * b + b * a", swapped)
    require_distinct((a + b) * c + (a + b) * c, 6, "(a + b) * c + (a + b) * c", deep)
    require_distinct((a + a) * (a * a), 4, "(a + a) * (a * a), a=2", op)
    ones = Node(1.0), Node(1.0)
    require_distinct((ones[0] + a) * (ones[1] + a), 6, "(x + a) * (y + a), both leaves 1.0", op)
    product = a * b
    product.label = "p"
    require_distinct(product + a * b, 4, "p + a * b, p = a * b labelled 'p'", "A label is not part of a computation.")
    stale = a * b
    stale.data = 7.0
    require_distinct(stale + a * b, 4, "a * b + a * b, one of them not recomputed", op)
    many = [Node(1.0) for _ in range(12)]
    total = many[0]
    for leaf in many[1:]:
        total = total + leaf
    glued = "If numbers stand side by side in a text, 1 and 11 look like 11 and 1: keep them apart, in a tuple."
    require_distinct(total + (many[1] * many[6] + many[6] * many[1]), 27, "a sum of 12 leaves + (l*m + m*l)", glued)
    for i in range(12):
        for j in range(i):
            crossed = total + (many[i] * many[j] + many[j] * many[i])
            require_distinct(crossed, 27, "a sum of 12 leaves + (l*m + m*l)", glued)
    everything = None
    for left in many[:6]:
        for right in many[:6]:
            everything = left * right if everything is None else everything + left * right
    require_distinct(everything, 6 + 36 + 35, "the sum of all products of two of 6 leaves", merge)
    require_distinct(Node(3.0) + Node(3.0), 3, "x + y, both 3.0", apart)
    twins = Node(3.0, label="w"), Node(3.0, label="w")
    require_distinct(twins[0] * a + twins[1] * a, 6, "w * a + v * a, both leaves labelled 'w'", apart)
    require_distinct(a * b + twin * b, 6, "a * b + c * b, a=2, c=2", apart)
    require_distinct((a - b) + (a / b), 5, "(a - b) + a / b", op)
    shared = a * b
    require_distinct(shared * shared + shared, 5, "p * p + p, p = a * b", plain)
    three = (a + b) + c, a + (b + c)
    require_distinct(three[0] * three[1], 8, "((a + b) + c) * (a + (b + c))", "The order of additions counts.")
    # Step by step: Python cannot be stopped while it compares deeply nested tuples, only between two calls.
    for times in range(20, 30):
        given = f"x + y, both a doubled {times} times"
        require_distinct(doubled(a, times) + doubled(a, times), times + 2, given, deep)
    two_ladders = doubled(a, 40) + doubled(a, 40)
    require_distinct(two_ladders, 42, "x + y, both a doubled 40 times", deep)
    chains = [a, a]
    for _ in range(250):
        chains = [chain + b for chain in chains]
    require_distinct(chains[0] * chains[1], 253, "x * y, both a + b + b + … 250 times", deep)
    require_distinct(a * b + a * b, 4, "a * b + a * b, once more", "Something from an earlier call is still counted.")
