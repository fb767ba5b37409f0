"""Answers to the exercises of chapter 02: wrong ones that readers give, and right ones in other styles."""

from collections import deque
from functools import partialmethod


def my_value(init=None, **methods):
    """A class MyValue that is right but for the methods given, as functions of (class, self, wrapped other)."""
    right = {
        "mul": lambda cls, x, y: cls(x.data * y.data, (x, y), "*"),
        "rmul": lambda cls, x, y: y * x,
        "sub": lambda cls, x, y: cls(x.data - y.data, (x, y), "-"),
        "rsub": lambda cls, x, y: y - x,
        "neg": lambda cls, x, _: cls(-x.data, (x,), "neg"),
    }
    chosen = right | methods

    class MyValue:
        def __init__(self, data, parents=(), op="", *, label=""):
            self.data, self.parents, self.op, self.label = data, parents, op, label

        def __add__(self, other):
            other = wrap(MyValue, other)
            return MyValue(self.data + other.data, (self, other), "+")

        def __radd__(self, other):
            return wrap(MyValue, other) + self

        def __neg__(self):
            return chosen["neg"](MyValue, self, None)

    def method(name):
        return lambda self, other: chosen[name](MyValue, self, wrap(MyValue, other))

    for name in ("mul", "rmul", "sub", "rsub"):
        setattr(MyValue, f"__{name}__", method(name))
    if init:
        MyValue.__init__ = init
    return MyValue


def wrap(cls, number):
    return number if isinstance(number, cls) else cls(number)


def in_place(cls, self, other):
    self.data -= other.data
    return self


