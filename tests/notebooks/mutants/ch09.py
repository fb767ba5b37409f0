"""Answers to chapter 09's exercises: wrong ones, which the checks must catch, and right ones in other styles."""

import math

import numpy as np

from course import mine

engine = mine.chapter(9)
Value, wrap = engine.Value, engine.wrap

# 09.1


def dots(slopes=lambda xs, ys: (*ys, *xs), op="dot", strict=True, total=math.fsum, parents=lambda xs, ys: (*xs, *ys)):
    """A solution but for its slopes, op, lengths, number or parents."""

    def dot(xs, ys):
        xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
        number = total(x.data * y.data for x, y in zip(xs, ys, strict=strict))
        return Value(number, parents(xs, ys), op, [node.data for node in slopes(xs, ys)])

    return dot


def many_nodes(xs, ys):
    return sum(wrap(x) * y for x, y in zip(xs, ys, strict=True))


def node_of_products(xs, ys):
    products = [wrap(x) * y for x, y in zip(xs, ys, strict=True)]
    return Value(sum(p.data for p in products), tuple(products), "dot", [1.0] * len(products))


def no_plain_numbers(xs, ys):
    number = sum(x.data * y.data for x, y in zip(xs, ys, strict=True))
    return Value(number, (*xs, *ys), "dot", [node.data for node in (*ys, *xs)])


def copies(xs, ys):
    xs, ys = ([Value(getattr(item, "data", item)) for item in items] for items in (xs, ys))
    return Value(
        sum(x.data * y.data for x, y in zip(xs, ys, strict=True)), (*xs, *ys), "dot", [n.data for n in ys + xs]
    )


def each_once(xs, ys):
    xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
    shares = {}
    for x, y in zip(xs, ys, strict=True):
        shares[x] = y.data
        shares[y] = x.data
    return Value(
        sum(x.data * y.data for x, y in zip(xs, ys, strict=True)), tuple(shares), "dot", tuple(shares.values())
    )


def asserts_lengths(xs, ys):
    assert len(xs) == len(ys)
    return dots(strict=False)(xs, ys)


def goes_backward(xs, ys):
    node = dots()(xs, ys)
    node.backward()
    return node


def slopes_are_nodes(xs, ys):
    xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
    return Value(sum(x.data * y.data for x, y in zip(xs, ys, strict=True)), (*xs, *ys), "dot", (*ys, *xs))


def plain_number(xs, ys):
    return sum(wrap(x).data * wrap(y).data for x, y in zip(xs, ys, strict=True))


def weights_only(xs, ys):
    xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
    number = sum(x.data * y.data for x, y in zip(xs, ys, strict=True))
    return Value(number, tuple(xs), "dot", [y.data for y in ys])


def pair_by_pair(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"{len(xs)} and {len(ys)} items")
    total, parents, slopes = 0.0, [], []
    for x, y in zip(map(wrap, xs), map(wrap, ys), strict=True):
        total += x.data * y.data
        parents += [x, y]
        slopes += [y.data, x.data]
    return Value(total, parents, "dot", slopes)


def with_numpy(xs, ys):
    xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
    numbers = [np.array([node.data for node in nodes]) for nodes in (xs, ys)]
    return Value(numbers[0] @ numbers[1], xs + ys, "dot", [*numbers[1], *numbers[0]])


# 09.2


def filled(a, b):
    length = max(len(a), len(b))
    return [(1,) * (length - len(shape)) + shape for shape in (a, b)]


