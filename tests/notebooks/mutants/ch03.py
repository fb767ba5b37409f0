"""Answers to the exercises of chapter 03: wrong ones that readers give, and right ones in other styles."""

import math
import operator
from collections import defaultdict
from fractions import Fraction
from functools import cache

from autograd.graph import topological_order


def local_slopes(**wrong):
    """A solution but for the operations given, as functions of the inputs."""
    table = {
        "add": lambda a, b: (1.0, 1.0),
        "sub": lambda a, b: (1.0, -1.0),
        "mul": lambda a, b: (b, a),
        "div": lambda a, b: (1 / b, -a / b**2),
        "neg": lambda a: (-1.0,),
        "tanh": lambda a: (1 - math.tanh(a) ** 2,),
    } | wrong
    names = {"+": "add", "-": "sub", "*": "mul", "/": "div", "neg": "neg", "tanh": "tanh"}

    def answer(op, *inputs):
        if op not in names:
            raise ValueError(f"unknown operation {op}")
        return table[names[op]](*inputs)

    return answer


def nudged(h, both_sides):
    """Measures instead of computing."""
    functions = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "neg": operator.neg,
        "tanh": math.tanh,
    }

    def answer(op, *inputs):
        if op not in functions:
            raise ValueError(op)

        def at(position, step):
            return functions[op](*[x + step * (i == position) for i, x in enumerate(inputs)])

        low = h if both_sides else 0.0
        return tuple((at(i, h) - at(i, -low)) / (h + low) for i in range(len(inputs)))

    return answer


def all_cases_at_once(op, *inputs):
    a, b = inputs if len(inputs) == 2 else (*inputs, 1.0)
    table = {"+": (1, 1), "-": (1, -1), "*": (b, a), "/": (1 / b, -a / b**2), "neg": (-1,)}
    table["tanh"] = (1 - math.tanh(a) ** 2,)
    if op not in table:
        raise ValueError(op)
    return table[op]


def two_inputs_always(op, *inputs):
    a, b = inputs
    return local_slopes()(op, a, b)


def last_case_for_the_rest(op, *inputs):
    if op in ("+", "-", "*", "/", "neg"):
        return local_slopes()(op, *inputs)
    return (1 - math.tanh(inputs[0]) ** 2,)


def returns_none(op, *inputs):
    if op in ("+", "-", "*", "/", "neg", "tanh"):
        return local_slopes()(op, *inputs)


def by_match(op, *inputs):
    """Right: structural pattern matching, a list as the result, and another formula for tanh."""
    match op, inputs:
        case "+", (_, _):
            return [1, 1]
        case "-", (_, _):
            return [1, -1]
        case "*", (a, b):
            return [b, a]
        case "/", (a, b):
            return [1 / b, -(a / b) / b]
        case "neg", (_,):
            return [-1]
        case "tanh", (a,):
            return [1 / math.cosh(a) ** 2]
    raise ValueError(f"no slopes for {op}")


SLOPES = {
    "+": (lambda a, b: 1.0, lambda a, b: 1.0),
    "-": (lambda a, b: 1.0, lambda a, b: -1.0),
    "*": (lambda a, b: b, lambda a, b: a),
    "/": (lambda a, b: 1 / b, lambda a, b: -a / (b * b)),
    "neg": (lambda a: -1.0,),
    "tanh": (lambda a: 1 - math.tanh(a) ** 2,),
}


def from_a_table(op, *inputs):
    """Right: a table of functions, and its KeyError turned into the error asked for."""
    try:
        slopes = SLOPES[op]
    except KeyError:
        raise ValueError(f"unknown: {op}") from None
    return tuple(slope(*inputs) for slope in slopes)


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


def over_listed_paths(node, leaf):
    """Right: a generator of products, one for each path."""

    def products(node):
        if node is leaf:
            yield 1.0
            return
        for parent, local in zip(node.parents, node.local_gradients, strict=True):
            for product in products(parent):
                yield local * product

    return sum(products(node), 0.0)


def with_a_stack(node, leaf):
    """Right: no function calls itself."""
    total, waiting = 0.0, [(node, 1.0)]
    while waiting:
        here, product = waiting.pop()
        if here is leaf:
            total += product
        else:
            waiting += [(p, product * s) for p, s in zip(here.parents, here.local_gradients, strict=True)]
    return total


def remembered(node, leaf):
    """Right: each node is asked once."""

    @cache
    def below(here):
        if here is leaf:
            return 1.0
        return sum(s * below(p) for p, s in zip(here.parents, here.local_gradients, strict=True))

    return below(node)


def in_fractions(node, leaf):
    """Right: exact arithmetic, a float at the end."""

    def below(here):
        if here is leaf:
            return Fraction(1)
        pairs = zip(here.parents, here.local_gradients, strict=True)
        return sum((Fraction(slope) * below(parent) for parent, slope in pairs), Fraction(0))

    return float(below(node))


# 03.3


def swept(order=lambda order: order[::-1], edges=None, share=lambda node, slope: node.grad * slope, add=True):
    """A solution but for the direction, the edges, what is passed on, or that it is added."""
    edges = edges or (lambda node: list(zip(node.parents, node.local_gradients, strict=True)))

    def sweep(nodes):
        for node in order(nodes):
            for parent, slope in edges(node):
                parent.grad = parent.grad + share(node, slope) if add else share(node, slope)

    return sweep