class NeverWraps:
    def __init__(self, data, parents=(), op="", *, label=""):
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def __add__(self, other):
        return NeverWraps(self.data + other.data, (self, other), "+")

    def __mul__(self, other):
        return NeverWraps(self.data * other.data, (self, other), "*")

    def __rmul__(self, other):
        return NeverWraps(other.data * self.data, (other, self), "*")

    def __sub__(self, other):
        return NeverWraps(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return NeverWraps(other.data - self.data, (other, self), "-")

    def __neg__(self):
        return NeverWraps(-self.data, (self,), "neg")


class KeepsPlainNumbers(NeverWraps):
    """Computes with the plain number, and keeps it as a parent."""

    def __mul__(self, other):
        return KeepsPlainNumbers(self.data * getattr(other, "data", other), (self, other), "*")

    def __rmul__(self, other):
        return KeepsPlainNumbers(other * self.data, (other, self), "*")


def asks_itself_for_ever():
    kind = my_value()
    kind.__rsub__ = lambda self, other: other - self
    return kind


def without_reflected():
    kind = my_value()
    del kind.__rmul__
    return kind


def other_attributes(self, data, parents=(), op="", *, label=""):
    self.data, self.parents, self.op, self.label, self.grad = data, parents, op, label, 0.0


def without_label(self, data, parents=(), op=""):
    self.data, self.parents, self.op = data, parents, op


def op_before_parents(self, data, op="", parents=(), *, label=""):
    if isinstance(op, tuple):
        op, parents = parents, op
    self.data, self.parents, self.op, self.label = data, parents, op, ""


class MadeByOneMethod:
    """Right: all operators go through one method."""

    def __init__(self, data, parents=(), op="", *, label=""):
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def _new(self, other, op="*", turned=False):
        other = wrap(MadeByOneMethod, other)
        left, right = (other, self) if turned else (self, other)
        compute = {"+": float.__add__, "-": float.__sub__, "*": float.__mul__}[op]
        return type(self)(compute(float(left.data), float(right.data)), (left, right), op)

    __add__ = partialmethod(_new, op="+")
    __radd__ = partialmethod(_new, op="+", turned=True)
    __mul__ = _new
    __rmul__ = partialmethod(_new, turned=True)
    __sub__ = partialmethod(_new, op="-")
    __rsub__ = partialmethod(_new, op="-", turned=True)

    def __neg__(self):
        return type(self)(0.0 - self.data, (self,), op="neg")


# 02.2


def all_nodes(root):
    nodes, seen = [root], {root}
    for node in nodes:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    return nodes


def once_for_each_path(root):
    return [root, *(node for parent in root.parents for node in once_for_each_path(parent))]


def once_at_the_end(root):
    return list(set(once_for_each_path(root)))


def told_apart_by(key):
    """Takes two nodes for one when they have the same key."""
    return lambda root: list({key(node): node for node in all_nodes(root)}.values())


def recursive_with_memory(root, seen=None):
    seen = {} if seen is None else seen
    if root not in seen:
        seen[root] = True
        for parent in root.parents:
            recursive_with_memory(parent, seen)
    return list(seen)


def searches_a_list(root):
    nodes = [root]
    for node in nodes:
        for parent in node.parents:
            if parent not in nodes:
                nodes.append(parent)
    return nodes


def asks_when_it_takes(root):
    """Marks a node when it is taken from the list, not when it is put there."""
    nodes, seen = [root], set()
    for node in nodes:
        if node not in seen:
            seen.add(node)
            nodes.extend(node.parents)
    return nodes


MET = set()


def remembers_the_last_call(root):
    nodes = [root]
    for node in nodes:
        for parent in node.parents:
            if parent not in MET:
                MET.add(parent)
                nodes.append(parent)
    return nodes


def marks_the_nodes(root):
    nodes = [root]
    for node in nodes:
        for parent in node.parents:
            if not hasattr(parent, "met"):
                parent.met = True
                nodes.append(parent)
    return nodes


def two_parents_each(root):
    nodes, seen = [root], {root}
    for node in nodes:
        if node.parents:
            left, right = node.parents
            for parent in (left, right):
                if parent not in seen:
                    seen.add(parent)
                    nodes.append(parent)
    return nodes


def with_a_stack(root):
    seen, stack = {id(root): root}, [root]
    while stack:
        for parent in stack.pop().parents:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                stack.append(parent)
    return list(seen.values())


def level_by_level(root):
    found, level = {root}, {root}
    while level:
        level = {parent for node in level for parent in node.parents} - found
        found |= level
    return [*found]


def marked_late(root):
    """Nodes wait more than once, and are taken once."""
    seen, waiting = [], deque([root])
    known = set()
    while waiting:
        node = waiting.popleft()
        if node in known:
            continue
        known.add(node)
        seen.append(node)
        waiting.extend(parent for parent in node.parents if parent not in known)
    return seen


# 02.3


def preorder(root):
    """The trap: a node is written down before its parents, and the list turned around."""
    found, seen, stack = [], {root}, [root]
    while stack:
        node = stack.pop()
        found.append(node)
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return found[::-1]


def shortest_distance(root):
    distance = {root: 0}
    for node in all_nodes(root):
        for parent in node.parents:
            distance.setdefault(parent, distance[node] + 1)
    return sorted(distance, key=lambda node: -distance[node])


def marks_too_late(root):
    order = []

    def visit(node):
        for parent in node.parents:
            visit(parent)
        if node not in order:
            order.append(node)

    visit(root)
    return order


def marks_after_the_parents(root):
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        for parent in node.parents:
            visit(parent)
        seen.add(node)
        order.append(node)

    visit(root)
    return order


def without_memory(root):
    return [node for parent in root.parents for node in without_memory(parent)] + [root]


def first_parent_only(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents[:1]:
                visit(parent)
            order.append(node)
            for parent in node.parents[1:]:
                visit(parent)

    visit(root)
    return order


def by_rounds(root):
    """Right: again and again, whatever has become ready."""
    waiting, order, done = all_nodes(root), [], set()
    while waiting:
        ready = [node for node in waiting if done.issuperset(node.parents)]
        order += ready
        done.update(ready)
        waiting = [node for node in waiting if node not in done]
    return order


def by_counting(root):
    """Right: each node counts the edges that it still waits for."""
    nodes = all_nodes(root)
    waits, children = {node: len(node.parents) for node in nodes}, {node: [] for node in nodes}
    for node in nodes:
        for parent in node.parents:
            children[parent].append(node)
    order = [node for node in nodes if not waits[node]]
    for node in order:
        for child in children[node]:
            waits[child] -= 1
            if not waits[child]:
                order.append(child)
    return tuple(order)


def by_depth(root):
    """Right: a node is one deeper than its deepest parent."""
    depth = {}

    def measure(node):
        if node not in depth:
            depth[node] = 1 + max((measure(parent) for parent in node.parents), default=0)
        return depth[node]

    measure(root)
    return sorted(depth, key=depth.get)


def by_generator(root, seen=None):
    """Right: a generator that calls itself, in a list."""

    def visit(node, seen):
        if node in seen:
            return
        seen.add(node)
        for parent in node.parents:
            yield from visit(parent, seen)
        yield node

    return list(visit(root, set()))


# 02.4


def inputs_first(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


def described_by(inner=lambda node, parents: (node.op, *parents), leaf=id):
    """A solution but for how an inner node, whose parents have these numbers, or a leaf is described."""

    def distinct(root):
        number, known = {}, {}
        for node in inputs_first(root):
            parents = tuple(number[parent] for parent in node.parents)
            description = inner(node, parents) if parents else leaf(node)
            number[node] = known.setdefault(description, len(known))
        return len(known)

    return distinct


def outputs_first(root):
    number, known = {}, {}
    for node in inputs_first(root)[::-1]:
        description = (node.op, *(number.get(parent, id(parent)) for parent in node.parents)) if node.parents else node
        number[node] = known.setdefault(description, len(known))
    return len(known)


def by_whole_formula(root):
    """Right, but the formula of 40 doublings has 2**40 places."""

    def text(node):
        if not node.parents:
            return f"leaf {id(node)}"
        return f"({text(node.parents[0])} {node.op} {text(node.parents[1])})"

    return len({text(node) for node in inputs_first(root)})


def by_nested_tuples(root):
    """Right, but comparing the tuples of 40 doublings takes 2**40 steps."""
    described = {}
    for node in inputs_first(root):
        parents = (described[parent] for parent in node.parents)
        described[node] = (node.op, *parents) if node.parents else id(node)
    return len(set(described.values()))


def writes_numbers_on_nodes(root):
    known = {}
    for node in inputs_first(root):
        description = (node.op, *(parent.number for parent in node.parents)) if node.parents else node
        node.number = known.setdefault(description, len(known))
    return len(known)


def by_types(root):
    """Right: nodes of equal computations share one tuple, compared by what it is and not by what it holds."""
    shared, kept = {}, {}
    for node in inputs_first(root):
        key = (node.op, *(id(shared[parent]) for parent in node.parents)) if node.parents else (id(node),)
        shared[node] = kept.setdefault(key, key)
    return len(kept)


def by_representatives(root):
    """Right: each node is replaced by the first one that computes the same."""
    first, seen = {}, {}

    def visit(node):
        if node in first:
            return first[node]
        parents = [visit(parent) for parent in node.parents]
        key = (node.op, tuple(map(id, parents))) if parents else id(node)
        first[node] = seen.setdefault(key, node)
        return first[node]

    visit(root)
    return len(set(first.values()))


MUTANTS = {
    "02.1": [
        my_value(rsub=lambda cls, x, y: cls(x.data - y.data, (x, y), "-")),
        my_value(rsub=lambda cls, x, y: cls(y.data - x.data, (x, y), "-")),
        my_value(rsub=lambda cls, x, y: cls(abs(x.data - y.data), (y, x), "-")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, (), "-")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, (x.data, y.data), "-")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, {x, y}, "-")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, [x, y], "-")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, (x, y), "+")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, (x, y))),
        my_value(sub=lambda cls, x, y: x.data - y.data),
        my_value(sub=lambda cls, x, y: x + (-y)),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, (cls(x.data), cls(y.data)), "-")),
        my_value(sub=lambda cls, x, y: cls(x.data - y.data, tuple(dict.fromkeys((x, y))), "-")),
        my_value(sub=in_place),
        my_value(mul=lambda cls, x, y: cls(x.data + y.data, (x, y), "*")),
        my_value(mul=lambda cls, x, y: cls(x.data * y.data, (y, x), "*")),
        my_value(rmul=lambda cls, x, y: x * y),
        my_value(neg=lambda cls, x, _: x * -1),
        my_value(neg=lambda cls, x, _: 0 - x),
        my_value(neg=lambda cls, x, _: cls(-x.data, (x, x), "neg")),
        my_value(neg=lambda cls, x, _: cls(-x.data, (x), "neg")),
        my_value(neg=lambda cls, x, _: -x.data),
        my_value(init=other_attributes),
        my_value(init=without_label),
        my_value(init=op_before_parents),
        NeverWraps,
        KeepsPlainNumbers,
        asks_itself_for_ever(),
        without_reflected(),
    ],
    "02.2": [
        once_for_each_path,
        once_at_the_end,
        asks_when_it_takes,
        told_apart_by(lambda node: node.data),
        told_apart_by(lambda node: node.label or id(node)),
        told_apart_by(lambda node: (node.op, node.parents) if node.parents else id(node)),
        lambda root: all_nodes(root)[1:],
        lambda root: [node for node in all_nodes(root) if node.parents],
        lambda root: [node for node in all_nodes(root) if not node.parents],
        lambda root: [node.data for node in all_nodes(root)],
        lambda root: [root, *root.parents],
        lambda root: set(all_nodes(root)),
        lambda root: len(all_nodes(root)),
        lambda root: (node for node in all_nodes(root)),
        recursive_with_memory,
        searches_a_list,
        remembers_the_last_call,
        marks_the_nodes,
        two_parents_each,
    ],
    "02.3": [
        all_nodes,
        lambda root: all_nodes(root)[::-1],
        lambda root: inputs_first(root)[::-1],
        lambda root: inputs_first(root)[:-1],
        lambda root: [node for node in inputs_first(root) if node.parents],
        lambda root: sorted(all_nodes(root), key=lambda node: node.data),
        lambda root: sorted(all_nodes(root), key=lambda node: bool(node.parents)),
        lambda root: sorted(all_nodes(root), key=lambda node: (bool(node.parents), node.label)),
        lambda root: recursive_with_memory(root)[::-1],
        preorder,
        shortest_distance,
        marks_too_late,
        without_memory,
        first_parent_only,
        lambda root: print(inputs_first(root)),
    ],
    "02.4": [
        described_by(lambda node, parents: id(node)),
        described_by(lambda node, parents: parents),
        described_by(lambda node, parents: (node.op, frozenset(parents))),
        described_by(lambda node, parents: (node.op, node.label, *parents)),
        described_by(lambda node, parents: (node.op, node.data, *parents)),
        described_by(lambda node, parents: node.op + "".join(map(str, parents))),
        described_by(lambda node, parents: (node.op, sum((i + 1) * number for i, number in enumerate(parents)))),
        described_by(lambda node, parents: (node.op, *sorted(parents))),
        described_by(lambda node, parents: (node.op, node.parents)),
        described_by(lambda node, parents: (node.op, node.data)),
        described_by(lambda node, parents: (node.op, *(parent.data for parent in node.parents))),
        described_by(leaf=lambda node: node.data),
        described_by(leaf=lambda node: node.label or id(node)),
        described_by(leaf=lambda node: (node.label, node.data)),
        lambda root: described_by()(root) - sum(not node.parents for node in inputs_first(root)),
        outputs_first,
        by_whole_formula,
        by_nested_tuples,
        writes_numbers_on_nodes,
    ],
}

RIGHT = {
    "02.1": [my_value(), MadeByOneMethod, my_value(rsub=lambda cls, x, y: cls(y.data - x.data, (y, x), "-"))],
    "02.2": [all_nodes, with_a_stack, level_by_level, marked_late, lambda root: tuple(all_nodes(root))],
    "02.3": [by_rounds, by_counting, by_depth, by_generator, marks_after_the_parents],
    "02.4": [by_types, by_representatives],
}

# These go along 2**40 paths and more: a longer wait shows nothing else.
ENDLESS = [marks_too_late, by_whole_formula, by_nested_tuples]
