"""Wrong answers to the exercises of chapter 02: mistakes that readers make, and that the checks must catch."""


def numbers(sub, rsub):
    """A class Number with these two methods, as functions of (class, self, other)."""

    class Number:
        def __init__(self, data, parents=(), op=""):
            self.data, self.parents, self.op = data, parents, op

        def __sub__(self, other):
            return sub(Number, self, wrap(Number, other))

        def __rsub__(self, other):
            return rsub(Number, self, wrap(Number, other))

    return Number


def wrap(Number, other):
    return other if isinstance(other, Number) else Number(other)


def right_sub(Number, self, other):
    return Number(self.data - other.data, (self, other), "-")


def right_rsub(Number, self, other):
    return other - self


def copied_from_addition(Number, self, other):
    return Number(self.data - other.data, (self, other), "-")


def swapped_parents(Number, self, other):
    return Number(other.data - self.data, (self, other), "-")


def without_parents(Number, self, other):
    return Number(self.data - other.data, (), "-")


def parents_as_floats(Number, self, other):
    return Number(self.data - other.data, (self.data, other.data), "-")


def parents_as_a_set(Number, self, other):
    return Number(self.data - other.data, {self, other}, "-")


def plus_sign(Number, self, other):
    return Number(self.data - other.data, (self, other), "+")


def in_place(Number, self, other):
    self.data -= other.data
    return self


def plain_number(Number, self, other):
    return self.data - other.data


def through_negation(Number, self, other):
    negative = Number(-other.data, (other, Number(-1.0)), "*")
    return Number(self.data + negative.data, (self, negative), "+")


def copies_of_parents(Number, self, other):
    return Number(self.data - other.data, (Number(self.data), Number(other.data)), "-")


def one_parent_when_equal(Number, self, other):
    parents = (self,) if self is other else (self, other)
    return Number(self.data - other.data, parents, "-")


