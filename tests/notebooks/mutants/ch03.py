"""Wrong answers to the exercises of chapter 03: mistakes that readers make, and that the checks must catch."""

import math

from autograd.graph import topological_order


def local_slopes(**wrong):
    """A solution but for the operations given, as functions of (a, b)."""
    right = {"+": lambda a, b: (1.0, 1.0), "-": lambda a, b: (1.0, -1.0), "*": lambda a, b: (b, a)}
    right["/"] = lambda a, b: (1 / b, -a / b**2)
    names = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
    table = right | {names[name]: slopes for name, slopes in wrong.items()}
    return lambda op, a, b: table[op](a, b)


def nudged(op, a, b, h=1e-2):
    def f(a, b):
        return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else 0.0}[op]

    return (f(a + h, b) - f(a, b)) / h, (f(a, b + h) - f(a, b)) / h


# 03.2


def slope(is_leaf=lambda node, leaf: node is leaf, at_leaf=1.0, combine=sum, edge=lambda local, below: local * below):
    """A solution but for when the walk ends, what it returns there, or how it multiplies and adds."""

    def walk(node, leaf):
        if is_leaf(node, leaf):
            return at_leaf
        pairs = zip(node.parents, node.local_gradients, strict=True)
        return combine([edge(local, walk(parent, leaf)) for parent, local in pairs])

    return walk


def last_path_only(node, leaf):
    if node is leaf:
        return 1.0
    found = 0.0
    for parent, local in zip(node.parents, node.local_gradients, strict=True):
        below = last_path_only(parent, leaf)
        if below:
            found = local * below
    return found


def parents_in_a_dictionary(node, leaf):
    if node is leaf:
        return 1.0
    edges = dict(zip(node.parents, node.local_gradients, strict=True))
    return sum((local * parents_in_a_dictionary(parent, leaf) for parent, local in edges.items()), 0.0)


def first_edge_only(node, leaf):
    if node is leaf:
        return 1.0
    if not node.parents:
        return 0.0
    return node.local_gradients[0] * first_edge_only(node.parents[0], leaf)


def leaves_grads_behind(node, leaf):
    node.grad = 1.0
    for each in reversed(topological_order(node)):
        for parent, local in zip(each.parents, each.local_gradients, strict=True):
            parent.grad += each.grad * local
    return leaf.grad


TOTAL = [0.0]


def adds_to_a_global(node, leaf, product=1.0):
    if node is leaf:
        TOTAL[0] += product
    for parent, local in zip(node.parents, node.local_gradients, strict=True):
        adds_to_a_global(parent, leaf, product * local)
    return TOTAL[0]


# 03.3


def neuron(outer=lambda out, target: 2 * (out - target), inner=lambda n, out: 1 - out**2, result=None):
    """A solution but for the slope of the loss, the slope of tanh, or what is returned."""
    result = result or (lambda slope, x, w: (slope * w, slope * x, slope))

    def neuron_gradients(x, w, b, target):
        n = x * w + b
        out = math.tanh(n)
        return result(outer(out, target) * inner(n, out), x, w)

    return neuron_gradients


def neuron_by_nudging(x, w, b, target, h=1e-6):
    def loss(x, w, b):
        return (math.tanh(x * w + b) - target) ** 2

    return (
        (loss(x + h, w, b) - loss(x - h, w, b)) / (2 * h),
        (loss(x, w + h, b) - loss(x, w - h, b)) / (2 * h),
        (loss(x, w, b + h) - loss(x, w, b - h)) / (2 * h),
    )


# 03.4


def strongest(size=abs, combine=max, start=1.0, product=lambda strength, size: strength * size):
    """A solution but for the size of an edge, the way offers are combined, or the strength of the root."""

    def answer(root, leaf):
        strength = {root: start}
        for node in reversed(topological_order(root)):
            for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                strength[parent] = combine(strength.get(parent, 0.0), product(strength[node], size(slope)))
        return strength.get(leaf, 0.0)

    return answer


def by_all_paths(root, leaf):
    if root is leaf:
        return 1.0
    offers = [
        abs(slope) * by_all_paths(parent, leaf)
        for parent, slope in zip(root.parents, root.local_gradients, strict=True)
    ]
    return max(offers, default=0.0)


