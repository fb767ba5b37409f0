"""Wrong answers to chapter 12's exercises, which the checks must catch, and right ones in other styles."""

import functools
import math
import warnings

import numpy as np

# 12.1


def right_sum(x, axis):
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def naive(x, axis):
    with np.errstate(all="ignore"):
        return np.log(np.exp(x).sum(axis=axis, keepdims=True))


def lowest_taken_out(x, axis):
    low = x.min(axis=axis, keepdims=True)
    low = np.where(np.isfinite(low), low, 0)
    with np.errstate(all="ignore"):
        return low + np.log(np.exp(x - low).sum(axis=axis, keepdims=True))


def largest_size(x, axis):
    """Takes the largest number without its sign: negative scores vanish."""
    top = np.abs(x).max(axis=axis, keepdims=True)
    with np.errstate(all="ignore"):
        return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def forgets_the_top(x, axis):
    with np.errstate(all="ignore"):
        return right_sum(x, axis) - x.max(axis=axis, keepdims=True)


def top_of_all(x, axis):
    """Takes the largest number of the whole array: a row far below it vanishes."""
    top = x.max()
    with np.errstate(all="ignore"):
        return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def loses_the_axis(x, axis):
    return right_sum(x, axis).squeeze(axis)


def last_axis_only(x, axis):
    return right_sum(x, -1)


def nan_for_impossible(x, axis):
    top = x.max(axis=axis, keepdims=True)
    with np.errstate(all="ignore"):
        return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def warns(x, axis):
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def in_place(x, axis):
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    x -= top
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(x).sum(axis=axis, keepdims=True))


def in_float64(x, axis):
    return right_sum(x.astype(float), axis)


def with_a_floor(x, axis):
    """Hides the -inf of an impossible row behind the smallest float."""
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True) + np.finfo(x.dtype).tiny)


def by_logaddexp(x, axis):
    """Two at a time, with NumPy's own function of two numbers."""
    return np.logaddexp.reduce(x, axis=axis, keepdims=True)


def line_by_line(x, axis):
    def one(line):
        top = max(line)
        return top if math.isinf(top) else top + math.log(sum(math.exp(number - top) for number in line))

    return np.expand_dims(np.apply_along_axis(one, axis, x), axis).astype(x.dtype)


def by_halves(x, axis):
    """Divides and conquers."""
    x = np.moveaxis(x, axis, 0)
    half = len(x) // 2
    parts = [np.moveaxis(part, 0, axis) for part in (x[:half], x[half:])]
    return np.logaddexp(*(by_halves(part, axis) for part in parts)) if half else parts[1]


