"""Chapter 02, expression graphs: what the exercises ask.

Graphs are made of `Node`, which holds what the chapter's `Value` holds. Every function is called on graphs whose
nodes are shared, repeated, alone, deep, or alike without being the same, and has to leave them as they were.
"""

import operator
from collections.abc import Callable
from typing import Any

from course.specification import Answer, exercise
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


def require_difference(answer: Answer, make: Callable[[], Any], shown: str, data: float, parents: tuple) -> None:
    """Require one new node `left - right`; `parents` are nodes that must be there themselves, or plain numbers."""
    kind, result = answer.value, answer.run(make, shown)
    answer.require(
        isinstance(result, kind),
        f"yours:    {kind_of(result)}\nexpected: a Number. Return Number(…, …, …), not the bare result",
    )
    mistake = "Which of the two is taken away? In 10 - x, self is x, and stands on the right."
    answer.close(answer.run(lambda: result.data, f"({shown}).data"), data, mistake=mistake)
    answer.close(answer.run(lambda: result.op, f"({shown}).op"), "-", mistake="The op is a minus sign.")
    got = answer.run(lambda: result.parents, f"({shown}).parents")
    answer.require(
        type(got) is tuple and len(got) == len(parents),
        f"yours:    {kind_of(got)}\nexpected: a tuple of 2 items, the operands",
    )
    for side, one, wanted in zip(("left", "right"), got, parents, strict=True):
        if isinstance(wanted, kind):
            found = f"a Number holding {show(one.data)}" if has_data(one) else kind_of(one)
            expected = f"the {side} operand itself, which holds {show(wanted.data)}"
            answer.require(one is wanted, f"the {side} parent\nyours:    {found}\nexpected: {expected}")
        else:
            answer.require(
                isinstance(one, kind), f"the {side} parent is {kind_of(one)}. Make a Number of the plain number."
            )
            answer.close(one.data, wanted, what=f"the {side} parent of {shown}", mistake="The order is as written.")
            empty = not one.parents and not one.op
            answer.require(empty, f"the {side} parent, a plain number, should be a leaf: no parents, no op.")


@exercise("02.1", shows="Python asks the right operand too, and the order is yours to keep.")
def subtraction(answer: Answer) -> None:
    kind = answer.value
    answer.require(isinstance(kind, type), f"yours:    {kind_of(kind)}\nexpected: the class Number itself")
    x, y = (answer.run(lambda number=number: kind(number), f"Number({number})") for number in (7.0, 2.0))

    def require_operands_unchanged() -> None:
        for leaf, number in ((x, 7.0), (y, 2.0)):
            intact = leaf.data == number and not leaf.parents and not leaf.op
            answer.require(intact, f"an operand was changed: it held {number}, and now {show(leaf.data)}.")

    answer.run(lambda: x - y, "x - y, x=7, y=2")
    require_operands_unchanged()
    require_difference(answer, lambda: x - y, "x - y, x=7, y=2", 5.0, (x, y))
    require_difference(answer, lambda: y - x, "y - x, x=7, y=2", -5.0, (y, x))
    require_difference(answer, lambda: x - 2, "x - 2, x=7", 5.0, (x, 2))
    require_difference(answer, lambda: x - 2.5, "x - 2.5, x=7", 4.5, (x, 2.5))
    require_difference(answer, lambda: 10 - x, "10 - x, x=7", 3.0, (10, x))
    require_difference(answer, lambda: 0.5 - y, "0.5 - y, y=2", -1.5, (0.5, y))
    require_difference(answer, lambda: x - 0, "x - 0, x=7", 7.0, (x, 0))
    require_difference(answer, lambda: x - x, "x - x, x=7", 0.0, (x, x))
    inner = answer.run(lambda: x - y, "x - y")
    require_difference(answer, lambda: 1 - inner, "1 - (x - y), x=7, y=2", -4.0, (1, inner))
    require_difference(answer, lambda: inner - inner, "d - d, d=x-y", 0.0, (inner, inner))
    require_operands_unchanged()


# 02.2


BRACKETS = "Each operation has brackets of its own: (left op right), in that order."
NUMBER = "A leaf without a label is written as its number."
LABEL = "Only leaves are written as their label; every other node is written out, each time."


def require_text(answer: Answer, root: Node, expected: str, given: str, mistake: str = BRACKETS) -> None:
    got = call_on(answer, root, given)
    if type(got) is str and "".join(got.split()) == "".join(expected.split()):
        return  # blanks do not matter
    answer.close(got, expected, mistake=mistake)