def sets_the_root(order):
    order[-1].grad = 1.0
    swept()(order)


passes_on_its_number = swept(share=lambda node, slope: node.data * slope)


def begins_with_zeros(order):
    root = order[-1].grad
    for node in order:
        node.grad = 0.0
    order[-1].grad = root
    swept()(order)


def turns_the_list_around(order):
    order.reverse()
    swept(order=list)(order)


def empties_the_list(order):
    while order:
        node = order.pop()
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope


def path_by_path(order):
    def push(node, gradient):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += gradient * slope
            push(parent, gradient * slope)

    push(order[-1], order[-1].grad)


def pushes_what_has_come_so_far(order):
    """Passes on whenever something arrives, the whole gradient each time."""

    def push(node):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope
            push(parent)

    push(order[-1])


def in_a_dictionary(order):
    gradients = {order[-1]: 1.0}
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * slope
    return gradients


def takes_off_parents(order):
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope
        node.parents = ()


def by_positions(order):
    """Right: counts down."""
    for position in range(len(order) - 1, -1, -1):
        node = order[position]
        for i in range(len(node.parents)):
            node.parents[i].grad = node.parents[i].grad + node.local_gradients[i] * node.grad


def in_a_copy(order):
    """Right: empties a list of its own, and returns something that nobody asked for."""
    waiting = list(order)
    while waiting:
        node = waiting.pop()
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope
    return order


def collected_first(order):
    """Right: shares are kept in a dictionary until a node's turn comes."""
    shares = defaultdict(list)
    for node in order[::-1]:
        node.grad += sum(shares.pop(node, []))
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            shares[parent].append(node.grad * slope)


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


def greedy_from_the_leaf(root, leaf):
    nodes = topological_order(root)
    node, strength = leaf, 1.0
    while node is not root:
        steps = [
            (abs(slope), position, child)
            for position, child in enumerate(nodes)
            for parent, slope in zip(child.parents, child.local_gradients, strict=True)
            if parent is node
        ]
        if not steps:
            return 0.0
        size, _, node = max(steps, key=lambda step: step[:2])
        strength *= size
    return strength


def remembered_strength(root, leaf):
    """Right: from the leaf's side, each node asked once."""
    known = {}

    def below(node):
        if node is leaf:
            return 1.0
        if node not in known:
            pairs = zip(node.parents, node.local_gradients, strict=True)
            known[node] = max((abs(slope) * below(parent) for parent, slope in pairs), default=0.0)
        return known[node]

    return below(root)


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
        local_slopes(neg=lambda a: -1.0),
        local_slopes(neg=lambda a: (1.0,)),
        local_slopes(neg=lambda a: (-a,)),
        local_slopes(tanh=lambda a: (1 - a * a,)),
        local_slopes(tanh=lambda a: (math.tanh(a),)),
        local_slopes(tanh=lambda a: (1 - math.tanh(a),)),
        nudged(1e-6, both_sides=False),
        nudged(1e-5, both_sides=True),
        all_cases_at_once,
        two_inputs_always,
        last_case_for_the_rest,
        returns_none,
        lambda op, *inputs: SLOPES[op] and from_a_table(op, *inputs),
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
        swept(order=list),
        swept(order=lambda nodes: nodes[::-1][1:]),
        swept(order=lambda nodes: [nodes[-1]]),
        swept(order=lambda nodes: sorted(nodes, key=lambda node: -node.data)),
        swept(add=False),
        swept(share=lambda node, slope: node.grad + slope),
        swept(share=lambda node, slope: slope),
        passes_on_its_number,
        swept(edges=lambda node: dict(zip(node.parents, node.local_gradients, strict=True)).items()),
        swept(edges=lambda node: list(zip(node.parents, node.local_gradients, strict=True))[:1]),
        swept(edges=lambda node: list(zip(node.parents, reversed(node.local_gradients), strict=True))),
        sets_the_root,
        begins_with_zeros,
        turns_the_list_around,
        empties_the_list,
        path_by_path,
        pushes_what_has_come_so_far,
        in_a_dictionary,
        takes_off_parents,
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
        greedy_from_the_leaf,
        as_met(0),
        as_met(-1),
        overwrites,
        fails_on_inner_nodes,
    ],
}

SAYS = {
    passes_on_its_number: "p, with the gradient 1, passes on 1 * 3",
    sets_the_root: "r.grad was set to 2 before",
}

RIGHT = {
    "03.1": [by_match, from_a_table, local_slopes(div=lambda a, b: (b**-1, -a * b**-2))],
    "03.2": [over_listed_paths, with_a_stack, remembered, in_fractions],
    "03.3": [swept(), by_positions, in_a_copy, collected_first],
    "03.4": [strongest(), remembered_strength, strongest(combine=lambda old, new: new if new > old else old)],
}

# These go along 2**40 paths and more: a longer wait shows nothing else.
ENDLESS = [by_all_paths, path_by_path]
