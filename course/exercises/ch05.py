"""Chapter 05, gradient checking: what the exercises ask.

Slopes are compared with formulas of calculus that do not come from an engine. Where an answer makes nodes, they are of
the reader's own class: the checks take it from what the answer returns.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from course.specification import Answer, exercise
from course.wording import kind_of, show

INF, NAN = math.inf, math.nan
BEST_STEP = 2.0 ** (-52 / 3)

# How it reads, the function, x and its true slope there.
SLOPES: tuple[tuple[str, Callable[[float], float], float, float], ...] = (
    ("sin, x=1", math.sin, 1.0, math.cos(1.0)),
    ("x**2, x=3", lambda x: x * x, 3.0, 6.0),
    ("x**2, x=0", lambda x: x * x, 0.0, 0.0),
    ("exp, x=0", math.exp, 0.0, 1.0),
    ("exp, x=-5", math.exp, -5.0, math.exp(-5.0)),
    ("x**2, x=1e6", lambda x: x * x, 1e6, 2e6),
    ("x**3, x=-2e5", lambda x: x**3, -2e5, 1.2e11),
    ("exp(3*x), x=4", lambda x: math.exp(3 * x), 4.0, 3 * math.exp(12.0)),
    ("-7*x, x=0.5", lambda x: -7 * x, 0.5, -7.0),
    ("tanh, x=0.8", math.tanh, 0.8, 1 - math.tanh(0.8) ** 2),
    ("x**2, x=-1e6", lambda x: x * x, -1e6, -2e6),
    ("exp, x=1e-9", math.exp, 1e-9, math.exp(1e-9)),
    ("sin(50*x), x=0.1", lambda x: math.sin(50 * x), 0.1, 50 * math.cos(5.0)),
    ("1000 + sin(x), x=2", lambda x: 1000 + math.sin(x), 2.0, math.cos(2.0)),
)


class Recorded:
    """A function that keeps the places where it was called."""

    def __init__(self, f: Callable[[float], float]) -> None:
        self.f, self.places = f, []

    def __call__(self, x: float) -> float:
        self.places.append(x)
        return self.f(x)


def how_measured(places: Sequence[float], x: float) -> str:
    """What is wrong with the places where a function was called to measure its slope at x, or ''."""
    if not places:
        return "f was not called, so nothing was measured."
    if not min(places) < x < max(places):
        return (
            f"f was called at {' and '.join(map(repr, places[:2]))}: a central difference calls it on both sides of x."
        )
    width, best = (max(places) - min(places)) / 2, BEST_STEP * max(1.0, abs(x))
    if not best / 5 < width < 5 * best:
        return f"The nudge was {width:.2g}; at this x it should be {best:.2g}."
    return ""


@exercise("05.1", shows="A judge that measures, forgives rounding and nothing else.")
def agrees(answer: Answer) -> None:
    def require_verdict(claimed: float, f: Callable, x: float, expected: bool, shown: str, mistake: str) -> None:
        recorded = Recorded(f)
        got = answer.call(claimed, recorded, x, shown=f"{claimed:.12g}, {shown}")
        if isinstance(got, int) and not isinstance(got, bool) and got in (0, 1):
            got = bool(got)
        usual = how_measured(recorded.places, x) if math.isfinite(claimed) else ""
        answer.close(got, expected, mistake=usual or mistake)
        calls = len(recorded.places)
        answer.require(calls <= 10, f"f was called {calls} times; two calls are enough")

    for shown, f, x, slope in SLOPES:
        allowed = 1e-6 * max(1.0, abs(slope))
        limit = f"{allowed:.3g} is allowed, for the measured slope is {slope:.4g}"
        require_verdict(slope, f, x, True, shown, f"This is the slope, to ten digits; {limit}.")
        for error in (0.3, 1e-2, 1e-4, 5e-6, 2e-6):
            for sign in (1, -1):
                far = f"The claimed slope is off by {error * max(1.0, abs(slope)):.3g}, and only {limit}."
                require_verdict(slope + sign * error * max(1.0, abs(slope)), f, x, False, shown, far)
        for sign in (1, -1):
            near = f"The claimed slope is off by {allowed / 2:.3g}; {limit}."
            require_verdict(slope + sign * allowed / 2, f, x, True, shown, near)
        require_verdict(-slope, f, x, slope == 0, shown, "A slope of the other sign is wrong, unless it is 0.")
        for odd in (NAN, INF, -INF):
            require_verdict(odd, f, x, False, shown, "nan and inf never agree: ask whether the difference is small.")
    never = "Where the measured slope is nan, nothing agrees with it: ask whether the difference is small."
    require_verdict(1.0, lambda x: NAN, 1.0, False, "a function that gives nan", never)


# 05.2


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


ANYWHERE = (-800.0, -40.0, -2.5, -0.7, 0.0, 0.001, 0.3, 1.5707, 7.0, 40.0, 800.0)
# How each is computed, its slope at x written without y, where it is tried, and what usually goes wrong with the slope.
ENTRIES: dict[str, tuple[Callable[[float], float], Callable[[float], float], Sequence[float], str]] = {
    "exp": (math.exp, math.exp, ANYWHERE[:-1], "The slope of exp is exp itself."),
    "log": (
        math.log,
        lambda x: 1 / x,
        (1e-3, 0.3, 1.0, 2.5, 800.0),
        "log undoes exp: its slope is one over that of exp, at y.",
    ),
    "relu": (
        lambda x: max(x, 0.0),
        lambda x: float(x > 0),
        ANYWHERE,
        "relu is flat below 0 and rises one for one above; at 0 itself the slope is 0.",
    ),
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2, ANYWHERE, "The slope of tanh is 1 - y * y."),
    "sigmoid": (
        sigmoid,
        lambda x: 0.25 / math.cosh(x / 2) ** 2 if abs(x) < 700 else 0.0,
        ANYWHERE,
        "With u = 1 + exp(-x), y is 1 / u: multiply the slopes of the two steps, and write the product with y.",
    ),
    "softplus": (
        lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
        sigmoid,
        ANYWHERE,
        "With u = 1 + exp(x), y is log(u): multiply the slopes of the two steps. You know the result.",
    ),
}


@exercise("05.2", shows="Six functions and their slopes, for numbers of any size: your engine's table.")
def entries(answer: Answer) -> None:
    table = answer.value
    answer.require(isinstance(table, dict), f"yours:    {kind_of(table)}\nexpected: a dict, ENTRIES")
    missing = [name for name in ENTRIES if name not in table]
    answer.require(not missing, f"there is no entry for {', '.join(missing)}.")
    for name, (f, slope, places, mistake) in ENTRIES.items():
        entry = table[name]
        is_pair = isinstance(entry, tuple | list) and len(entry) == 2 and all(map(callable, entry))
        answer.last_run = f"ENTRIES[{name!r}]"
        answer.require(is_pair, f"yours:    {show(entry)}\nexpected: a pair of functions, (forward, slope)")
        forward, claimed = entry
        for x in places:
            got = answer.run(lambda forward=forward, x=x: forward(x), f"ENTRIES[{name!r}][0]({x})")
            answer.close(got, f(x), rtol=1e-9, atol=0.0, mistake=value_mistake(got, x))
        for x in places:
            y = f(x)
            shown = f"ENTRIES[{name!r}][1](y={y:.6g}, x={x})"
            got = answer.run(lambda claimed=claimed, x=x, y=y: claimed(y, x), shown)
            answer.close(got, slope(x), rtol=1e-11, atol=1e-12, mistake=slope_mistake(got, slope(x)) or mistake)


def value_mistake(got: Any, x: float) -> str:
    is_number = isinstance(got, float | int) and not isinstance(got, bool)
    lost = "The right value is tiny, and not 0. (A sum of 1 and something tiny loses the digits of the tiny one.)"
    return lost if is_number and got == 0 and x == -40.0 else ""


def slope_mistake(got: Any, expected: float) -> str:
    is_number = isinstance(got, float | int) and not isinstance(got, bool)
    near = is_number and math.isclose(got, expected, rel_tol=1e-6, abs_tol=1e-6)
    return "Right to six digits and not to eleven, as a measured slope is. Write a formula." if near else ""


# 05.3


class Calls:
    """A function that keeps what it was called with."""

    def __init__(self, f: Callable[..., float]) -> None:
        self.f, self.calls = f, []

    def __call__(self, *numbers: float) -> float:
        self.calls.append(numbers)
        return self.f(*numbers)


# An operation, its function, its slopes, and the inputs to try; None stands for the leaf before it, once more.
OPERATIONS: tuple[tuple[str, Callable[..., float], tuple[Callable[..., float], ...], tuple[float | None, ...]], ...] = (
    ("+", lambda a, b: a + b, (lambda y, a, b: 1.0, lambda y, a, b: 1.0), (2.0, 3.0)),
    ("*", lambda a, b: a * b, (lambda y, a, b: b, lambda y, a, b: a), (2.0, 5.0)),
    ("*", lambda a, b: a * b, (lambda y, a, b: b, lambda y, a, b: a), (3.0, None)),
    ("/", lambda a, b: a / b, (lambda y, a, b: 1 / b, lambda y, a, b: -y / b), (6.0, -4.0)),
    ("exp", math.exp, (lambda y, x: y,), (0.5,)),
    ("neg", lambda x: -x, (lambda y, x: -1.0,), (0.0,)),
    (
        "a*b+c",
        lambda a, b, c: a * b + c,
        (lambda y, a, b, c: b, lambda y, a, b, c: a, lambda y, a, b, c: 1.0),
        (2.0, -3.0, 0.5),
    ),
)


@exercise("05.3", shows="One function and a table: another operation is another line.")
def apply(answer: Answer) -> None:
    table = {op: (f, *slopes) for op, f, slopes, _ in OPERATIONS}
    first = answer.call("+", 2.0, 3.0, table=table, shown='"+", 2.0, 3.0, table=TABLE')
    kind = node_class(answer, first)
    require_node(answer, first, 5.0, (2.0, 3.0), "+", (1.0, 1.0))
    for op, f, slopes, numbers in OPERATIONS:
        inputs: list[Any] = []
        for number in numbers:
            inputs.append(inputs[-1] if number is None else answer.run(lambda n=number: kind(n), f"Value({number})"))
        require_applied(answer, op, f, slopes, inputs, f"{op!r}, {', '.join(map(show_node, inputs))}")
    a = kind(1.5)
    require_applied(answer, *OPERATIONS[1][:3], [a, 4.0], "'*', Value(1.5), 4.0")
    require_applied(answer, *OPERATIONS[3][:3], [2, a], "'/', 2, Value(1.5)")
    inner = answer.call("exp", a, table=table, shown="'exp', Value(1.5), table=TABLE")
    require_applied(answer, *OPERATIONS[0][:3], [inner, a], "'+', exp(a), a")
    other = "The entry stands in another table here: look it up in `table`, at each call."
    require_applied(answer, "exp", lambda x: 3 * x, (lambda y, x: 7.0,), [a], "'exp', Value(1.5)", other)


def node_class(answer: Answer, node: Any) -> type:
    """The reader's class of nodes, of which the first result is one."""
    names = ("data", "parents", "op", "local_gradients")
    is_node = all(hasattr(node, name) for name in names) and not isinstance(node, type)
    answer.require(is_node, f"yours:    {kind_of(node)}\nexpected: a Value with {', '.join(names)}")
    return type(node)