def greedy(root, leaf):
    node, strength = root, 1.0
    while node is not leaf and node.parents:
        sizes = [abs(slope) for slope in node.local_gradients]
        best = sizes.index(max(sizes))
        node, strength = node.parents[best], strength * sizes[best]
    return strength if node is leaf else 0.0


def recursive_with_memory(root, leaf, known=None):
    known = {} if known is None else known
    if root is leaf:
        return 1.0
    if root not in known:
        pairs = zip(root.parents, root.local_gradients, strict=True)
        known[root] = max((abs(s) * recursive_with_memory(p, leaf, known) for p, s in pairs), default=0.0)
    return known[root]


def as_met(position):
    """Passes on as nodes are met, breadth first or depth first, complete or not."""

    def answer(root, leaf):
        strength, waiting, seen = {root: 1.0}, [root], set()
        while waiting:
            node = waiting.pop(position)
            if node not in seen:
                seen.add(node)
                for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                    strength[parent] = max(strength.get(parent, 0.0), strength[node] * abs(slope))
                    waiting.append(parent)
        return strength.get(leaf, 0.0)

    return answer


def overwrites(root, leaf):
    return strongest(combine=lambda old, new: new)(root, leaf)


def fails_on_inner_nodes(root, leaf):
    return strongest()(root, leaf) if not leaf.parents or leaf is root else 0.0


MUTANTS = {
    "03.1": [
        local_slopes(sub=lambda a, b: (1.0, 1.0)),
        local_slopes(mul=lambda a, b: (a, b)),
        local_slopes(div=lambda a, b: (1 / b, a / b**2)),
        local_slopes(div=lambda a, b: (1 / b, -1 / b**2)),
        local_slopes(div=lambda a, b: (1 / b, -a / b)),
        local_slopes(div=lambda a, b: (b, -a / b**2)),
        local_slopes(add=lambda a, b: (a, b)),
        local_slopes(add=lambda a, b: 1.0),
        local_slopes(sub=lambda a, b: None),
        local_slopes(mul=lambda a, b: [b]),
        nudged,
    ],
    "03.2": [
        slope(at_leaf=0.0),
        slope(is_leaf=lambda node, leaf: node is leaf or not node.parents),
        slope(is_leaf=lambda node, leaf: node.data == leaf.data),
        slope(is_leaf=lambda node, leaf: node.label == leaf.label),
        slope(combine=lambda parts: max(parts, default=0.0)),
        slope(combine=math.prod),
        slope(edge=lambda local, below: local + below),
        slope(edge=lambda local, below: below),
        last_path_only,
        parents_in_a_dictionary,
        first_edge_only,
        leaves_grads_behind,
        adds_to_a_global,
    ],
    "03.3": [
        neuron(outer=lambda out, target: out - target),
        neuron(outer=lambda out, target: 2 * (target - out)),
        neuron(outer=lambda out, target: 2 * out),
        neuron(outer=lambda out, target: (out - target) ** 2),
        neuron(outer=lambda out, target: 1.0),
        neuron(inner=lambda n, out: 1 - n**2),
        neuron(inner=lambda n, out: out * (1 - out)),
        neuron(inner=lambda n, out: 1.0),
        neuron(result=lambda slope, x, w: (slope * x, slope * w, slope)),
        neuron(result=lambda slope, x, w: (slope * w, slope * x, 1.0)),
        neuron(result=lambda slope, x, w: (slope * w, slope * x)),
        neuron(result=lambda slope, x, w: (w, x, slope)),
        neuron_by_nudging,
    ],
    "03.4": [
        strongest(combine=lambda old, new: old + new),
        strongest(size=lambda slope: slope),
        strongest(product=lambda strength, size: strength + size),
        strongest(product=lambda strength, size: size),
        strongest(combine=lambda old, new: min(old or math.inf, new)),
        strongest(combine=lambda old, new: max(old, new, 1.0)),
        strongest(start=0.0),
        by_all_paths,
        greedy,
        recursive_with_memory,
        as_met(0),
        as_met(-1),
        overwrites,
        fails_on_inner_nodes,
    ],
}