@exercise("02.2", shows="The graph holds the whole formula, sign by sign and in order.")
def formula(answer: Answer) -> None:
    a, b, c = leaves(a=2.0, b=4.0, c=3.0)
    require_text(answer, a, "a", "the leaf a", "A leaf is written as its label.")
    require_text(answer, Node(-1.5), "-1.5", "a leaf holding -1.5, without label", NUMBER)
    require_text(answer, Node(0.0), "0.0", "a leaf holding 0.0, without label", NUMBER)
    require_text(answer, Node(2), "2", "a leaf holding the int 2, without label", NUMBER)
    require_text(answer, Node(3.14159), "3.14159", "a leaf holding 3.14159, without label", NUMBER)
    require_text(answer, a * b + c, "((a * b) + c)", "a * b + c")
    require_text(answer, c + a * b, "(c + (a * b))", "c + a * b")
    require_text(answer, c * (b + a), "(c * (b + a))", "c * (b + a)")
    named = a * b
    named.label = "product"
    root = named + named
    root.label = "d"
    require_text(answer, root, "((a * b) + (a * b))", "p + p, p = a * b labelled 'product'", LABEL)
    require_text(
        answer, (a - b) / (c - a), "((a - b) / (c - a))", "(a - b) / (c - a)", "The op is whatever the node says."
    )
    require_text(answer, Node(2.0) * a + Node(2.0), "((2.0 * a) + 2.0)", "2.0 * a + 2.0", NUMBER)
    twin = Node(2.0, label="a")
    require_text(answer, a - twin, "(a - a)", "a - a, two leaves of one label")
    power = Node(8.0, (a, c), "**")
    require_text(answer, power - b, "((a ** c) - b)", "a**c - b")
    chain, text = a, "a"
    for _ in range(250):
        chain, text = chain + b, f"({text} + b)"
    require_text(answer, chain, text, "a + b + b + … 250 times")


# 02.3

TWICE = "A node with two edges to it is still one node: ask whether you have met it before you count it."


@exercise("02.3", shows="61 nodes instead of 2**61 - 1: who visits nodes, not paths, is never in a hurry.", seconds=3)
def counting(answer: Answer) -> None:
    def require_count(root: Node, expected: tuple[int, int], given: str, mistake: str) -> None:
        answer.close(call_on(answer, root, given), expected, mistake=mistake)

    a, b, c = leaves(a=2.0, b=3.0, c=4.0)
    kinds = "Leaves are nodes without parents; all others, the root too, are inner nodes."
    same = "Two nodes that hold the same number, op or label are still two: a node is the object itself."
    require_count(a, (1, 0), "one leaf", kinds)
    require_count(a * b + c, (3, 2), "a * b + c", kinds)
    require_count(a + a, (1, 1), "a + a", TWICE)
    shared = a + b
    require_count(shared * (shared * b), (2, 3), "c * d, c = a + b, d = c * b", TWICE)
    require_count(Node(3.0) + Node(3.0), (2, 1), "x + y, both 3.0", same)
    require_count(Node(3.0, label="w") * Node(4.0, label="w"), (2, 1), "x * y, both labelled 'w'", same)
    require_count(a * b + a * b, (2, 3), "a * b + a * b", same)
    require_count((a + a) * (b + Node(1.0)), (3, 3), "(a + a) * (b + 1), a=2, b=3", same)
    negative = Node(-2.0, (a,), "neg")
    require_count(Node(-0.5, (negative,), "neg") * a, (1, 3), "neg(neg(a)) * a: a node may have one parent", kinds)
    require_count(doubled(a, 12), (1, 12), "a doubled 12 times", TWICE)
    chain, one = a, Node(1.0)
    for _ in range(2000):
        chain = chain + one
    require_count(chain, (2, 2000), "a + 1 + 1 + … 2,000 times, always the same 1", TWICE)
    require_count(doubled(a, 60), (1, 60), "a doubled 60 times: 61 nodes, 2**60 paths", TWICE)
    require_count(a * b + c, (3, 2), "a * b + c, once more", "Something from an earlier call is still counted.")


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
    glued = "Numbers written side by side run together: 1 and 11 look like 11 and 1. Keep them apart, in a tuple."
    require_distinct(total + (many[1] * many[6] + many[6] * many[1]), 27, "a sum of 12 leaves + (l*m + m*l)", glued)
    for i in range(12):
        for j in range(i):
            crossed = total + (many[i] * many[j] + many[j] * many[i])
            require_distinct(crossed, 27, "a sum of 12 leaves + (l*m + m*l)", glued)
    everything = None
    for left in many[:6]:
        for right in many[:6]:
            everything = left * right if everything is None else everything + left * right
    require_distinct(everything, 6 + 36 + 35, "the sum of all products of two of 6 leaves", "Parents and their order.")
    require_distinct(a * b + b * a, 5, "a * b + b * a", "The order of the parents counts.")
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