def show_node(node: Any) -> str:
    return f"Value({node.data:g})"


def require_applied(
    answer: Answer,
    op: str,
    f: Callable[..., float],
    slopes: Sequence[Callable[..., float]],
    inputs: Sequence[Any],
    shown: str,
    mistake: str = "",
) -> None:
    """Require the node that one operation makes, from a table that notes its calls."""
    forward, rules = Calls(f), [Calls(slope) for slope in slopes]
    numbers = tuple(getattr(x, "data", x) for x in inputs)
    before = [dict(vars(x)) if hasattr(x, "__dict__") else None for x in inputs]
    node = answer.call(op, *inputs, table={op: (forward, *rules)}, shown=f"{shown}, table={{{op!r}: …}}")
    changed = [vars(x) != old for x, old in zip(inputs, before, strict=True) if old is not None]
    answer.require(not any(changed), "changed one of its inputs.")
    y = f(*numbers)
    expected = tuple(slope(y, *numbers) for slope in slopes)
    require_node(answer, node, y, inputs, op, expected, mistake)
    answer.require(forward.calls == [numbers], called(forward, "forward", numbers))
    for position, rule in enumerate(rules):
        answer.require(rule.calls == [(y, *numbers)], called(rule, f"slope {position}", (y, *numbers)))


