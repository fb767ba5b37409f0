"""Wrong answers to chapter 11's exercises, which the checks must catch, and right ones in other styles."""

import itertools

import numpy as np


def last_two(x):
    return np.swapaxes(x, -1, -2)


# 11.1


def product_table(a, b, forward=np.matmul):
    return {"matmul": (forward, {"a": a, "b": b})}


def right_a(g, b):
    return g @ last_two(b)


def right_b(g, a):
    return last_two(a) @ g


def by_einsum():
    return product_table(
        lambda g, b: np.einsum("...ik,...jk->...ij", g, b), lambda g, a: np.einsum("...ij,...ik->...jk", a, g)
    )


def by_sums():
    """From the cube of products, with a sum along an axis."""

    def multiply(a, b):
        return (a[..., :, :, None] * b[..., None, :, :]).sum(axis=-2)

    return product_table(
        lambda g, b: (g[..., :, None, :] * b[..., None, :, :]).sum(-1),
        lambda g, a: (g[..., :, None, :] * a[..., :, :, None]).sum(-3),
        multiply,
    )


def back_in_the_rule():
    """Un-broadcasts in the rule already, where the engine would do it anyway."""

    def summed(g, shape):
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
        return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] > 1), keepdims=True)

    return product_table(
        lambda g, b, like_a: summed(g @ last_two(b), like_a.shape),
        lambda g, a, like_b: summed(last_two(a) @ g, like_b.shape),
    )


# 11.2


def back(g, axis, keepdims):
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def right_sum(g, like_x, axis, keepdims):
    return np.broadcast_to(back(g, axis, keepdims), like_x.shape)


def right_mean(g, like_x, axis, keepdims):
    return right_sum(g, like_x, axis, keepdims) * (g.size / like_x.size)


def right_max(g, x, y, axis, keepdims):
    hits = x == back(y, axis, keepdims)
    return back(g, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)


def reductions(sum=right_sum, mean=right_mean, max=right_max):
    return {"sum": (np.sum, {"x": sum}), "mean": (np.mean, {"x": mean}), "max": (np.max, {"x": max})}


def sum_without_axis(g, like_x, axis, keepdims):
    """Leaves the lost axis to broadcasting: right for axis 0, silently wrong for the last axis of a square."""
    return np.broadcast_to(g, like_x.shape)


def sum_with_last_axis(g, like_x, axis, keepdims):
    """Puts the lost axis at the end, whichever it was."""
    return np.broadcast_to(g if keepdims or axis is None else g[..., None], like_x.shape)


def sum_twice(g, like_x, axis, keepdims):
    """Puts the axis back even if it was kept."""
    return np.broadcast_to(g if axis is None else np.expand_dims(g, axis), like_x.shape)


def mean_of_all(g, like_x, axis, keepdims):
    return right_sum(g, like_x, axis, keepdims) / like_x.size


def mean_by_length(g, like_x, axis, keepdims):
    """Divides by the length of one axis, and takes the number of it for the tuple."""
    return right_sum(g, like_x, axis, keepdims) / (like_x.size if axis is None else like_x.shape[np.ravel(axis)[0]])


def mean_by_shapes():
    def mean(g, like_x, axis, keepdims):
        axes = range(like_x.ndim) if axis is None else np.ravel(axis)
        count = 1
        for n in axes:
            count *= like_x.shape[n]
        return right_sum(g, like_x, axis, keepdims) / count

    return mean


def max_all(g, x, y, axis, keepdims):
    return back(g, axis, keepdims) * (x == back(y, axis, keepdims))


def max_first(g, x, axis, keepdims):
    """Gives everything to the first place, as argmax finds it."""
    axes = tuple(range(x.ndim)) if axis is None else tuple(n % x.ndim for n in np.ravel(axis))
    others = [n for n in range(x.ndim) if n not in axes]
    flat = np.transpose(x, (*others, *axes)).reshape(*(x.shape[n] for n in others), -1)
    hits = np.zeros(flat.shape, x.dtype)
    np.put_along_axis(hits, flat.argmax(axis=-1, keepdims=True), 1.0, axis=-1)
    hits = hits.reshape([x.shape[n] for n in (*others, *axes)]).transpose(np.argsort((*others, *axes)))
    return back(g, axis, keepdims) * hits


