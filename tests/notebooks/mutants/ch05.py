"""Answers to the exercises of chapter 05: mistakes that readers make, and right answers in other styles."""

import math

from autograd.gradcheck import central_difference
from course import mine

engine = mine.chapter(5)
Value, wrap = engine.Value, engine.wrap


# 05.1


def agrees(measure=central_difference, tolerance=lambda measured: 1e-6 * max(1, abs(measured)), small=None):
    """A solution but for how it measures, its tolerance, or how it asks."""
    small = small or (lambda error, tolerance: error <= tolerance)

    def answer(claimed, f, x):
        measured = measure(f, x)
        return small(abs(claimed - measured), tolerance(measured))

    return answer


def forward(h):
    return lambda f, x: (f(x + h) - f(x)) / h


def fixed(h):
    return lambda f, x: (f(x + h) - f(x - h)) / (2 * h)


def nan_claims_only(claimed, f, x):
    if math.isnan(claimed):
        return False
    measured = central_difference(f, x)
    return not abs(claimed - measured) > 1e-6 * max(1, abs(measured))


def signed(claimed, f, x):
    measured = central_difference(f, x)
    return claimed - measured <= 1e-6 * max(1, abs(measured))


def relative_to_claimed_only(claimed, f, x):
    return abs(claimed - central_difference(f, x)) <= 1e-6 * abs(claimed)


def by_isclose(claimed, f, x):
    h = 6e-6 * max(1.0, abs(x))
    return math.isclose(claimed, (f(x + h) - f(x - h)) / 2 / h, rel_tol=1e-6, abs_tol=1e-6) and math.isfinite(claimed)


def refuses_what_is_odd_first(claimed, f, x):
    if not math.isfinite(claimed):
        return False
    above, below = x + 6.1e-6 * max(1, abs(x)), x - 6.1e-6 * max(1, abs(x))
    measured = (f(above) - f(below)) / (above - below)
    if abs(measured) > 1:
        return abs(claimed / measured - 1) < 1e-6
    return abs(claimed - measured) < 1e-6


# 05.2


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def entries(**other):
    """A solution but for the entries given; None leaves one out."""
    table = {
        "exp": (math.exp, lambda y, x: y),
        "log": (math.log, lambda y, x: 1 / x),
        "relu": (lambda x: max(x, 0.0), lambda y, x: 1.0 if x > 0 else 0.0),
        "tanh": (math.tanh, lambda y, x: 1 - y * y),
        "sigmoid": (sigmoid, lambda y, x: y * (1 - y)),
        "softplus": (softplus, lambda y, x: sigmoid(x)),
    }
    return {name: entry for name, entry in (table | other).items() if entry is not None}


def by_nudging():
    return {name: (f, lambda y, x, f=f: central_difference(f, x)) for name, (f, _) in entries().items()}


def sigmoid_by_pieces(x):
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1 + e)


def log_of_exp(x):
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))


# 05.3


def apply(slopes_of=None, wrapped=wrap, table_of=lambda table: table, op_of=lambda op: op, parents_of=tuple):
    """A solution but for what the slopes are given, how inputs become parents, or which table is read."""
    slopes_of = slopes_of or (lambda slopes, y, numbers: tuple(slope(y, *numbers) for slope in slopes))

    def answer(op, *inputs, table):
        forward, *slopes = table_of(table)[op]
        parents = tuple(wrapped(x) for x in inputs)
        numbers = [getattr(parent, "data", parent) for parent in parents]
        y = forward(*numbers)
        return Value(y, parents_of(parents), op_of(op), slopes_of(slopes, y, numbers))

    return answer


KNOWN = {}


def first_table_seen(table):
    for op, entry in table.items():
        KNOWN.setdefault(op, entry)
    return KNOWN


def returns_the_number(op, *inputs, table):
    forward, *_ = table[op]
    return forward(*[wrap(x).data for x in inputs])


def reads_the_table_of_the_notebook(op, *inputs, table):
    own = {"+": (lambda a, b: a + b, lambda y, a, b: 1.0, lambda y, a, b: 1.0)}
    return apply()(op, *inputs, table=own if op in own else table)


def two_inputs_only(op, a, b, table):
    return apply()(op, a, b, table=table)


def slopes_left_as_functions(op, *inputs, table):
    forward, *slopes = table[op]
    parents = tuple(map(wrap, inputs))
    return Value(forward(*[parent.data for parent in parents]), parents, op, tuple(slopes))


def forward_run_for_each_slope(op, *inputs, table):
    forward, *slopes = table[op]
    parents = tuple(map(wrap, inputs))
    numbers = [parent.data for parent in parents]
    return Value(forward(*numbers), parents, op, tuple(slope(forward(*numbers), *numbers) for slope in slopes))


def step_by_step(op, *inputs, table):
    entry = table[op]
    parents, numbers, slopes = [], [], []
    for x in inputs:
        if not isinstance(x, Value):
            x = Value(float(x))
        parents.append(x)
        numbers.append(x.data)
    y = entry[0](*numbers)
    for slope in entry[1:]:
        slopes.append(slope(y, *numbers))
    return Value(y, tuple(parents), op, tuple(slopes))