def called(function: Calls, name: str, numbers: tuple[float, ...]) -> str:
    """What is wrong with the calls of a function of the table, in a node whose numbers are right."""
    if not function.calls:
        return f"{name} was not called: the numbers are right, but they do not come from the `table` that was given."
    times = "" if len(function.calls) == 1 else f", {len(function.calls)} times"
    return f"{name} was called with {show(function.calls[0])}{times}\nexpected: {show(numbers)}, once"


def require_node(
    answer: Answer,
    node: Any,
    data: float,
    inputs: Sequence[Any],
    op: str,
    slopes: tuple[float, ...],
    mistake: str = "",
) -> None:
    """Require a node with these numbers; inputs that are Values have to be its parents themselves."""
    kind = node_class(answer, node)
    answer.close(node.data, data, what=f"{answer.last_run}.data", mistake=mistake)
    answer.close(node.op, op, what=f"{answer.last_run}.op")
    parents = node.parents
    answer.require(
        type(parents) in (tuple, list) and len(parents) == len(inputs),
        f"parents\nyours:    {kind_of(parents)}\nexpected: a tuple of {len(inputs)}",
    )
    for position, (parent, given) in enumerate(zip(parents, inputs, strict=True)):
        where = f"parent {position}"
        if isinstance(given, kind):
            other = "a Value, but not the one that was given" if isinstance(parent, kind) else kind_of(parent)
            answer.require(parent is given, f"{where} is {other}.")
        else:
            answer.require(isinstance(parent, kind), f"{where} is {kind_of(parent)}: make a Value of a plain number.")
            answer.close(parent.data, given, what=f"{where} of {answer.last_run}")
            answer.require(not parent.parents, f"{where}, a plain number, should be a leaf.")
    got = node.local_gradients
    order = "There is one slope for each input, in the order of the inputs."
    answer.close(got, slopes, what=f"{answer.last_run}.local_gradients", mistake=mistake or order)