def max_of_everything(g, x, y, axis, keepdims):
    """Counts the ties of the whole array, not those of one group."""
    hits = x == back(y, axis, keepdims)
    return back(g, axis, keepdims) * hits / hits.sum(dtype=x.dtype)


def max_and_near(g, x, y, axis, keepdims):
    """Lets numbers share that are only close to the largest."""
    hits = np.isclose(x, back(y, axis, keepdims))
    return back(g, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)


def max_and_a_little(g, x, y, axis, keepdims):
    hits = x >= back(y, axis, keepdims) - 1e-9
    return back(g, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)


def max_in_float64(g, x, y, axis, keepdims):
    hits = x == back(y, axis, keepdims)
    return back(g, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True)


def by_reshape():
    """Finds the shape with the kept axes by hand, and multiplies by ones."""

    def kept(g, like_x, axis, keepdims):
        axes = range(like_x.ndim) if axis is None else [n % like_x.ndim for n in np.ravel(axis)]
        return np.reshape(g, [1 if n in axes else length for n, length in enumerate(like_x.shape)])

    def max_rule(g, x, axis, keepdims):
        hits = x == x.max(axis=axis, keepdims=True)
        return (kept(g, x, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True)).astype(x.dtype)

    def sum_rule(g, like_x, axis, keepdims):
        return kept(g, like_x, axis, keepdims) * np.ones(like_x.shape, g.dtype)

    return reductions(sum_rule, mean_by_shapes(), max_rule)


# 11.3


def right_reshape(g, like_x):
    return g.reshape(like_x.shape)


def right_transpose(g, axes):
    return np.transpose(g, None if axes is None else np.argsort([n % g.ndim for n in axes]))


def right_getitem(g, like_x, index):
    total = np.zeros(like_x.shape, g.dtype)
    np.add.at(total, index, g)
    return total


def moves(reshape=right_reshape, transpose=right_transpose, getitem=right_getitem):
    return {
        "reshape": (lambda x, shape: x.reshape(shape), {"x": reshape}),
        "transpose": (np.transpose, {"x": transpose}),
        "getitem": (lambda x, index: x[index], {"x": getitem}),
    }


def losing(g, like_x, index):
    total = np.zeros(like_x.shape, g.dtype)
    total[index] += g
    return total


def overwriting(g, like_x, index):
    total = np.zeros(like_x.shape, g.dtype)
    total[index] = g
    return total


def first_axis_only(g, like_x, index):
    """Goes through the places of an index of integers one by one, and knows nothing else."""
    total = np.zeros(like_x.shape, g.dtype)
    for place, part in zip(np.ravel(index), g, strict=True):
        total[place] += part
    return total


def numbered(g, like_x, index):
    """Finds by numbering which place each number came from."""
    places = np.arange(like_x.size).reshape(like_x.shape)[index]
    total = np.bincount(np.ravel(places), weights=np.ravel(g), minlength=like_x.size)
    return total.reshape(like_x.shape).astype(g.dtype)


def transpose_by_list(g, axes):
    if axes is None:
        return g.T
    back = [0] * g.ndim
    for new, old in enumerate(axes):
        back[old] = new
    return g.transpose(back)


def by_moveaxis(g, axes):
    return g.T if axes is None else np.moveaxis(g, range(g.ndim), axes)


# 11.4


def parts_of(formula):
    left, out = formula.split("->")
    return (*left.split(","), out)


def right_einsum(formula, g, a, b):
    of_a, of_b, out = parts_of(formula)
    found = []
    for mine, x, theirs, other in ((of_a, a, of_b, b), (of_b, b, of_a, a)):
        alone = [letter for letter in mine if letter not in theirs + out]
        ones = [np.ones(x.shape[mine.index(letter)]) for letter in alone]
        found.append(np.einsum(",".join([out, theirs, *alone]) + "->" + mine, g, other, *ones))
    return tuple(found)


def without_lone_letters(formula, g, a, b):
    of_a, of_b, out = parts_of(formula)
    return np.einsum(f"{out},{of_b}->{of_a}", g, b), np.einsum(f"{out},{of_a}->{of_b}", g, a)


def matrices_only(formula, g, a, b):
    return g @ b.T, a.T @ g


def turned(formula, g, a, b):
    in_a, in_b = right_einsum(formula, g, a, b)
    return in_a.T, in_b.T


