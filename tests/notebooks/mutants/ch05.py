"""Wrong answers to the exercises of chapter 05: mistakes that readers make, and that the checks must catch."""

import math

from autograd.gradcheck import central_difference


def agrees(measure=central_difference, tolerance=lambda measured: 1e-6 * max(1, abs(measured)), small=None):
    """A solution but for how it measures, its tolerance, or how it asks."""
    small = small or (lambda error, tolerance: error <= tolerance)

    def answer(claimed, f, x):
        measured = measure(f, x)
        return small(abs(claimed - measured), tolerance(measured))

    return answer


def forward(f, x):
    return (f(x + 1e-8) - f(x)) / 1e-8


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


# 05.2


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def slope(**wrong):
    """A solution but for the operations given, as functions of (y, x)."""
    table = {
        "exp": lambda y, x: y,
        "log": lambda y, x: 1 / x,
        "sqrt": lambda y, x: 0.5 / y,
        "sin": lambda y, x: math.cos(x),
        "cos": lambda y, x: -math.sin(x),
        "sigmoid": lambda y, x: y * (1 - y),
        "softplus": lambda y, x: sigmoid(x),
        "neg": lambda y, x: -1.0,
    } | wrong
    return lambda op, y, x: table[op](y, x)


FUNCTIONS = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "sigmoid": sigmoid,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "neg": lambda x: -x,
}


def by_nudging(op, y, x):
    return central_difference(FUNCTIONS[op], x)


# 05.3


def suspects(points=lambda points: points, judge=all, right=None, on_error=False):
    """A solution but for which points it tries, how it joins the verdicts, or what an exception means."""

    right = right or agrees()

    def answer(table):
        found = []
        for name, (f, slope, places) in table.items():
            try:
                fine = judge(right(slope(f(x), x), f, x) for x in points(places))
            except Exception:
                fine = on_error
            if not fine:
                found.append(name)
        return found

    return answer


def raises(table):
    return [
        name for name, (f, slope, points) in table.items() if not all(agrees()(slope(f(x), x), f, x) for x in points)
    ]


def only_division_caught(table):
    found = []
    for name, (f, slope, points) in table.items():
        try:
            fine = all(agrees()(slope(f(x), x), f, x) for x in points)
        except ZeroDivisionError:
            fine = False
        if not fine:
            found.append(name)
    return found


def once_for_each_point(table):
    found = []
    for name, (f, slope, points) in table.items():
        for x in points:
            try:
                right = agrees()(slope(f(x), x), f, x)
            except Exception:
                right = False
            if not right:
                found.append(name)
    return found


FOUND = []


def remembers(table):
    FOUND.extend(name for name in suspects()(table) if name not in FOUND)
    return list(FOUND)


# 05.4


def log_add(inner=lambda t: math.log1p(t), guard=True, large=max):
    def answer(a, b):
        high = large(a, b)
        if guard and high == -math.inf:
            return -math.inf
        return high + inner(math.exp(min(a, b) - high))

    return answer


def as_written(a, b):
    return math.log(math.exp(a) + math.exp(b))


def first_taken_out(a, b):
    if a == b == -math.inf:
        return a
    return a + math.log1p(math.exp(b - a))


def overflow_caught(a, b):
    try:
        return math.log(math.exp(a) + math.exp(b))
    except (OverflowError, ValueError):
        return max(a, b)


def infinity_refused(a, b):
    return 0.0 if -math.inf in (a, b) else log_add()(a, b)


MUTANTS = {
    "05.1": [
        agrees(small=lambda error, tolerance: not error > tolerance),
        agrees(tolerance=lambda measured: 1e-6),
        agrees(tolerance=lambda measured: 1e-6 * abs(measured)),
        agrees(tolerance=lambda measured: 1e-2),
        agrees(tolerance=lambda measured: 1e-3 * max(1, abs(measured))),
        agrees(tolerance=lambda measured: 1e-12 * max(1, abs(measured))),
        agrees(measure=forward),
        agrees(measure=fixed(1e-12)),
        agrees(measure=fixed(1e-1)),
        agrees(small=lambda error, tolerance: error > tolerance),
        agrees(tolerance=lambda measured: 1e-5 * max(1, abs(measured))),
        agrees(measure=lambda f, x: central_difference(f, x, 1e-4)),
        agrees(measure=lambda f, x: fixed(6e-6 * max(1, x))(f, x)),
        agrees(measure=lambda f, x: fixed(6e-6 * abs(x) or 6e-6)(f, x)),
        nan_claims_only,
        signed,
        lambda claimed, f, x: claimed == central_difference(f, x),
        lambda claimed, f, x: central_difference(f, x),
    ],
    "05.2": [
        slope(exp=lambda y, x: x),
        slope(log=lambda y, x: 1 / y if y else 1.0),
        slope(sqrt=lambda y, x: 1 / y),
        slope(sqrt=lambda y, x: 0.5 * y),
        slope(sin=lambda y, x: -math.cos(x)),
        slope(cos=lambda y, x: math.sin(x)),
        slope(sigmoid=lambda y, x: x * (1 - x)),
        slope(sigmoid=lambda y, x: y),
        slope(softplus=lambda y, x: y * (1 - y)),
        slope(softplus=lambda y, x: sigmoid(y)),
        slope(neg=lambda y, x: 1.0),
        slope(neg=lambda y, x: y),
        by_nudging,
    ],
    "05.3": [
        suspects(points=lambda points: points[:1]),
        suspects(points=lambda points: points[-1:]),
        suspects(points=lambda points: [1.0]),
        suspects(points=lambda points: [points[0], points[-1]]),
        only_division_caught,
        suspects(judge=any),
        suspects(on_error=True),
        suspects(right=agrees(small=lambda error, tolerance: not error > tolerance)),
        suspects(right=agrees(tolerance=lambda measured: 1e-3)),
        suspects(right=agrees(tolerance=lambda measured: 1e-6)),
        raises,
        once_for_each_point,
        remembers,
        lambda table: sorted(suspects()(table)),
        lambda table: [name for name in table if name not in suspects()(table)],
    ],
    "05.4": [
        as_written,
        first_taken_out,
        overflow_caught,
        infinity_refused,
        log_add(inner=lambda t: math.log(1 + t)),
        log_add(guard=False),
        log_add(large=min),
        max,
        lambda a, b: a + b,
    ],
}
