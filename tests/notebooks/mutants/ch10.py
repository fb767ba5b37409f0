"""Answers to the exercises of chapter 10: mistakes that readers make, and right answers in other styles."""

import numpy as np

from course import mine

engine = mine.chapter(10)
Tensor, Node, TABLE, reads, readable = engine.Tensor, engine.Node, engine.TABLE, engine.reads, engine.readable
call, sum_copies, topological_order = engine.call, engine.unbroadcast, engine.topological_order

# 10.1


def not_at_all(g, shape):
    return g


def loses_the_axis(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1))


def missing_axes_only(g, shape):
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def first_axis_only(g, shape):
    return g.sum(axis=0).reshape(shape) if g.shape != shape else g


def with_a_mean(g, shape):
    g = g.mean(axis=tuple(range(g.ndim - len(shape)))) if g.ndim > len(shape) else g
    return g.mean(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).astype(g.dtype)


def axes_from_the_right(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


def everything_for_a_one(g, shape):
    return np.full(shape, g.sum(), dtype=g.dtype) if 1 in shape or shape == () else missing_axes_only(g, shape)


def always_float64(g, shape):
    return right_with_reshape(g, shape).astype(float)


def in_place(g, shape):
    result = right_with_reshape(g, shape)
    if g.size:
        g *= 0
    return result


def right_with_reshape(g, shape):
    longer = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i in range(g.ndim) if longer[i] == 1)
    return g.sum(axis=axes, keepdims=True).reshape(shape)


