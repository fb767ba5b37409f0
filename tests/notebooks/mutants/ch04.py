"""Wrong answers to the exercises of chapter 04: mistakes that readers make, and that the checks must catch."""


def topological_order(root):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def as_met(root):
    nodes, seen = [root], {root}
    for node in nodes:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    return nodes[::-1]


def preorder(marked_when_pushed):
    """A stack, but nodes are written down before their parents are done."""

    def order(root):
        found, seen, stack = [], {root} if marked_when_pushed else set(), [root]
        while stack:
            node = stack.pop()
            if marked_when_pushed or node not in seen:
                seen.add(node)
                found.append(node)
                parents = [parent for parent in node.parents if parent not in seen]
                if marked_when_pushed:
                    seen.update(parents)
                stack.extend(parents)
        return found[::-1]

    return order


def by_size(root):
    return sorted(topological_order(root), key=lambda node: node.data)


def recursive_order(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


def sweep(order):
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope


# 04.1


def without_duplicates(order):
    met = set()
    for node in order:
        if not all(parent in met for parent in node.parents):
            return False
        met.add(node)
    return True


def missing_parents_allowed(order):
    place = {node: i for i, node in enumerate(order)}
    edges = ((parent, node) for node in order for parent in node.parents)
    return len(place) == len(order) and all(place.get(parent, -1) < place[node] for parent, node in edges)


def outputs_first(order):
    return order_is_right(order[::-1])


def order_is_right(order):
    met = set()
    for node in order:
        if node in met or not all(parent in met for parent in node.parents):
            return False
        met.add(node)
    return True


def any_parent(order):
    met = set()
    for node in order:
        if node in met or (node.parents and not any(parent in met for parent in node.parents)):
            return False
        met.add(node)
    return True


def leaves_first_is_enough(order):
    kinds = [bool(node.parents) for node in order]
    return kinds == sorted(kinds) and len(set(order)) == len(order)


def by_numbers(order):
    met = []
    for node in order:
        if not all(parent.data in met for parent in node.parents):
            return False
        met.append(node.data)
    return len(set(order)) == len(order)


def answers_at_the_first_node(order):
    met = set()
    for node in order:
        if node in met or not all(parent in met for parent in node.parents):
            return False
        met.add(node)
        return True
    return True


def searches_a_list(order):
    met = []
    for node in order:
        if node in met or not all(parent in met for parent in node.parents):
            return False
        met.append(node)
    return True


def only_one_root(order):
    return order_is_right(order) and (not order or len(order) == len(topological_order(order[-1])))


def counts(order):
    return len(order) == len(set(order))


# 04.2


def zero(nodes):
    def zero_grad(root):
        for node in nodes(root):
            node.grad = 0.0

    return zero_grad


def recursive_zero(root):
    root.grad = 0.0
    for parent in root.parents:
        recursive_zero(parent)


def recursive_zero_with_memory(root, seen=None):
    seen = set() if seen is None else seen
    if root not in seen:
        seen.add(root)
        root.grad = 0.0
        for parent in root.parents:
            recursive_zero_with_memory(parent, seen)


def stops_where_it_is_zero_already(root):
    stack = [root]
    while stack:
        node = stack.pop()
        node.grad = 0.0
        stack.extend(parent for parent in node.parents if parent.grad != 0 and parent.parents)


def skips_zeros(root):
    stack = [root]
    while stack:
        node = stack.pop()
        node.grad = 0.0
        stack.extend(parent for parent in node.parents if parent.grad != 0.0)


def seen_by_number(root):
    stack, seen = [root], {root.data}
    while stack:
        node = stack.pop()
        node.grad = 0.0
        for parent in node.parents:
            if parent.data not in seen:
                seen.add(parent.data)
                stack.append(parent)


def multiplies_by_zero(root):
    for node in topological_order(root):
        node.grad *= 0.0


def sets_none(root):
    for node in topological_order(root):
        node.grad = None


def returns_the_nodes(root):
    for node in topological_order(root):
        node.grad = 0.0
    return topological_order(root)


def removes_parents(root):
    for node in topological_order(root):
        node.grad, node.parents = 0.0, ()


def data_too(root):
    for node in topological_order(root):
        node.grad = node.data = 0.0


# 04.3


def backward(order=topological_order, reset=lambda node: node.parents, seed=1.0, add_seed=True):
    """A solution but for the order, which nodes are reset, or how the root starts."""

    def answer(root):
        nodes = order(root)
        for node in nodes:
            if reset(node):
                node.grad = 0.0
        root.grad = root.grad + seed if add_seed else seed
        sweep(nodes)

    return answer


def overwriting(root):
    nodes = topological_order(root)
    for node in nodes:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(nodes):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad = node.grad * slope


def forward_order(root):
    backward(order=lambda root: topological_order(root)[::-1])(root)


def eager(root):
    root.grad = 1.0

    def push(node):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope
            push(parent)

    push(root)


def over_paths(node, gradient=1.0):
    node.grad = gradient if node.parents else node.grad + gradient
    for parent, slope in zip(node.parents, node.local_gradients, strict=True):
        over_paths(parent, gradient * slope)


def leaf_root_ignored(root):
    if root.parents:
        backward()(root)


def resets_afterwards(root):
    nodes = topological_order(root)
    root.grad += 1.0
    sweep(nodes)
    for node in nodes:
        if node.parents:
            node.grad = 0.0


# 04.4


def slopes(prune=True, order=topological_order, keep_order=True, start=lambda wanted: set(wanted)):
    def answer(root, wanted):
        nodes, on_the_way = order(root), start(wanted)
        for node in nodes:
            if any(parent in on_the_way for parent in node.parents):
                on_the_way.add(node)
        gradients = {root: 1.0}
        for node in reversed(nodes):
            if node in gradients and (not prune or any(parent in on_the_way for parent in node.parents)):
                for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                    if not prune or parent in on_the_way:
                        gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * slope
        if keep_order:
            return [gradients.get(node, 0.0) for node in wanted]
        return [gradients[node] for node in nodes if node in wanted and node in gradients]

    return answer


def stops_at_wanted(root, wanted):
    """A wanted node does not pass on, so that another wanted node below it misses a path."""
    nodes, on_the_way = topological_order(root), set(wanted)
    for node in nodes:
        if any(parent in on_the_way for parent in node.parents):
            on_the_way.add(node)
    gradients = {root: 1.0}
    for node in reversed(nodes):
        if node in gradients and node not in wanted and any(parent in on_the_way for parent in node.parents):
            for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                if parent in on_the_way:
                    gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * slope
    return [gradients.get(node, 0.0) for node in wanted]


def uses_grad(root, wanted):
    for node in topological_order(root):
        node.grad = 0.0
    root.grad = 1.0
    sweep(topological_order(root))
    return [node.grad for node in wanted]


def overwrites_shares(root, wanted):
    nodes, gradients = topological_order(root), {root: 1.0}
    for node in reversed(nodes):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            gradients[parent] = gradients[node] * slope
    return [gradients.get(node, 0.0) for node in wanted]


def in_a_dictionary(root, wanted):
    found = slopes()(root, wanted)
    return dict(zip(wanted, found, strict=True))


MUTANTS = {
    "04.1": [
        without_duplicates,
        missing_parents_allowed,
        outputs_first,
        any_parent,
        leaves_first_is_enough,
        by_numbers,
        answers_at_the_first_node,
        searches_a_list,
        counts,
        only_one_root,
        lambda order: not order_is_right(order),
    ],
    "04.2": [
        zero(lambda root: [root]),
        zero(lambda root: root.parents),
        zero(lambda root: topological_order(root)[:-1]),
        zero(lambda root: [node for node in topological_order(root) if node.parents]),
        zero(lambda root: [node for node in topological_order(root) if not node.parents]),
        zero(recursive_order),
        recursive_zero,
        recursive_zero_with_memory,
        stops_where_it_is_zero_already,
        sets_none,
        skips_zeros,
        seen_by_number,
        multiplies_by_zero,
        returns_the_nodes,
        removes_parents,
        data_too,
    ],
    "04.3": [
        backward(reset=lambda node: False),
        backward(reset=lambda node: True),
        backward(reset=lambda node: not node.parents),
        backward(order=as_met),
        backward(order=recursive_order),
        backward(order=preorder(False)),
        backward(order=preorder(True)),
        backward(order=by_size),
        backward(add_seed=False),
        backward(seed=0.0),
        overwriting,
        forward_order,
        eager,
        over_paths,
        leaf_root_ignored,
        resets_afterwards,
    ],
    "04.4": [
        slopes(prune=False),
        slopes(order=as_met),
        slopes(order=preorder(False)),
        slopes(order=preorder(True)),
        slopes(order=recursive_order),
        slopes(keep_order=False),
        slopes(start=lambda wanted: {node for node in wanted if not node.parents}),
        stops_at_wanted,
        uses_grad,
        overwrites_shares,
        in_a_dictionary,
    ],
}