# 05.4


def with_slope(x: Any, data: float, slope: float, op: str) -> Any:
    """A node of the reader's class whose slope is `slope`, right or wrong."""
    return type(x)(data, (x,), op, (slope,))


def tanh(x: Any) -> Any:
    t = math.tanh(x.data)
    return with_slope(x, t, 1 - t * t, "tanh")


def tanh_with_a_slip(x: Any) -> Any:
    t = math.tanh(x.data)
    return with_slope(x, t, 1 - t, "tanh")


def off_by(error: float) -> Callable[[Any], Any]:
    """3 * x, with a slope that is off by a share of 3."""
    return lambda x: with_slope(x, 3 * x.data, 3 * (1 + error), "times 3")


CHECKED: tuple[tuple[str, Callable[..., Any], list[float], list[int], str], ...] = (
    ("x * y + x", lambda x, y: x * y + x, [2.0, 3.0], [], ""),
    ("x", lambda x: x, [2.0], [], "The slope of x with respect to itself is 1."),
    ("x * x", lambda x: x * x, [1e6], [], "Nudge and tolerance grow with the numbers, as in `agrees`."),
    ("slip(x) * y", lambda x, y: tanh_with_a_slip(x) * y, [0.8, 3.0], [0], ""),
    ("y * slip(x)", lambda y, x: y * tanh_with_a_slip(x), [3.0, 0.8], [1], ""),
    (
        "v * slip(w * 2 + b)",
        lambda w, b, v: v * tanh_with_a_slip(w * 2.0 + b),
        [0.3, -0.1, 1.5],
        [0, 1],
        "Only what stands inside the slip has a wrong slope.",
    ),
    ("v * tanh(w * 2 + b)", lambda w, b, v: v * tanh(w * 2.0 + b), [0.3, -0.1, 1.5], [], ""),
    ("x * y, x=-2", lambda x, y: x * y, [-2.0, 5.0], [], ""),
    ("x, where y is not used", lambda x, y: x * 1.0, [2.0, 5.0], [], "A y that is not used has slope 0 in both."),
    ("tanh(x) + slip(x)", lambda x, y: tanh(x) + tanh_with_a_slip(x) + y, [0.8, 1.0], [0], ""),
    ("nan(x) + y", lambda x, y: with_slope(x, x.data, NAN, "nan") + y, [2.0, 3.0], [0], "nan never agrees."),
    ("3 * x + y, where the slope 3 is off by 2e-6 of it", lambda x, y: off_by(2e-6)(x) + y, [2.0, 3.0], [0], ""),
    (
        "3 * x + y, where the slope 3 is off by 5e-7 of it",
        lambda x, y: off_by(5e-7)(x) + y,
        [2.0, 3.0],
        [],
        "This is within 1e-6 of 3.",
    ),
    ("slip(x) * slip(y)", lambda x, y: tanh_with_a_slip(x) * tanh_with_a_slip(y), [0.8, -0.5], [0, 1], ""),
    (
        "slip(x) * 1e-9 + y",
        lambda x, y: tanh_with_a_slip(x) * 1e-9 + y,
        [0.8, 2.0],
        [],
        "The two differ by 2e-10 here.",
    ),
    ("x * y * z", lambda x, y, z: x * y * z, [2.0, 2.0, 2.0], [], "Three inputs may hold the same number."),
    ("x * y + x", lambda x, y: x * y + x, [2.0, 3.0], [], "Something from an earlier call is still there."),
)


@exercise("05.4", shows="Any graph, any input: this is the test that an engine is kept by.")
def gradcheck(answer: Answer) -> None:
    for shown, f, numbers, expected, mistake in CHECKED:
        got = answer.call(f, list(numbers), shown=f"{shown}, {show(numbers)}")
        if isinstance(got, list | tuple) and len(got) != len(expected):
            accused = f"Inputs whose slope nudging does not confirm: {len(expected)} of {len(numbers)}."
            answer.require(False, f"yours:    {show(got)}\nexpected: {show(expected)}\n{accused} {mistake}".rstrip())
        answer.close(got, expected, mistake=mistake or "Positions count from 0, in the order of the inputs.")