def with_names(op, *inputs, table):
    parents = tuple(map(wrap, inputs))
    forward, slopes = table[op][0], table[op][1:]
    y = forward(*(p.data for p in parents))
    return Value(
        data=y, parents=parents, op=op, local_gradients=tuple(s(y, *(p.data for p in parents)) for s in slopes)
    )


# 05.4


RIGHTLY = agrees()


def gradcheck(agrees=RIGHTLY, claimed=lambda leaf: leaf.grad, found=list, backward=lambda y: y.backward()):
    """A solution but for how it judges, what it takes for the claimed slope, and what it returns."""

    def answer(f, numbers):
        leaves = [Value(number) for number in numbers]
        backward(f(*leaves))

        def moved(position):
            return lambda x: f(*[Value(x if i == position else n) for i, n in enumerate(numbers)]).data

        return found(i for i, leaf in enumerate(leaves) if not agrees(claimed(leaf), moved(i), numbers[i]))

    return answer


def all_at_once(f, numbers):
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()
    return [
        i
        for i, leaf in enumerate(leaves)
        if not RIGHTLY(leaf.grad, lambda nudge: f(*[Value(number + nudge) for number in numbers]).data, 0.0)
    ]


def by_number(f, numbers):
    """Puts x wherever the number stands, so that two inputs that hold the same number move together."""
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()
    return [
        i
        for i, leaf in enumerate(leaves)
        if not RIGHTLY(
            leaf.grad, lambda x, old=numbers[i]: f(*[Value(x if n == old else n) for n in numbers]).data, numbers[i]
        )
    ]


def last_position(f, numbers):
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()
    functions = []
    for position in range(len(numbers)):
        functions.append(lambda x: f(*[Value(x if i == position else n) for i, n in enumerate(numbers)]).data)  # noqa: B023
    return [i for i, leaf in enumerate(leaves) if not RIGHTLY(leaf.grad, functions[i], numbers[i])]


def turns_the_same_leaves(f, numbers):
    """Nudges the leaves that it has, and puts them back."""
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()
    found = []
    for position, leaf in enumerate(leaves):
        claimed, sides, h = leaf.grad, [], 6e-6 * max(1.0, abs(leaf.data))
        for sign in (1, -1):
            leaf.data = numbers[position] + sign * h
            sides.append(f(*leaves).data)
        leaf.data = numbers[position]
        measured = (sides[0] - sides[1]) / (2 * h)
        if not abs(claimed - measured) <= 1e-6 * max(1, abs(measured)):
            found.append(position)
    return found