def shared_letters(formula, g, a, b):
    """Broadcasts what is missing, but leaves out the sum over letters of the other input alone."""
    of_a, of_b, out = parts_of(formula)
    in_a, in_b = right_einsum(formula, g, a, b)
    alone = [n for n, letter in enumerate(of_b) if letter not in of_a + out]
    for n in alone:
        in_a = in_a / b.shape[n]
    return in_a, in_b


def by_loops(formula, g, a, b):
    """Goes through all values of all letters, one product after the other."""
    of_a, of_b, out = parts_of(formula)
    sizes = dict(zip(of_a + of_b, a.shape + b.shape, strict=True))
    in_a, in_b = np.zeros(a.shape), np.zeros(b.shape)
    for values in itertools.product(*map(range, sizes.values())):
        at = dict(zip(sizes, values, strict=True))
        i, j, k = (tuple(at[letter] for letter in letters) for letters in (of_a, of_b, out))
        in_a[i] += g[k] * b[j]
        in_b[j] += g[k] * a[i]
    return [in_a, in_b]


def by_broadcast(formula, g, a, b):
    """Leaves lone letters out first, and copies along them afterwards."""

    def one(mine, x, theirs, other, out):
        kept = [letter for letter in mine if letter in theirs + out]
        small = np.einsum(f"{out},{theirs}->{''.join(kept)}", g, other)
        return np.broadcast_to(small[tuple(slice(None) if letter in kept else None for letter in mine)], x.shape)

    of_a, of_b, out = parts_of(formula)
    return one(of_a, a, of_b, b, out), one(of_b, b, of_a, a, out)


MUTANTS = {
    "11.1": [
        product_table(lambda g, b: g @ b.T, lambda g, a: a.T @ g),
        product_table(lambda g, b: b @ last_two(g), right_b),
        product_table(right_a, lambda g, a: last_two(g) @ a),
        product_table(lambda g, b: g @ b, lambda g, a: a @ g),
        product_table(lambda g, b: last_two(b), lambda g, a: last_two(a)),
        product_table(lambda g, a, b: g @ last_two(b) + 0 * a, right_b),
        product_table(right_a, right_b, np.multiply),
        product_table(lambda b, grad: grad @ last_two(b), right_b),
        (np.matmul, {"a": right_a, "b": right_b}),
        {"matmul": {"a": right_a, "b": right_b}},
    ],
    "11.2": [
        reductions(sum=sum_without_axis),
        reductions(sum=sum_with_last_axis),
        reductions(sum=sum_twice),
        reductions(sum=lambda g, x, axis, keepdims: np.broadcast_to(back(g, axis, keepdims), x.shape)),
        reductions(mean=mean_of_all),
        reductions(mean=mean_by_length),
        reductions(mean=right_sum),
        reductions(max=max_all),
        reductions(max=max_first),
        reductions(max=max_of_everything),
        reductions(max=max_in_float64),
        reductions(max=max_and_near),
        reductions(max=max_and_a_little),
        {"sum": (np.sum, {"x": right_sum}), "mean": (np.mean, {"x": right_mean})},
    ],
    "11.3": [
        moves(getitem=losing),
        moves(getitem=overwriting),
        moves(getitem=first_axis_only),
        moves(transpose=lambda g, axes: np.transpose(g, axes)),
        moves(transpose=lambda g: g.T),
        moves(transpose=lambda g, axes: np.transpose(g, None if axes is None else np.argsort(axes))),
        moves(transpose=lambda g, axes: np.transpose(g, axes and axes[::-1])),
        moves(reshape=lambda g, shape: g.reshape(shape)),
        moves(reshape=lambda g, x: g.reshape(x.shape)),
        moves(reshape=lambda g, like_x: g.T.reshape(like_x.shape)),
    ],
    "11.4": [
        without_lone_letters,
        matrices_only,
        turned,
        shared_letters,
        lambda formula, g, a, b: right_einsum(formula, g, a, b)[::-1],
    ],
}

RIGHT = {
    "11.1": [by_einsum(), by_sums(), back_in_the_rule()],
    "11.2": [reductions(), by_reshape(), reductions(mean=mean_by_shapes())],
    "11.3": [
        moves(transpose=transpose_by_list, getitem=numbered),
        moves(transpose=by_moveaxis),
    ],
    "11.4": [by_loops, by_broadcast],
}
SAYS = [
    (MUTANTS["11.2"][7], "each of several equal places gets the whole gradient"),
    (MUTANTS["11.2"][11], "numbers close to the largest share with it"),
]