def one_axis_at_a_time(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def number_by_number(g, shape):
    total = np.zeros(shape, g.dtype)
    missing = g.ndim - len(shape)
    for place in np.ndindex(g.shape):
        total[tuple(0 if n == 1 else i for i, n in zip(place[missing:], shape, strict=True))] += g[place]
    return total


def by_adding_at_places(g, shape):
    total = np.zeros(shape, g.dtype)
    np.add.at(np.ravel(total), np.broadcast_to(np.arange(total.size).reshape(shape), g.shape).ravel(), g.ravel())
    return total


# 10.2


def recorded(kept=None, wanted=None, arrays=None, switch=None, parents=None, rules=None, result=None):
    """A solution but for one of its steps."""

    def answer(op, *inputs, **settings):
        forward, all_rules = TABLE[op]
        given = arrays(inputs) if arrays else [x.data if isinstance(x, Tensor) else x for x in inputs]
        made = Tensor(forward(*given, **settings))
        nodes = [x.node if isinstance(x, Tensor) else None for x in inputs]
        pairs = [(n, r) for n, r in zip(nodes, all_rules.values(), strict=True) if n is not None]
        if (switch or (lambda: Tensor.recording))() and (wanted or bool)(pairs):
            known = readable(all_rules, given, made.data, settings)
            read = [name for _, rule in pairs for name in reads(rule) if name != "g"]
            keep = kept(known, read, all_rules) if kept else {name: known[name] for name in read}
            of_nodes = [node for node, _ in pairs]
            used = rules(all_rules, pairs) if rules else [rule for _, rule in pairs]
            made.node = Node(op, made.data.shape, parents(of_nodes) if parents else of_nodes, used, keep)
        return result(made) if result else made

    globals_of_answer = answer.__globals__
    assert globals_of_answer["TABLE"] is TABLE
    return answer


def with_full_likes(known, read, rules):
    return {name: np.zeros(known[name].shape) if name.startswith("like_") else known[name] for name in read}


def reads_of_all(known, read, rules):
    return {name: known[name] for rule in rules.values() for name in reads(rule) if name != "g"}


def record_by_steps(op, *inputs, **settings):
    forward = TABLE[op][0]
    numbers, names = [], list(TABLE[op][1])
    for x in inputs:
        numbers.append(x.data if isinstance(x, Tensor) else x)
    out = Tensor(forward(*numbers, **settings))
    if not Tensor.recording:
        return out
    parents, rules, kept = [], [], {}
    for name, x in zip(names, inputs, strict=True):
        if isinstance(x, Tensor) and x.node:
            rule = TABLE[op][1][name]
            parents.append(x.node)
            rules.append(rule)
            for wanted in reads(rule):
                if wanted == "y":
                    kept["y"] = out.data
                elif wanted in names:
                    kept[wanted] = numbers[names.index(wanted)]
                elif wanted.startswith("like_"):
                    kept[wanted] = np.broadcast_to(np.zeros(1), np.shape(numbers[names.index(wanted[5:])]))
                elif wanted in settings:
                    kept[wanted] = settings[wanted]
    if parents:
        out.node = Node(op=op, shape=out.data.shape, parents=parents, rules=rules, kept=kept)
    return out


def forgets_settings(op, *inputs, **settings):
    forward, rules = TABLE[op]
    return Tensor(forward(*[x.data if isinstance(x, Tensor) else x for x in inputs]))


def switches_on(op, *inputs, **settings):
    made = recorded()(op, *inputs, **settings)
    Tensor.recording = True
    return made


def tensors_only(op, *inputs, **settings):
    forward, rules = TABLE[op]
    return Tensor(forward(*[x.data for x in inputs], **settings))


# 10.3


def backward(part=None, total=None, leaf=None, order=None, take=None, begin=None, refuse=True):
    """A solution but for one of its steps."""

    def answer(root):
        if refuse and (root.data.size != 1 or root.node is None):
            raise ValueError("one number with a node, please")
        if root.node is None:
            return
        gradients = {root.node: begin(root) if begin else np.ones_like(root.data)}
        for node in reversed((order or topological_order)(root.node)):
            g = (take or gradients.pop)(node) if take is None else take(gradients, node)
            if node.tensor is not None:
                node.tensor.grad = leaf(node.tensor.grad, g) if leaf else add_to(node.tensor.grad, g)
            for parent, rule in zip(node.parents, node.rules, strict=True):
                sent = call(rule, g, node.kept)
                sent = part(sent, parent.shape) if part else sum_copies(sent, parent.shape)
                if parent in gradients:
                    gradients[parent] = total(gradients[parent], sent) if total else gradients[parent] + sent
                else:
                    gradients[parent] = sent

    return answer


def add_to(before, g):
    return np.array(g) if before is None else before + g


def in_place_sum(one, other):
    try:
        one += other
    except ValueError:  # a view that cannot be written to
        one = one + other
    return one


def copying(g, shape):
    """A right `unbroadcast` that always makes a new array."""
    return np.array(sum_copies(g, shape))


def beside(unbroadcast, take_over=False, add_in_place=False):
    """A `backward` in a notebook whose `unbroadcast` is the given one: shared arrays, if any, come from elsewhere."""
    namespace = {"np": np, "call": call, "topological_order": topological_order, "unbroadcast": unbroadcast}
    first = "g" if take_over else "g.copy()"
    add = "gradients[parent] += part" if add_in_place else "gradients[parent] = gradients[parent] + part"
    exec(BESIDE.format(first=first, add=add), namespace)
    return namespace["backward"]


BESIDE = """
def backward(root):
    if root.data.size != 1 or root.node is None:
        raise ValueError("one number with a node")
    gradients = {{root.node: np.ones_like(root.data)}}
    for node in reversed(topological_order(root.node)):
        g = gradients.pop(node)
        if node.tensor is not None:
            node.tensor.grad = {first} if node.tensor.grad is None else node.tensor.grad + g
        for parent, rule in zip(node.parents, node.rules):
            part = unbroadcast(call(rule, g, node.kept), parent.shape)
            if parent in gradients:
                {add}
            else:
                gradients[parent] = part
"""


def layer_by_layer(root):
    """Without an order: what arrives late at a node is sent on by itself, which is slower, and right."""
    if root.node is None or root.data.size != 1:
        raise ValueError("no loss")
    waiting, queue = {root.node: np.ones_like(root.data)}, [root.node]
    for node in queue:
        g = waiting.pop(node, None)
        if g is None:
            continue
        if node.tensor is not None:
            node.tensor.grad = add_to(node.tensor.grad, g)
        for parent, rule in zip(node.parents, node.rules, strict=True):
            waiting[parent] = waiting.get(parent, 0.0) + sum_copies(call(rule, g, node.kept), parent.shape)
            queue.append(parent)


def scalars_only(root):
    if root.data.shape != () or root.node is None:
        raise ValueError("one number with a node")
    backward()(root)


def over_paths(root):
    if root.data.size != 1 or root.node is None:
        raise ValueError("no loss")

    def send(node, g):
        if node.tensor is not None:
            node.tensor.grad = add_to(node.tensor.grad, g)
        for parent, rule in zip(node.parents, node.rules, strict=True):
            send(parent, sum_copies(call(rule, g, node.kept), parent.shape))

    send(root.node, np.ones_like(root.data))


def with_lists(root):
    if root.node is None or root.data.size != 1:
        raise ValueError("no loss")
    waiting = {id(root.node): [np.ones(root.data.shape)]}
    for node in topological_order(root.node)[::-1]:
        g = sum(waiting.pop(id(node)))
        if node.tensor is not None:
            node.tensor.grad = g + (0 if node.tensor.grad is None else node.tensor.grad)
        for parent, rule in zip(node.parents, node.rules, strict=True):
            waiting.setdefault(id(parent), []).append(sum_copies(call(rule, g, node.kept), parent.shape))


def with_zeros(root):
    if root.data.size != 1:
        raise ValueError("one number")
    if root.node is None:
        raise ValueError("no node")
    totals = {root.node: np.ones(root.shape)}
    order = topological_order(root.node)
    while order:
        node = order.pop()
        g = totals.pop(node)
        if node.tensor:
            node.tensor.grad = (np.zeros(node.shape) if node.tensor.grad is None else node.tensor.grad) + g
        for i, parent in enumerate(node.parents):
            part = sum_copies(call(node.rules[i], g, node.kept), parent.shape)
            totals[parent] = totals.get(parent, np.zeros(parent.shape)) + part


# 10.4


def pointwise(**other):
    """A solution but for the entries given; None leaves one out."""
    table = {
        "sub": (np.subtract, {"a": lambda g: g, "b": lambda g: -g}),
        "div": (np.divide, {"a": lambda g, b: g / b, "b": lambda g, y, b: -g * y / b}),
        "exp": (np.exp, {"x": lambda g, y: g * y}),
        "log": (np.log, {"x": lambda g, x: g / x}),
        "tanh": (np.tanh, {"x": lambda g, y: g * (1 - y * y)}),
        "relu": (lambda x: np.maximum(x, 0), {"x": lambda g, y: g * (y > 0)}),
    } | other
    return {op: entry for op, entry in table.items() if entry is not None}


def relu_in_place(x):
    x = np.array(x)
    x[x < 0] = 0
    return x


def spoils_g(g, y):
    g *= y > 0
    return g


# 10.5


def checker(weigh=True, direct=True, each=True, tolerance=1e-6, missing=True, fresh=False, nan=True, least=1):
    """A solution but for one of its steps."""

    def answer(f, arrays, rng):
        leaves = [Tensor(array, requires_grad=True) for array in arrays]
        result = f(*leaves)
        weights = rng.normal(size=result.shape) if weigh else np.ones(result.shape)
        (result * weights).sum().backward()

        def value(position, change):
            moved = [array + change if i == position else array for i, array in enumerate(arrays)]
            return np.sum(f(*map(Tensor, moved)).data * (rng.normal(size=result.shape) if fresh else weights))

        wrong = []
        for i, leaf in enumerate(leaves):
            d = rng.uniform(-1, 1, leaf.shape) if direct else np.ones(leaf.shape)
            slope = (value(i, 1e-5 * d) - value(i, -1e-5 * d)) / 2e-5
            if leaf.grad is None and not missing:
                wrong.append(i)
                continue
            claimed = 0 if leaf.grad is None else np.sum(leaf.grad * d)
            apart, allowed = abs(claimed - slope), tolerance * max(least, abs(slope))
            if not apart <= allowed if nan else apart > allowed:
                wrong.append(i)
        return wrong if each else list(range(len(arrays))) if wrong else []

    return answer


def one_by_one(f, arrays, rng):
    leaves = [Tensor(array, requires_grad=True) for array in arrays]
    f(*leaves).sum().backward()
    wrong = set()
    for i, array in enumerate(arrays):
        for place in list(np.ndindex(array.shape))[:50]:
            h = np.zeros(array.shape)
            h[place] = 1e-5
            above, below = ([a + s * h if i == j else a for j, a in enumerate(arrays)] for s in (1, -1))
            slope = (f(*map(Tensor, above)).data.sum() - f(*map(Tensor, below)).data.sum()) / 2e-5
            grad = 0 if leaves[i].grad is None else leaves[i].grad[place]
            if abs(slope - grad) > 1e-6 * max(1, abs(slope)):
                wrong.add(i)
    return sorted(wrong)


def as_a_tuple(f, arrays, rng):
    return tuple(checker()(f, arrays, rng))


def with_signs(f, arrays, rng):
    """Directions of plus and minus one, and weights between 1 and 2."""
    leaves = [Tensor(array, True) for array in arrays]
    weights = None

    def weighed(*tensors):
        nonlocal weights
        result = f(*tensors)
        weights = rng.uniform(1, 2, size=result.data.shape) if weights is None else weights
        return (result * weights).sum()

    weighed(*leaves).backward()
    found = []
    for i, leaf in enumerate(leaves):
        signs, h = rng.choice([-1.0, 1.0], size=leaf.data.shape), 4e-6
        ends = [weighed(*(Tensor(a.data + s * h * signs) if a is leaf else a for a in leaves)).item() for s in (1, -1)]
        measured = (ends[0] - ends[1]) / (2 * h)
        claimed = (leaf.grad * signs).sum() if leaf.grad is not None else 0.0
        if not abs(measured - claimed) <= 1e-6 * max(1.0, abs(measured)):
            found.append(i)
    return found


MUTANTS = {
    "10.1": [
        not_at_all,
        loses_the_axis,
        missing_axes_only,
        first_axis_only,
        with_a_mean,
        axes_from_the_right,
        everything_for_a_one,
        always_float64,
        in_place,
    ],
    "10.2": [
        recorded(kept=reads_of_all),
        recorded(kept=lambda known, read, rules: known),
        recorded(kept=lambda known, read, rules: {name: np.array(known[name]) for name in read}),
        recorded(kept=lambda known, read, rules: {}),
        recorded(kept=lambda known, read, rules: {name: known[name] for name in read if name in rules}),
        recorded(kept=with_full_likes),
        recorded(switch=lambda: True),
        recorded(wanted=lambda pairs: True),
        recorded(arrays=lambda inputs: [x.data if isinstance(x, Tensor) else np.asarray(float(x)) for x in inputs]),
        recorded(parents=lambda nodes: nodes[::-1]),
        recorded(parents=lambda nodes: list(dict.fromkeys(nodes))),
        recorded(rules=lambda rules, pairs: list(rules.values())),
        recorded(result=lambda made: made.data),
        forgets_settings,
        switches_on,
        tensors_only,
    ],
    "10.3": [
        backward(part=lambda g, shape: g),
        backward(total=lambda one, other: other),
        backward(total=in_place_sum),
        backward(leaf=lambda before, g: np.array(g)),
        backward(leaf=lambda before, g: g if before is None else before + g),
        backward(leaf=lambda before, g: (g if g.flags.writeable else g.copy()) if before is None else before + g),
        backward(order=lambda root: topological_order(root)[::-1]),
        backward(take=lambda gradients, node: gradients[node]),
        backward(begin=lambda root: np.zeros_like(root.data)),
        backward(refuse=False),
        over_paths,
        beside(copying, take_over=True),
        beside(copying, add_in_place=True),
        scalars_only,
    ],
    "10.4": [
        pointwise(sub=(np.subtract, {"a": lambda g: g, "b": lambda g: g})),
        pointwise(div=(np.divide, {"a": lambda g, b: g / b, "b": lambda g, a, b: g * a / (b * b)})),
        pointwise(div=(np.divide, {"a": lambda g, a, b, y: g * y / a, "b": lambda g, y, b: -g * y / b})),
        pointwise(exp=(np.exp, {"x": lambda g, x: g * np.exp(x)})),
        pointwise(exp=(np.exp, {"x": lambda y: y})),
        pointwise(log=(np.log, {"x": lambda g, y: g * np.exp(-y)}), tanh=(np.tanh, {"x": lambda g, y: 1 - y * y})),
        pointwise(tanh=(np.tanh, {"x": lambda g, x: g * (1 - np.tanh(x) ** 2)})),
        pointwise(tanh=(np.tanh, {"x": lambda g, y: g * (1 - y)})),
        pointwise(relu=(lambda x: np.maximum(x, 0), {"x": lambda g, x: g * (x >= 0)})),
        pointwise(relu=(lambda x: max(x, 0), {"x": lambda g, y: g * (y > 0)})),
        pointwise(relu=(lambda x: np.maximum(x, 0), {"x": spoils_g})),
        pointwise(relu=(lambda x: np.maximum(x, 0), {"x": lambda g, x, y: g * (y > 0)})),
        pointwise(relu=(lambda x: np.maximum(x, np.zeros(x.shape)), {"x": lambda g, y: g * (y > 0)})),
        pointwise(log=None),
        pointwise(log=(np.log, lambda g, x: g / x)),
        pointwise(log=(np.log, {"x": lambda grad, x: grad / x})),
        pointwise(log=(np.log2, {"x": lambda g, x: g / x})),
    ],
    "10.5": [
        checker(weigh=False),
        checker(each=False),
        checker(tolerance=1e-2),
        checker(missing=False),
        checker(fresh=True),
        checker(nan=False),
        checker(least=0),
        one_by_one,
    ],
}
RIGHT = {
    "10.1": [right_with_reshape, one_axis_at_a_time, number_by_number, by_adding_at_places],
    "10.2": [record_by_steps, recorded()],
    "10.3": [with_lists, with_zeros, backward(), beside(copying), beside(sum_copies), layer_by_layer],
    "10.4": [
        pointwise(
            div=(np.true_divide, {"a": lambda g, b: g / b, "b": lambda g, a, b: -g * a / (b * b)}),
            relu=(lambda x: np.where(x > 0, x, 0), {"x": lambda g, x: np.where(x > 0, g, 0)}),
        ),
        pointwise(
            exp=[np.exp, {"x": lambda y, g: y * g}],
            tanh=(np.tanh, {"x": lambda g, y: g - g * y**2}),
            relu=(lambda x: x * (x > 0), {"x": lambda g, y: g * np.sign(y)}),
            log=(np.log, {"x": lambda g, y: g * np.exp(-y)}),
        ),
        pointwise(relu=(relu_in_place, {"x": lambda y, g: g * (y > 0)})),
    ],
    "10.5": [checker(), as_a_tuple, with_signs],
}
SAYS = {
    with_a_mean: "This is the result of a mean over the copies in place of their sum.",
    MUTANTS["10.2"][0]: "Only the rules of inputs that have a node are called",
    MUTANTS["10.2"][2]: "is a copy",
    MUTANTS["10.2"][5]: "takes memory for each place",
    MUTANTS["10.2"][8]: "expected: float32",
    MUTANTS["10.2"][9]: "another object at",
    MUTANTS["10.2"][11]: "the rule of each input that has a node",
    MUTANTS["10.3"][4]: "it is a view",
    MUTANTS["10.3"][5]: "two leaves share one array",
    MUTANTS["10.3"][7]: "take a gradient out when it is passed on",
    MUTANTS["10.3"][11]: "with an unbroadcast that gives back g itself where nothing was copied",
    MUTANTS["10.3"][12]: "with an unbroadcast that gives back g itself where nothing was copied",
    switches_on: "changed Tensor.recording",
    scalars_only: "a leaf of shape (1, 1)",
    MUTANTS["10.5"][5]: "Every comparison with nan is False",
}