MUTANTS = {
    "05.1": [
        agrees(small=lambda error, tolerance: not error > tolerance),
        agrees(tolerance=lambda measured: 1e-6),
        agrees(tolerance=lambda measured: 1e-6 * abs(measured)),
        agrees(tolerance=lambda measured: 1e-2),
        agrees(tolerance=lambda measured: 1e-3 * max(1, abs(measured))),
        agrees(tolerance=lambda measured: 1e-12 * max(1, abs(measured))),
        agrees(tolerance=lambda measured: 4.9e-6 * max(1, abs(measured))),
        agrees(tolerance=lambda measured: 1e-7 * max(1, abs(measured))),
        agrees(tolerance=lambda measured: 1e-6 + 1e-6 * abs(measured)),
        agrees(measure=forward(1e-8)),
        agrees(measure=forward(1e-7)),
        agrees(measure=forward(6e-6)),
        agrees(measure=lambda f, x: forward(1e-8 * max(1, abs(x)))(f, x)),
        agrees(measure=fixed(1e-12)),
        agrees(measure=fixed(1e-1)),
        agrees(small=lambda error, tolerance: error > tolerance),
        agrees(measure=lambda f, x: central_difference(f, x, 1e-4)),
        agrees(measure=lambda f, x: fixed(6e-6 * max(1, x))(f, x)),
        agrees(measure=lambda f, x: fixed(6e-6 * abs(x) or 6e-6)(f, x)),
        nan_claims_only,
        signed,
        relative_to_claimed_only,
        lambda claimed, f, x: claimed == central_difference(f, x),
        lambda claimed, f, x: central_difference(f, x),
    ],
    "05.2": [
        entries(exp=(math.exp, lambda y, x: x)),
        entries(log=(math.log, lambda y, x: 1 / y if y else 1.0)),
        entries(log=(math.log, lambda y, x: x)),
        entries(relu=(lambda x: max(x, 0.0), lambda y, x: 1.0 if x >= 0 else 0.0)),
        entries(relu=(lambda x: max(x, 0.0), lambda y, x: 0.5 if x == 0 else float(x > 0))),
        entries(relu=(abs, lambda y, x: 1.0 if x > 0 else 0.0)),
        entries(tanh=(math.tanh, lambda y, x: 1 - y)),
        entries(tanh=(math.tanh, lambda y, x: 1 / math.cosh(x) ** 2)),
        entries(sigmoid=(lambda x: 1 / (1 + math.exp(-x)), lambda y, x: y * (1 - y))),
        entries(sigmoid=(lambda x: 0.5 * (1 + math.tanh(x / 2)), lambda y, x: y * (1 - y))),
        entries(sigmoid=(sigmoid, lambda y, x: x * (1 - x))),
        entries(sigmoid=(sigmoid, lambda y, x: y)),
        entries(softplus=(lambda x: math.log(1 + math.exp(x)), lambda y, x: sigmoid(x))),
        entries(softplus=(lambda x: math.log1p(math.exp(x)), lambda y, x: sigmoid(x))),
        entries(softplus=(lambda x: x + math.log1p(math.exp(-x)), lambda y, x: sigmoid(x))),
        entries(softplus=(lambda x: max(x, 0) + math.log(1 + math.exp(-abs(x))), lambda y, x: sigmoid(x))),
        entries(softplus=(softplus, lambda y, x: 1 / (1 + math.exp(-x)))),
        entries(softplus=(softplus, lambda y, x: sigmoid(y))),
        entries(softplus=(softplus, lambda y, x: y * (1 - y))),
        entries(sigmoid=None),
        entries(log=math.log),
        entries(tanh=(lambda y, x: 1 - y * y, math.tanh)),
        by_nudging(),
        list(entries().items()),
    ],
    "05.3": [
        apply(slopes_of=lambda slopes, y, numbers: tuple(slope(*numbers, y) for slope in slopes)),
        apply(slopes_of=lambda slopes, y, numbers: tuple(slope(y, *numbers[::-1]) for slope in slopes)),
        apply(slopes_of=lambda slopes, y, numbers: tuple(slope(y, *numbers) for slope in slopes)[::-1]),
        apply(slopes_of=lambda slopes, y, numbers: ()),
        apply(slopes_of=lambda slopes, y, numbers: (slopes[0](y, *numbers),)),
        apply(slopes_of=lambda slopes, y, numbers: None),
        apply(wrapped=lambda x: x),
        apply(wrapped=lambda x: Value(getattr(x, "data", x))),
        apply(wrapped=Value),
        apply(parents_of=lambda parents: tuple(dict.fromkeys(parents))),
        apply(parents_of=lambda parents: parents[::-1]),
        apply(parents_of=lambda parents: ()),
        apply(op_of=lambda op: ""),
        apply(table_of=first_table_seen),
        apply(table_of=lambda table: entries()),
        reads_the_table_of_the_notebook,
        two_inputs_only,
        returns_the_number,
        slopes_left_as_functions,
        forward_run_for_each_slope,
    ],
    "05.4": [
        gradcheck(agrees=agrees(small=lambda error, tolerance: not error > tolerance)),
        gradcheck(agrees=agrees(tolerance=lambda measured: 1e-2)),
        gradcheck(agrees=agrees(tolerance=lambda measured: 1e-6 * abs(measured))),
        gradcheck(agrees=agrees(measure=fixed(6e-6))),
        gradcheck(agrees=agrees(measure=forward(6e-6))),
        gradcheck(agrees=lambda *_: True),
        gradcheck(agrees=lambda *arguments: not RIGHTLY(*arguments)),
        gradcheck(claimed=lambda leaf: abs(leaf.grad)),
        gradcheck(backward=lambda y: None),
        gradcheck(found=any),
        gradcheck(found=lambda positions: [i + 1 for i in positions]),
        gradcheck(found=lambda positions: list(positions)[:1]),
        gradcheck(found=lambda positions: len(list(positions))),
        all_at_once,
        by_number,
        last_position,
    ],
}


RIGHT = {
    "05.1": [
        by_isclose,
        refuses_what_is_odd_first,
        agrees(measure=lambda f, x: engine.central_difference(f, x, 6e-6 * max(1, abs(x)))),
    ],
    "05.2": [
        entries(
            log=[math.log, lambda y, x: math.exp(-y)],
            relu=(lambda x: x * (x > 0), lambda y, x: int(x > 0)),
            tanh=(math.tanh, lambda y, x: (1 + y) * (1 - y)),
            sigmoid=(sigmoid_by_pieces, lambda y, x: sigmoid_by_pieces(x) * sigmoid_by_pieces(-x)),
            softplus=(log_of_exp, lambda y, x: -math.expm1(-y)),
        ),
        entries(
            relu=(lambda x: x if x > 0 else 0, lambda y, x: float(y > 0)), sin=(math.sin, lambda y, x: math.cos(x))
        ),
    ],
    "05.3": [step_by_step, with_names],
    "05.4": [turns_the_same_leaves, gradcheck(agrees=by_isclose), gradcheck(found=tuple)],
}


# What the message to some of the wrong answers has to say.
SAYS = {reads_the_table_of_the_notebook: "do not come from the `table` that was given"}
