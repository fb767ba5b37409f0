"""Answers to the exercises of chapter 04: mistakes that readers make, and right answers in other styles."""

from collections import Counter


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


def marked_when_pushed(root):
    """Two kinds of entries, but a node counts as met when it is put on the stack."""
    order, seen, stack = [], {root}, [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        else:
            stack.append((node, True))
            for parent in node.parents:
                if parent not in seen:
                    seen.add(parent)
                    stack.append((parent, False))
    return order


def never_marked(root):
    """Every path is walked; a node is written down the first time."""
    order, written, stack = [], set(), [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if not parents_are_done:
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
        elif node not in written:
            written.add(node)
            order.append(node)
    return order


def searched_list(root):
    order, stack = [], [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if node in order:
            continue
        if parents_are_done:
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def searches_what_is_written(root):
    """The list that is searched stays short while the walk goes down, unless leaves are written on the way."""
    order, stack = [], [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif node not in order:
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def seen_by_number(root):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif node.data not in seen:
            seen.add(node.data)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def marks_in_the_nodes(root):
    order, stack = [], [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif not hasattr(node, "met"):
            node.met = True
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def waiting(root):
    """Count for each node how many edges leave it; write a node down when all that it feeds has been."""
    edges, stack, seen = Counter(), [root], {root}
    while stack:
        for parent in stack.pop().parents:
            edges[parent] += 1
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            edges[parent] -= 1
            if not edges[parent]:
                ready.append(parent)
    return order[::-1]


def with_iterators(root):
    """Keeps for each node on the stack the parents that are still to be visited."""
    order, seen, stack = [], {root}, [(root, iter(root.parents))]
    while stack:
        node, parents = stack[-1]
        for parent in parents:
            if parent not in seen:
                seen.add(parent)
                stack.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            stack.pop()
    return tuple(order)


def with_a_dictionary(root):
    """Looks at the top of the stack and takes it off when all of its parents are placed."""
    place, stack = {}, [root]
    while stack:
        node = stack[-1]
        missing = [parent for parent in node.parents if parent not in place]
        if node in place or not missing:
            place.setdefault(node, len(place))
            stack.pop()
        else:
            stack.extend(missing)
    return list(place)


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


def resets_leaves_without_slope(root):
    """A leaf through which no slope came is overwritten with 0."""
    nodes = topological_order(root)
    before = {node: node.grad for node in nodes if not node.parents}
    for node in nodes:
        node.grad = 0.0
    root.grad = 1.0
    sweep(nodes)
    for leaf, grad in before.items():
        leaf.grad = leaf.grad and grad + leaf.grad


REMEMBERED = {}


def resets_everything_it_remembers(root):
    nodes = topological_order(root)
    REMEMBERED.update(dict.fromkeys(node for node in nodes if node.parents))
    for node in REMEMBERED:
        node.grad = 0.0
    root.grad += 1.0
    sweep(nodes)


def with_a_dictionary_of_gradients(root):
    nodes, gradients = topological_order(root), {root: 1.0}
    for node in reversed(nodes):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * slope
    for node in nodes:
        node.grad = gradients[node] + (0.0 if node.parents else node.grad)


def remembers_what_leaves_held(root):
    nodes = waiting(root)
    held = {node: node.grad for node in nodes if not node.parents}
    for node in nodes:
        node.grad = 0
    root.grad = 1
    sweep(nodes)
    for leaf, grad in held.items():
        leaf.grad += grad


def slopes_by_dictionary(root, wanted):
    """First which nodes lead to a wanted one, then gradients for those only."""
    nodes = with_iterators(root)
    leads = dict.fromkeys(nodes, False)
    for node in nodes:
        leads[node] = any(parent in wanted or leads[parent] for parent in node.parents)
    gradients = dict.fromkeys(nodes, 0.0) | {root: 1.0}
    for node in reversed(nodes):
        if leads[node] and gradients[node]:
            for parent, slope in zip(node.parents, node.local_gradients, strict=True):
                gradients[parent] += gradients[node] * slope
    return tuple(gradients.get(node, 0.0) for node in wanted)


def inputs_first_by_places(order):
    place = {id(node): position for position, node in enumerate(order)}
    if len(place) < len(order):
        return False
    return all(place.get(id(parent), len(order)) < place[id(node)] for node in order for parent in node.parents)


def inputs_first_by_a_shrinking_set(order):
    """Taken from the end, no node's parents may have been taken yet."""
    rest = set(order)
    if len(rest) != len(order):
        return False
    for node in reversed(order):
        rest.discard(node)
        if any(parent not in rest for parent in node.parents):
            return False
    return True


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
        marked_when_pushed,
        never_marked,
        searched_list,
        searches_what_is_written,
        seen_by_number,
        marks_in_the_nodes,
        recursive_order,
        as_met,
        preorder(False),
        preorder(True),
        by_size,
        lambda root: topological_order(root)[::-1],
        lambda root: topological_order(root)[:-1],
        lambda root: [node for node in topological_order(root) if node.parents],
        lambda root: [node.data for node in topological_order(root)],
        lambda root: set(topological_order(root)),
        lambda root: iter(topological_order(root)),
        lambda root: print(topological_order(root)),
    ],
    "04.3": [
        backward(reset=lambda node: False),
        backward(reset=lambda node: True),
        backward(reset=lambda node: not node.parents),
        backward(order=as_met),
        backward(order=recursive_order),
        backward(order=searches_what_is_written),
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
        backward(reset=lambda node: node.parents or not node.data),
        resets_leaves_without_slope,
        backward(order=searched_list),
        backward(order=marked_when_pushed),
        resets_everything_it_remembers,
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


RIGHT = {
    "04.1": [inputs_first_by_places, inputs_first_by_a_shrinking_set],
    "04.2": [waiting, with_iterators, with_a_dictionary],
    "04.3": [with_a_dictionary_of_gradients, remembers_what_leaves_held, backward(order=waiting)],
    "04.4": [slopes_by_dictionary],
}

# These go along 2**40 paths and more: a longer wait shows nothing else.
ENDLESS = [never_marked]