class NeverWraps:
    def __init__(self, data, parents=(), op=""):
        self.data, self.parents, self.op = data, parents, op

    def __sub__(self, other):
        return NeverWraps(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return NeverWraps(other.data - self.data, (other, self), "-")


class WrapsOnlyTheNumber:
    """Computes with the plain number, and keeps it as a parent."""

    def __init__(self, data, parents=(), op=""):
        self.data, self.parents, self.op = data, parents, op

    def __sub__(self, other):
        data = other.data if isinstance(other, WrapsOnlyTheNumber) else other
        return WrapsOnlyTheNumber(self.data - data, (self, other), "-")

    def __rsub__(self, other):
        return WrapsOnlyTheNumber(other - self.data, (other, self), "-")


class AsksItselfForEver(WrapsOnlyTheNumber):
    def __sub__(self, other):
        other = other if isinstance(other, WrapsOnlyTheNumber) else AsksItselfForEver(other)
        return AsksItselfForEver(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return other - self


class WithoutReflected:
    def __init__(self, data, parents=(), op=""):
        self.data, self.parents, self.op = data, parents, op

    def __sub__(self, other):
        other = other if isinstance(other, WithoutReflected) else WithoutReflected(other)
        return WithoutReflected(self.data - other.data, (self, other), "-")


# 02.2


def no_brackets(root):
    if not root.parents:
        return root.label or str(root.data)
    left, right = root.parents
    return f"{no_brackets(left)} {root.op} {no_brackets(right)}"


def no_outer_brackets(root):
    def text(node):
        if not node.parents:
            return node.label or str(node.data)
        left, right = map(text, node.parents)
        return f"({left} {node.op} {right})"

    whole = text(root)
    return whole[1:-1] if root.parents else whole


def label_always_wins(root):
    if root.label or not root.parents:
        return root.label or str(root.data)
    left, right = root.parents
    return f"({label_always_wins(left)} {root.op} {label_always_wins(right)})"


def always_a_plus(root):
    if not root.parents:
        return root.label or str(root.data)
    left, right = root.parents
    return f"({always_a_plus(left)} + {always_a_plus(right)})"


def times_or_else_plus(root):
    if not root.parents:
        return root.label or str(root.data)
    left, right = map(times_or_else_plus, root.parents)
    return f"({left} * {right})" if root.op == "*" else f"({left} + {right})"


def right_before_left(root):
    if not root.parents:
        return root.label or str(root.data)
    right, left = root.parents
    return f"({right_before_left(left)} {root.op} {right_before_left(right)})"


def labels_only(root):
    if not root.parents:
        return root.label
    left, right = root.parents
    return f"({labels_only(left)} {root.op} {labels_only(right)})"


def number_as_a_number(root):
    if not root.parents:
        return root.label or root.data
    left, right = root.parents
    return f"({number_as_a_number(left)} {root.op} {number_as_a_number(right)})"


def zero_is_nothing(root):
    if not root.parents:
        return root.label or str(root.data or "")
    left, right = root.parents
    return f"({zero_is_nothing(left)} {root.op} {zero_is_nothing(right)})"


def one_step_only(root):
    if not root.parents:
        return root.label or str(root.data)
    left, right = root.parents
    return f"({left.label or left.data} {root.op} {right.label or right.data})"


def each_node_written_once(root, seen=None):
    seen = set() if seen is None else seen
    if root in seen:
        return root.label or str(root.data)
    seen.add(root)
    if not root.parents:
        return root.label or str(root.data)
    left, right = root.parents
    return f"({each_node_written_once(left, seen)} {root.op} {each_node_written_once(right, seen)})"


def prints_the_formula(root):
    print(no_outer_brackets(root))


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


def by_number(root):
    nodes, seen = [root], {root.data}
    for node in nodes:
        for parent in node.parents:
            if parent.data not in seen:
                seen.add(parent.data)
                nodes.append(parent)
    leaves = sum(not node.parents for node in nodes)
    return leaves, len(nodes) - leaves


def all_nodes(root):
    nodes, seen = [root], {root}
    for node in nodes:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    return nodes


def by_label(root):
    nodes = all_nodes(root)
    leaves = {node.label or id(node) for node in nodes if not node.parents}
    return len(leaves), sum(bool(node.parents) for node in nodes)


def root_left_out(root):
    leaves = sum(not node.parents for node in all_nodes(root))
    return leaves, len(all_nodes(root)) - leaves - 1


def root_apart(root):
    """Takes the root for neither a leaf nor an inner node, which is right only when there is nothing else."""
    if not root.parents:
        return 1, 0
    return root_left_out(root)


def inner_first(root):
    leaves, inner = right_count(root)
    return inner, leaves


def total(root):
    return len(all_nodes(root))


def right_count(root):
    nodes = all_nodes(root)
    leaves = sum(not node.parents for node in nodes)
    return leaves, len(nodes) - leaves


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


def edges_for_nodes(root):
    nodes = all_nodes(root)
    return sum(not p.parents for node in nodes for p in node.parents), sum(bool(node.parents) for node in nodes)


def leaf_when_one_parent_is_missing(root):
    """Takes a node whose parents are the same object twice for a leaf."""
    nodes = all_nodes(root)
    leaves = sum(len(set(node.parents)) < 2 for node in nodes)
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


def described_by(describe):
    """A solution in all but its description of a node, given as a function of (node, numbers of the parents)."""

    def distinct(root):
        number, known = {}, {}
        for node in inputs_first(root):
            description = describe(node, tuple(number[parent] for parent in node.parents))
            number[node] = known.setdefault(description, len(known))
        return len(known)

    distinct.__name__ = describe.__name__
    return distinct


def leaf_or(node, description):
    return description if node.parents else id(node)


def nothing_merged(node, parents):
    return id(node)


def without_op(node, parents):
    return leaf_or(node, parents)


def without_order(node, parents):
    return leaf_or(node, (node.op, frozenset(parents)))


def sorted_parents(node, parents):
    return leaf_or(node, (node.op, *sorted(parents)))


def parents_not_merged(node, parents):
    return leaf_or(node, (node.op, node.parents))


def leaves_by_number(node, parents):
    return (node.op, *parents) if node.parents else node.data


def leaves_by_label(node, parents):
    return (node.op, *parents) if node.parents else node.label or id(node)


def leaves_by_label_and_number(node, parents):
    return (node.op, *parents) if node.parents else (node.label, node.data)


def inner_by_number(node, parents):
    return leaf_or(node, (node.op, node.data))


def parents_by_number(node, parents):
    return leaf_or(node, (node.op, *(parent.data for parent in node.parents)))


def leaves_left_out(root):
    number, known = {}, {}
    for node in inputs_first(root):
        description = (node.op, *(number[parent] for parent in node.parents)) if node.parents else id(node)
        number[node] = known.setdefault(description, len(known))
    return sum(type(description) is tuple for description in known)


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


def merges_for_real(root):
    """Replaces the parents in the reader's graph by the merged ones."""
    known = {}
    for node in inputs_first(root):
        node.parents = tuple(known[describe_merged(parent)] for parent in node.parents)
        known.setdefault(describe_merged(node), node)
    return len(known)


def describe_merged(node):
    return (node.op, *node.parents) if node.parents else node


MUTANTS = {
    "02.1": [
        numbers(right_sub, copied_from_addition),
        numbers(right_sub, swapped_parents),
        numbers(without_parents, right_rsub),
        numbers(parents_as_floats, right_rsub),
        numbers(parents_as_a_set, right_rsub),
        numbers(plus_sign, right_rsub),
        numbers(in_place, right_rsub),
        numbers(plain_number, right_rsub),
        numbers(through_negation, right_rsub),
        numbers(copies_of_parents, right_rsub),
        numbers(one_parent_when_equal, right_rsub),
        NeverWraps,
        WrapsOnlyTheNumber,
        AsksItselfForEver,
        WithoutReflected,
    ],
    "02.2": [
        no_brackets,
        no_outer_brackets,
        label_always_wins,
        always_a_plus,
        times_or_else_plus,
        right_before_left,
        labels_only,
        number_as_a_number,
        zero_is_nothing,
        one_step_only,
        each_node_written_once,
        prints_the_formula,
        writes_on_the_nodes,
    ],
    "02.3": [
        once_for_each_path,
        by_number,
        by_label,
        root_left_out,
        root_apart,
        inner_first,
        total,
        right_but_recursive,
        remembers_the_last_call,
        marks_the_nodes,
        edges_for_nodes,
        leaf_when_one_parent_is_missing,
    ],
    "02.4": [
        described_by(nothing_merged),
        described_by(without_op),
        described_by(without_order),
        described_by(sorted_parents),
        described_by(parents_not_merged),
        described_by(leaves_by_number),
        described_by(leaves_by_label),
        described_by(leaves_by_label_and_number),
        described_by(inner_by_number),
        described_by(parents_by_number),
        leaves_left_out,
        outputs_first,
        by_whole_formula,
        merges_for_real,
    ],
}