def by_log1p(x, axis):
    """Leaves the largest power, which is 1, out of the sum, and lets Python's warnings be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = np.amax(x, axis, keepdims=True)
        total = np.nansum(np.exp(x - top), axis, keepdims=True)
        return np.where(total > 0, top + np.log1p(total - 1), -np.inf).astype(x.dtype)


# 12.2


def shares(x, axis):
    return np.exp(x - right_sum(x, axis))


def logs(x, axis):
    return x - right_sum(x, axis)


def rule(g, y, axis):
    return y * (g - (g * y).sum(axis=axis, keepdims=True))


def log_rule(g, y, axis):
    return g - np.exp(y) * g.sum(axis=axis, keepdims=True)


def softmaxes(softmax=rule, log_softmax=log_rule, forward=shares, log_forward=logs):
    return {"softmax": (forward, {"x": softmax}), "log_softmax": (log_forward, {"x": log_softmax})}


def jacobian(g, y, axis):
    """Builds the square of slopes, for one row after the other."""
    y, g = np.moveaxis(y, axis, -1), np.moveaxis(g, axis, -1)
    out = np.empty_like(y)
    for place in np.ndindex(y.shape[:-1]):
        p = y[place]
        out[place] = (np.diag(p) - np.outer(p, p)) @ g[place]
    return np.moveaxis(out, -1, axis)


def divided(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_of_divided(x, axis):
    with np.errstate(all="ignore"):
        return np.log(divided(x, axis))


def by_einsum(g, y, axis):
    """The average along any axis as a product with the axis at the end."""
    p, above = np.moveaxis(y, axis, -1), np.moveaxis(g, axis, -1)
    average = np.einsum("...i,...i->...", p, above)[..., None]
    return np.moveaxis(p * (above - average), -1, axis)


def in_two_steps(y, g, axis):
    found = y * g
    found -= y * found.sum(axis, keepdims=True)
    return found


def by_columns(g, y, axis):
    """One score after the other: slow, but no square is in memory."""
    gradients, total = np.moveaxis(g, axis, 0), sum(np.moveaxis(g, axis, 0))
    found = [above - np.exp(log) * total for above, log in zip(gradients, np.moveaxis(y, axis, 0), strict=True)]
    return np.stack(found, axis)


# 12.3


def mean_surprise(scores, labels):
    return -logs(scores, 1)[np.arange(len(scores)), labels].mean()


def right_gradient(g, scores, labels):
    found = shares(scores, 1)
    found[np.arange(len(scores)), labels] -= 1
    return g * found / len(scores)


def losses(gradient=right_gradient, forward=mean_surprise):
    return {"cross_entropy": (forward, {"scores": gradient})}


def with_one_hot(g, scores, labels):
    truth = np.eye(scores.shape[1], dtype=scores.dtype)[labels]
    return (np.exp(logs(scores, 1)) - truth) * (g / scores.dtype.type(len(labels)))


def from_the_result(g, like_scores, scores, labels):
    """Writes the same without one_hot: a comparison is 1 or 0."""
    truth = labels[:, None] == np.arange(like_scores.shape[1])
    return g / like_scores.shape[0] * (divided(scores, 1) - truth.astype(scores.dtype))


def log_of_share(scores, labels):
    with np.errstate(all="ignore"):
        return -np.log(divided(scores, 1)[np.arange(len(scores)), labels]).mean()


def safe_log(scores, labels):
    """Hides log 0 by a small number."""
    return -np.log(divided(scores, 1)[np.arange(len(scores)), labels] + scores.dtype.type(1e-12)).mean()


def changes_scores(scores, labels):
    scores -= scores.max(axis=1, keepdims=True)
    return mean_surprise(scores, labels)


def by_rows(scores, labels):
    each = [right_sum(row, 0).item() - row[label].item() for row, label in zip(scores, labels, strict=True)]
    return np.array(sum(each) / len(each), scores.dtype)


# 12.4


def nan_in(x):
    return bool(np.isnan(x).any())


def watching(op, function, wrong=lambda y, inputs: nan_in(y) and not any(map(nan_in, inputs)), error=ValueError):
    def careful(*inputs, **settings):
        y = function(*inputs, **settings)
        if wrong(y, inputs):
            raise error(f"{op} made a nan of inputs of the shapes {[np.shape(x) for x in inputs]}")
        return y

    return careful


def right_watched(table):
    return {op: (watching(op, function), rules) for op, (function, rules) in table.items()}


def every_nan(table):
    return {op: (watching(op, f, lambda y, inputs: nan_in(y)), rules) for op, (f, rules) in table.items()}


def infinities_too(table):
    def wrong(y, inputs):
        return not np.isfinite(y).all() and all(np.isfinite(x).all() for x in inputs)

    return {op: (watching(op, function, wrong), rules) for op, (function, rules) in table.items()}


def finite_inputs_only(table):
    def wrong(y, inputs):
        return nan_in(y) and all(np.isfinite(x).all() for x in inputs)

    return {op: (watching(op, function, wrong), rules) for op, (function, rules) in table.items()}


def last_name(table):
    """The functions look their operation up when they are called, and find the last one."""
    new = {}
    for op, (function, rules) in table.items():

        def careful(*inputs, **settings):
            y = function(*inputs, **settings)  # noqa: B023
            if nan_in(y) and not any(map(nan_in, inputs)):
                raise ValueError(f"{op} made a nan")  # noqa: B023
            return y

        new[op] = (careful, rules)
    return new


def same_table(table):
    for op, (function, rules) in list(table.items()):
        table[op] = (watching(op, function), rules)
    return table


def without_name(table):
    return {op: (watching("something", function), rules) for op, (function, rules) in table.items()}


def without_settings(table):
    def plain(op, function):
        def careful(*inputs):
            y = function(*inputs)
            if nan_in(y) and not any(map(nan_in, inputs)):
                raise ValueError(op)
            return y

        return careful

    return {op: (plain(op, function), rules) for op, (function, rules) in table.items()}


def without_return(table):
    def careful(op, function):
        def compute(*inputs, **settings):
            if nan_in(function(*inputs, **settings)) and not any(map(nan_in, inputs)):
                raise ValueError(op)

        return compute

    return {op: (careful(op, function), rules) for op, (function, rules) in table.items()}


def ambiguous(table):
    """Asks for the truth of a whole array."""

    def wrong(y, inputs):
        return np.isnan(y) and not any(map(nan_in, inputs))

    return {op: (watching(op, function, wrong), rules) for op, (function, rules) in table.items()}


def inputs_as_one_array(table):
    """Makes one array of the inputs, which fails where their shapes differ."""

    def wrong(y, inputs):
        return nan_in(y) and not np.isnan(inputs).any()

    return {op: (watching(op, function, wrong), rules) for op, (function, rules) in table.items()}


def rules_too(table):
    """Goes on: the rules are watched too, and keep the names of their parameters."""

    def careful(op, rule):
        @functools.wraps(rule)
        def watching_rule(**known):
            found = rule(**known)
            if nan_in(found) and not nan_in(known.get("g", 0)):
                raise ValueError(f"a rule of {op} made a nan")
            return found

        return watching_rule

    return {
        op: [watching(op, function), {name: careful(op, rule) for name, rule in rules.items()}]
        for op, (function, rules) in table.items()
    }


def by_errstate(table):
    """Lets NumPy watch: an invalid operation is one that makes a nan."""

    def careful(op, function):
        def compute(*inputs, **settings):
            try:
                with np.errstate(invalid="raise"):
                    return function(*inputs, **settings)
            except FloatingPointError as error:
                raise ValueError(f"{op}: {error}") from None

        return compute

    return {op: (careful(op, function), rules) for op, (function, rules) in table.items()}


class Watcher:
    def __init__(self, op, function):
        self.op, self.function = op, function

    def __call__(self, *inputs, **settings):
        y = self.function(*inputs, **settings)
        if np.isnan(np.sum(y)) and not sum(np.isnan(np.min(x)) for x in inputs):
            raise ValueError(f"nan from {self.op}")
        return y


def by_class(table):
    new = {}
    for op in table:
        new[op] = (Watcher(op, table[op][0]), table[op][1])
    return new


MUTANTS = {
    "12.1": [
        naive,
        lowest_taken_out,
        largest_size,
        forgets_the_top,
        top_of_all,
        loses_the_axis,
        last_axis_only,
        nan_for_impossible,
        warns,
        in_place,
        in_float64,
        with_a_floor,
        lambda x, axis: x.max(axis=axis, keepdims=True),
        lambda x, axis: np.exp(right_sum(x, axis)),
    ],
    "12.2": [
        softmaxes(softmax=jacobian),
        softmaxes(softmax=lambda g, y: y * (1 - y) * g),
        softmaxes(softmax=lambda g, y: y * g),
        softmaxes(softmax=lambda g, y, axis: y * (g - (g * y).sum())),
        softmaxes(softmax=lambda g, y: rule(g, y, -1)),
        softmaxes(softmax=lambda g, x, axis: rule(g, shares(x, axis), axis)),
        softmaxes(log_softmax=lambda g, y, axis: g - y * g.sum(axis=axis, keepdims=True)),
        softmaxes(log_softmax=lambda g, y: g * (1 - np.exp(y))),
        softmaxes(log_softmax=lambda g, y, axis: g - np.exp(y)),
        softmaxes(log_softmax=rule),
        softmaxes(log_forward=log_of_divided),
        softmaxes(forward=lambda x, axis: np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)),
        softmaxes(forward=lambda x, axis: shares(x, -1)),
        {"softmax": (shares, {"x": rule})},
    ],
    "12.3": [
        losses(lambda g, scores, labels: g * right_gradient(1.0, scores, labels) * len(scores)),
        losses(lambda scores, labels: right_gradient(1.0, scores, labels)),
        losses(lambda g, scores, labels: -right_gradient(g, scores, labels)),
        losses(lambda g, scores: g * shares(scores, 1) / len(scores)),
        losses(lambda g, scores, labels: right_gradient(g, scores, labels) * len(scores) / scores.shape[1]),
        losses(lambda g, scores, labels: right_gradient(g, scores.astype(float), labels)),
        losses(forward=log_of_share),
        losses(forward=safe_log),
        losses(forward=changes_scores),
        losses(forward=lambda scores, labels: mean_surprise(scores, labels) * len(scores)),
        losses(forward=lambda scores, labels: -logs(scores, 1)[np.arange(len(scores)), labels]),
        losses(forward=lambda scores, labels: -logs(scores, 1)[:, labels].mean()),
        losses(forward=lambda scores, labels: -logs(scores, 0)[np.arange(len(scores)), labels].mean()),
    ],
    "12.4": [
        every_nan,
        infinities_too,
        finite_inputs_only,
        last_name,
        same_table,
        without_name,
        without_settings,
        without_return,
        ambiguous,
        inputs_as_one_array,
        lambda table: dict(table),
        lambda table: [watching(op, function) for op, (function, rules) in table.items()],
    ],
}

RIGHT = {
    "12.1": [by_logaddexp, line_by_line, by_log1p, by_halves],
    "12.2": [
        softmaxes(by_einsum, by_columns),
        softmaxes(in_two_steps, forward=divided),
        softmaxes(log_forward=lambda x, axis: logs(x, axis=axis)),
    ],
    "12.3": [losses(with_one_hot), losses(from_the_result, by_rows)],
    "12.4": [right_watched, rules_too, by_class, by_errstate],
}

SAYS = {
    naive: "powers that became inf, or all 0",
    lowest_taken_out: "powers that became inf, or all 0",
    largest_size: "powers that became inf, or all 0",
    without_return: "is a `return` missing?",
    ambiguous: "Use a.any() or a.all()",
    inputs_as_one_array: "setting an array element with a sequence",
    top_of_all: "largest number of the whole array",
    forgets_the_top: "without what was subtracted",
    nan_for_impossible: "nan",
    warns: "NumPy warned: divide by zero",
    in_float64: "float32",
    finite_inputs_only: "expected: a ValueError",
    every_nan: "the nan came in with an input",
    infinities_too: "there is no nan in the result",
}
