"""Wrong answers to the exercises of chapter 02: mistakes that readers make, and that the checks must catch."""


def wrap(Number, other):
    return other if isinstance(other, Number) else Number(other)


def numbers(sub=None, rsub=None):
    """A class Number whose two methods are right but for those given, as functions of (class, self, other)."""
    sub = sub or (lambda Number, x, y: Number(x.data - y.data, (x, y), "-"))
    rsub = rsub or (lambda Number, x, y: y - x)

    class Number:
        def __init__(self, data, parents=(), op=""):
            self.data, self.parents, self.op = data, parents, op

        def __sub__(self, other):
            return sub(Number, self, wrap(Number, other))

        def __rsub__(self, other):
            return rsub(Number, self, wrap(Number, other))

    return Number


def in_place(Number, self, other):
    self.data -= other.data
    return self


class NeverWraps:
    def __init__(self, data, parents=(), op=""):
        self.data, self.parents, self.op = data, parents, op

    def __sub__(self, other):
        return NeverWraps(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return NeverWraps(other.data - self.data, (other, self), "-")


class WrapsOnlyTheNumber(NeverWraps):
    """Computes with the plain number, and keeps it as a parent."""

    def __sub__(self, other):
        return WrapsOnlyTheNumber(self.data - getattr(other, "data", other), (self, other), "-")

    def __rsub__(self, other):
        return WrapsOnlyTheNumber(other - self.data, (other, self), "-")


class AsksItselfForEver(NeverWraps):
    def __sub__(self, other):
        other = wrap(AsksItselfForEver, other)
        return AsksItselfForEver(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return other - self


class WrapsWholeNumbersOnly(NeverWraps):
    def __sub__(self, other):
        other = WrapsWholeNumbersOnly(other) if isinstance(other, int) else other
        return WrapsWholeNumbersOnly(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return WrapsWholeNumbersOnly(other) - self


class WithoutReflected(AsksItselfForEver):
    __rsub__ = None


# 02.2


def formula(written="({left} {op} {right})", is_leaf=lambda node: not node.parents, leaf=None):
    """A solution but for how an operation is written, when the walk stops, or how a leaf is written."""
    leaf = leaf or (lambda node: node.label or str(node.data))

    def expression(root):
        if is_leaf(root):
            return leaf(root)
        left, right = map(expression, root.parents)
        return written.format(left=left, op=root.op, right=right)

    return expression


def times_or_else_plus(root):
    if not root.parents:
        return root.label or str(root.data)
    left, right = map(times_or_else_plus, root.parents)
    return f"({left} * {right})" if root.op == "*" else f"({left} + {right})"


def each_node_written_once(root, seen=None):
    seen = set() if seen is None else seen
    if root in seen:
        return root.label or str(root.data)
    seen.add(root)
    if not root.parents:
        return root.label or str(root.data)
    left, right = root.parents
    return f"({each_node_written_once(left, seen)} {root.op} {each_node_written_once(right, seen)})"


def writes_on_the_nodes(root):
    if root.parents:
        left, right = map(writes_on_the_nodes, root.parents)
        root.label = f"({left} {root.op} {right})"
    return root.label or str(root.data)


# 02.3


def once_for_each_path(root):
    if not root.parents:
        return 1, 0
    counts = [once_for_each_path(parent) for parent in root.parents]
    return sum(leaves for leaves, _ in counts), 1 + sum(inner for _, inner in counts)


def all_nodes(root):
    nodes, seen = [root], {root}
    for node in nodes:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    return nodes


def counted(leaves):
    """A solution but for how many of the nodes are leaves."""
    return lambda root: (leaves(all_nodes(root)), len(all_nodes(root)) - leaves(all_nodes(root)))


def told_apart_by(key):
    """Takes two nodes for one when they have the same key."""

    def count_nodes(root):
        nodes = {key(node): node for node in all_nodes(root)}.values()
        leaves = sum(not node.parents for node in nodes)
        return leaves, len(nodes) - leaves

    return count_nodes


def right_but_recursive(root, seen=None):
    seen = set() if seen is None else seen
    if root in seen:
        return 0, 0
    seen.add(root)
    if not root.parents:
        return 1, 0
    counts = [right_but_recursive(parent, seen) for parent in root.parents]
    return sum(leaves for leaves, _ in counts), 1 + sum(inner for _, inner in counts)


MET = set()


def half_of_the_edges(root):
    edges = sum(len(node.parents) for node in all_nodes(root))
    return len(all_nodes(root)) - edges // 2, edges // 2


def remembers_the_last_call(root):
    nodes = [root]
    for node in nodes:
        for parent in node.parents:
            if parent not in MET:
                MET.add(parent)
                nodes.append(parent)
    leaves = sum(not node.parents for node in nodes)
    return leaves, len(nodes) - leaves


def marks_the_nodes(root):
    nodes = [root]
    for node in nodes:
        for parent in node.parents:
            if not hasattr(parent, "met"):
                parent.met = True
                nodes.append(parent)
    leaves = sum(not node.parents for node in nodes)
    return leaves, len(nodes) - leaves


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


MUTANTS = {
    "02.1": [
        numbers(rsub=lambda Number, x, y: Number(x.data - y.data, (x, y), "-")),
        numbers(rsub=lambda Number, x, y: Number(y.data - x.data, (x, y), "-")),
        numbers(rsub=lambda Number, x, y: Number(abs(x.data - y.data), (y, x), "-")),
        numbers(lambda Number, x, y: Number(x.data - y.data, (), "-")),
        numbers(lambda Number, x, y: Number(x.data - y.data, (x.data, y.data), "-")),
        numbers(lambda Number, x, y: Number(x.data - y.data, {x, y}, "-")),
        numbers(lambda Number, x, y: Number(x.data - y.data, (x, y), "+")),
        numbers(lambda Number, x, y: Number(x.data - y.data, (x, y))),
        numbers(lambda Number, x, y: x.data - y.data),
        numbers(lambda Number, x, y: Number(x.data - y.data, (Number(x.data), Number(y.data)), "-")),
        numbers(lambda Number, x, y: Number(x.data - y.data, tuple(dict.fromkeys((x, y))), "-")),
        numbers(in_place),
        NeverWraps,
        WrapsOnlyTheNumber,
        WrapsWholeNumbersOnly,
        AsksItselfForEver,
        WithoutReflected,
    ],
    "02.2": [
        formula("{left} {op} {right}"),
        formula("({left} + {right})"),
        formula("({right} {op} {left})"),
        formula(is_leaf=lambda node: node.label or not node.parents),
        formula(leaf=lambda node: node.label),
        formula(leaf=lambda node: str(node.data)),
        formula(leaf=lambda node: node.label or str(float(node.data))),
        formula(leaf=lambda node: node.label or str(round(node.data, 1))),
        formula(leaf=lambda node: node.label or str(node.data or "")),
        lambda root: formula()(root).strip("()"),
        times_or_else_plus,
        lambda root: formula()(root) if root.parents else root.label or root.data,
        each_node_written_once,
        lambda root: print(formula()(root)),
        writes_on_the_nodes,
    ],
    "02.3": [
        once_for_each_path,
        told_apart_by(lambda node: node.data),
        told_apart_by(lambda node: node.label or id(node)),
        told_apart_by(lambda node: (node.op, node.parents) if node.parents else id(node)),
        lambda root: told_apart_by(id)(root)[::-1],
        lambda root: len(all_nodes(root)),
        right_but_recursive,
        half_of_the_edges,
        remembers_the_last_call,
        marks_the_nodes,
        counted(lambda nodes: sum(not parent.parents for node in nodes for parent in node.parents)),
        counted(lambda nodes: sum(len(set(node.parents)) < 2 for node in nodes)),
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