def larger(a, b):
    for m, n in zip(*filled(a, b), strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(map(max, *filled(a, b)))


def from_the_left(a, b):
    length = max(len(a), len(b))
    a, b = (shape + (1,) * (length - len(shape)) for shape in (a, b))
    return by_recursion(a, b)


def accepts_all(a, b):
    return tuple(n if m == 1 else m for m, n in zip(*filled(a, b), strict=True))


def forgets_the_rest(a, b):
    return by_recursion(a[-min(len(a), len(b)) :], b[-min(len(a), len(b)) :])


def divides(a, b):
    for m, n in zip(*filled(a, b), strict=True):
        if max(m, n) % max(min(m, n), 1):
            raise ValueError
    return tuple(map(max, *filled(a, b)))


def returns_a_list(a, b):
    return list(by_recursion(a, b))


def asks_numpy(a, b):
    return np.broadcast_shapes(a, b)


def makes_arrays(a, b):
    return (np.zeros(a) + np.zeros(b)).shape


def raises_a_type_error(a, b):
    try:
        return by_recursion(a, b)
    except ValueError:
        raise TypeError("no") from None


def returns_none(a, b):
    try:
        return by_recursion(a, b)
    except ValueError:
        return None


def by_recursion(a, b):
    if not a or not b:
        return a or b
    if a[-1] != b[-1] and a[-1] != 1 and b[-1] != 1:
        raise ValueError(f"{a[-1]} and {b[-1]}")
    return (*by_recursion(a[:-1], b[:-1]), b[-1] if a[-1] == 1 else a[-1])


def from_the_right(a, b):
    result = []
    for i in range(1, max(len(a), len(b)) + 1):
        sizes = {shape[-i] for shape in (a, b) if i <= len(shape)} - {1}
        if len(sizes) > 1:
            raise ValueError(f"axis {-i}: {sizes}")
        result.insert(0, sizes.pop() if sizes else 1)
    return tuple(result)


# 09.3


def integers(labels, classes):
    return (np.asarray(labels)[:, None] == np.arange(classes)).astype(int)


def mask(labels, classes):
    return np.asarray(labels)[:, None] == np.arange(classes)


def turned(labels, classes):
    return (np.arange(classes)[:, None] == np.asarray(labels)).astype(float)


def without_none(labels, classes):
    return (np.asarray(labels) == np.arange(classes)).astype(float)


def from_one(labels, classes):
    return (np.asarray(labels)[:, None] == np.arange(1, classes + 1)).astype(float)


def by_a_loop(labels, classes):
    table = np.zeros((len(labels), classes))
    for row, label in enumerate(labels):
        table[row, label] = 1.0
    return table


def by_while(labels, classes):
    table, row = np.zeros((len(labels), classes)), 0
    while row < len(labels):
        table[row, labels[row]] = 1.0
        row += 1
    return table


def by_map(labels, classes):
    return np.array(list(map(np.eye(classes).__getitem__, labels)))


def loop_in_a_helper(labels, classes):
    return by_a_loop(labels, classes)


def by_vectorize(labels, classes):
    return np.vectorize(lambda label, k: float(label == k))(np.asarray(labels)[:, None], np.arange(classes))


def label_by_label(labels, classes):
    if len(labels) == 1:
        return np.eye(classes)[labels]
    return np.concatenate([np.eye(classes)[labels[:1]], label_by_label(labels[1:], classes)])


def by_a_comprehension(labels, classes):
    return np.array([[float(k == label) for k in range(classes)] for label in labels])


def whole_columns(labels, classes):
    table = np.zeros((len(labels), classes))
    table[:, labels] = 1.0
    return table


def small_floats(labels, classes):
    return np.eye(classes, dtype=np.float32)[np.asarray(labels)]


def as_many_as_seen(labels, classes):
    return np.eye(max(labels) + 1)[labels]


def no_arrays(labels, classes):
    return (labels[:, None] == np.arange(classes)).astype(float)


def by_eye(labels, classes):
    return np.eye(classes)[labels]


def by_places(labels, classes):
    table = np.zeros((len(labels), classes))
    table[np.arange(len(labels)), labels] = 1
    return table


def column(numbers):
    return np.asarray(numbers)[:, None]


def with_a_helper(labels, classes):
    return (column(labels) == np.arange(classes)).astype(float)


def by_outer(labels, classes):
    return np.where(np.equal.outer(np.asarray(labels), np.arange(classes)), 1.0, 0.0)


# 09.4


def layers(for_x=lambda g, x, w: g @ w, for_w=lambda g, x, w: g.T @ x, for_b=lambda g, x, w: g.sum(axis=0)):
    """A solution but for one of the three."""

    def layer_gradients(g, x, w):
        return for_x(g, x, w), for_w(g, x, w), for_b(g, x, w)

    return layer_gradients


def by_three_axes(g, x, w):
    return (g[:, :, None] * w).sum(axis=1), (g[:, :, None] * x[:, None]).sum(axis=0), g.sum(axis=0)


def by_points(g, x, w):
    total = np.zeros_like(w)
    for row, point in zip(g, x, strict=True):
        total += row[:, None] * point
    return g @ w, total, g.sum(axis=0)


def by_while_too(g, x, w):
    total, p = np.zeros_like(w), 0
    while p < len(x):
        total += g[p][:, None] * x[p]
        p += 1
    return g @ w, total, g.sum(axis=0)


def sum_of_a_map(g, x, w):
    return g @ w, sum(map(np.outer, g, x)), g.sum(axis=0)


def in_place(g, x, w):
    g_x = g @ w
    g /= len(g)
    return g_x, g.T @ x, g.sum(axis=0)


def two_of_three(g, x, w):
    return g @ w, g.T @ x


def by_einsum(g, x, w):
    return [np.einsum("pj,ji->pi", g, w), np.einsum("pj,pi->ji", g, x), np.einsum("pj->j", g)]


def turned_twice(g, x, w):
    return (w.T @ g.T).T, (x.T @ g).T, np.ones(len(g)) @ g


# 09.5


def by_three_axes_too(points, centers):
    return ((points[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)


def largest_product(points, centers):
    return (points @ centers.T).argmax(axis=1)


def farthest(points, centers):
    return by_formula(-points, centers)


def half_a_product(points, centers):
    return ((centers**2).sum(axis=1) - points @ centers.T).argmin(axis=1)


def for_each_center(points, centers):
    return ((centers**2).sum(axis=1) - 2 * points @ centers.T).argmin(axis=0)


def list_of_positions(points, centers):
    return list(by_formula(points, centers))


def by_formula(points, centers):
    return ((points**2).sum(axis=1)[:, None] - 2 * points @ centers.T + (centers**2).sum(axis=1)).argmin(axis=1)


def center_by_center(points, centers):
    best, result = np.full(len(points), np.inf), np.zeros(len(points), dtype=int)
    for k, center in enumerate(centers):
        gaps = ((points - center) ** 2).sum(axis=1)
        closer = gaps < best
        best[closer], result[closer] = gaps[closer], k
    return result


def stacked(points, centers):
    return np.argmin([np.linalg.norm(points - center, axis=1) for center in centers], axis=0)


MUTANTS = {
    "09.1": [
        dots(slopes=lambda xs, ys: (*xs, *ys)),
        dots(op="*"),
        dots(strict=False),
        dots(total=max),
        dots(parents=lambda xs, ys: (*ys, *xs)),
        many_nodes,
        node_of_products,
        no_plain_numbers,
        copies,
        each_once,
        goes_backward,
        asserts_lengths,
        plain_number,
        weights_only,
        slopes_are_nodes,
    ],
    "09.2": [
        larger,
        from_the_left,
        accepts_all,
        forgets_the_rest,
        divides,
        returns_a_list,
        asks_numpy,
        makes_arrays,
        raises_a_type_error,
        returns_none,
    ],
    "09.3": [
        integers,
        mask,
        turned,
        without_none,
        from_one,
        by_a_loop,
        by_a_comprehension,
        by_while,
        by_map,
        by_vectorize,
        loop_in_a_helper,
        label_by_label,
        whole_columns,
        small_floats,
        as_many_as_seen,
        no_arrays,
    ],
    "09.4": [
        layers(for_x=lambda g, x, w: g @ w.T if w.shape[0] == w.shape[1] else np.zeros_like(x)),
        layers(for_x=lambda g, x, w: g @ w / len(g)),
        layers(for_w=lambda g, x, w: x.T @ g),
        layers(for_w=lambda g, x, w: g.T @ x / len(g)),
        layers(for_b=lambda g, x, w: g),
        layers(for_b=lambda g, x, w: g.sum(axis=1)),
        layers(for_b=lambda g, x, w: g.mean(axis=0)),
        layers(for_b=lambda g, x, w: g.sum(axis=0, keepdims=True)),
        by_three_axes,
        by_points,
        by_while_too,
        sum_of_a_map,
        in_place,
        two_of_three,
    ],
    "09.5": [by_three_axes_too, largest_product, farthest, half_a_product, for_each_center, list_of_positions],
}

RIGHT = {
    "09.1": [pair_by_pair, with_numpy, dots()],
    "09.2": [by_recursion, from_the_right],
    "09.3": [by_eye, by_places, by_outer, with_a_helper],
    "09.4": [by_einsum, turned_twice],
    "09.5": [by_formula, center_by_center, stacked],
}

# Words that the message to a wrong answer has to hold.
SAYS = {
    asserts_lengths: "raised an AssertionError",
    many_nodes: "op",
    plain_number: "expected: a Value",
    slopes_are_nodes: "and not a plain number",
    copies: "0 of the parents are Values that were given",
    from_the_left: "expected: (3, 4)",
    larger: "a 1 gives way, to a 0 too",
    asks_numpy: "NumPy's own broadcasting was called",
    by_a_loop: "a loop",
    by_while: "a loop",
    loop_in_a_helper: "a loop",
    by_map: "`map`",
    by_vectorize: "functions of your own are called",
    label_by_label: "functions of your own are called 60 times for 60 rows",
    by_while_too: "a loop",
    sum_of_a_map: "`map`",
    by_three_axes: "at most 120,000",
    by_three_axes_too: "at most 4,000,000",
    in_place: "changed its argument",
}
