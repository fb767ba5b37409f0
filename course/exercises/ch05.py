"""Chapter 05, gradient checking: what the exercises ask."""

import math
from collections.abc import Callable
from typing import Any

from course.exercises.ch01 import counted
from course.specification import Answer, exercise
from course.wording import show

INF, NAN = math.inf, math.nan

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
)


@exercise("05.1", shows="A judge that measures, forgives rounding and nothing else.")
def agrees(answer: Answer) -> None:
    def require_verdict(claimed: float, f: Callable, x: float, expected: bool, shown: str, mistake: str) -> None:
        counting = counted(f)
        got = answer.call(claimed, counting, x, shown=f"{claimed:.10g}, {shown}")
        if isinstance(got, int) and not isinstance(got, bool) and got in (0, 1):
            got = bool(got)
        answer.close(got, expected, mistake=mistake)
        answer.require(counting.calls <= 10, f"f was called {counting.calls} times; two calls are enough")

    right = "This slope is right. Is the nudge at the bottom of the V, and the tolerance relative above 1?"
    wrong = "This slope is wrong by more than the tolerance, 1e-6 * max(1, abs(measured))."
    for shown, f, x, slope in SLOPES:
        size = max(1.0, abs(slope))
        require_verdict(slope, f, x, True, shown, right)
        for error in (0.3, 1e-2, 1e-4, 5e-6):
            for sign in (1, -1):
                require_verdict(slope + sign * error * size, f, x, False, shown, wrong)
        require_verdict(slope + 2e-7 * size, f, x, True, shown, right)
        require_verdict(-slope, f, x, slope == 0, shown, "A slope of the other sign is wrong, unless it is 0.")
        for odd in (NAN, INF, -INF):
            require_verdict(odd, f, x, False, shown, "nan and inf never agree: ask whether the difference is small.")
    never = "Where the measured slope is nan, nothing agrees with it: ask whether the difference is small."
    require_verdict(1.0, lambda x: NAN, 1.0, False, "a function that gives nan", never)


# 05.2


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


# How the function is computed, its slope at x written without y, and what usually goes wrong.
ENTRIES: dict[str, tuple[Callable[[float], float], Callable[[float], float], str]] = {
    "exp": (math.exp, math.exp, "The slope of exp is exp itself."),
    "log": (math.log, lambda x: 1 / x, "The slope of log at x is 1 / x."),
    "sqrt": (
        math.sqrt,
        lambda x: 0.5 * x**-0.5,
        "sqrt is x to the power 1/2: take 1/2 down, and lower the power by 1.",
    ),
    "sin": (math.sin, math.cos, "The slope of sin is cos, in radians."),
    "cos": (math.cos, lambda x: -math.sin(x), "cos falls just above 0: mind the sign."),
    "sigmoid": (sigmoid, lambda x: 0.25 / math.cosh(x / 2) ** 2, "y * (1 - y), with y the value of sigmoid."),
    "softplus": (lambda x: math.log1p(math.exp(x)), sigmoid, "The slope of softplus at x is sigmoid of x."),
    "neg": (lambda x: -x, lambda x: -1.0, "-x falls one for one."),
}


@exercise("05.2", shows="Eight lines of a table that any engine needs, each one judged.")
def entries(answer: Answer) -> None:
    for op, (f, slope, mistake) in ENTRIES.items():
        for x in (0.3, 1.0, 2.5, 7.0) if op in ("log", "sqrt") else (-2.5, -0.7, 0.001, 0.3, 1.5707, 4.0):
            got = answer.call(op, f(x), x, shown=f'"{op}", y={f(x):.6g}, x={x}')
            answer.close(got, slope(x), rtol=1e-9, atol=1e-15, mistake=mistake)


# 05.3


def entry(f: Callable, slope: Callable, *points: float) -> tuple[Callable, Callable, list[float]]:
    return f, slope, list(points)


def relu(x: float) -> float:
    return max(x, 0.0)


def fails(y: float, x: float) -> float:
    raise ZeroDivisionError("division by zero")


RIGHT = {
    "sin": entry(math.sin, lambda y, x: math.cos(x), 0.0, 1.0, -2.0),
    "exp": entry(math.exp, lambda y, x: y, 0.0, 1.0, 10.0),
    "square": entry(lambda x: x * x, lambda y, x: 2 * x, -3.0, 0.0, 1e5),
    "relu": entry(relu, lambda y, x: float(x > 0), -1.0, 2.0),
    "log": entry(math.log, lambda y, x: 1 / x, 0.5, 2.0, 1e3),
    "nothing": entry(lambda x: 4.0, lambda y, x: 0.0, 1.0),
}
WRONG = {
    "cos": entry(math.cos, lambda y, x: math.sin(x), 0.0, 1.0),
    "abs": entry(abs, lambda y, x: 1.0, 2.0, -2.0),
    "tanh": entry(math.tanh, lambda y, x: 1 - y, 0.8, -0.8),
    "size": entry(abs, lambda y, x: 1.0, -2.0, 2.0),
    "cube": entry(lambda x: x**3, lambda y, x: 3 * x, 0.0, 1.0, 2.0),
    "third": entry(lambda x: x / 3, lambda y, x: 0.3333, 1.0, 2.0),
    "sqrt": entry(math.sqrt, lambda y, x: 0.5 * y, 1.0, 4.0),
    "nan": entry(lambda x: x, lambda y, x: NAN, 1.0),
    "fails": entry(math.exp, fails, 0.0, 1.0),
    "clipped": entry(lambda x: max(min(x, 1.0), -1.0), lambda y, x: 0.0, -2.0, 0.5, 2.0),
    "domain": entry(math.exp, lambda y, x: math.exp(math.log(x)), -1.0),
    "one input": entry(math.exp, lambda x: x, 1.0),
    "leaky": entry(relu, lambda y, x: 1.0 if x > 0 else 0.01, 3.0, 1.0, -1.0),
}


@exercise("05.3", shows="One failing point convicts an entry; only points on every side acquit it.")
def suspects(answer: Answer) -> None:
    def require_names(names: str, mistake: str) -> None:
        table = {name: (RIGHT | WRONG)[name] for name in names.split(", ") if name}
        expected = [name for name in table if name in WRONG]
        got = answer.call(table, shown=f"a table of {', '.join(table)}")
        if isinstance(got, list | tuple) and set(got) != set(expected) and set(got) <= set(table):
            name = next(name for name in table if (name in got) != (name in expected))
            verdict = "is wrong, and is not in your list" if name in WRONG else "is right, and is in your list"
            answer.require(False, f"yours:    {show(got)}\nexpected: {show(expected)}\n{name!r} {verdict}. {mistake}")
        answer.close(got, expected, mistake=mistake)

    fine = "All of these slopes are right."
    some = "An entry is wrong if it fails at any of its points, and its name goes into the list once."
    require_names("sin, exp", fine)
    require_names("cos", "The slope of cos is -sin; at 0 both are 0, at 1 they differ.")
    require_names("sin, abs, exp", "A slope of 1 for abs is right at 2 and wrong at -2.")
    require_names("tanh, size", some)
    require_names("cube, square, sin", some)
    require_names("clipped, sin", "Its slope of 0 is right at the first and the last of its points, not between.")
    require_names("leaky", "0.01 below 0 is leaky_relu's slope; relu's is 0, at the last of the points.")
    require_names("third, log", "0.3333 is not a third: the tolerance is 1e-6.")
    raised = "A slope that raises an exception, of whatever kind, is wrong too, and the rest is still to be judged."
    require_names("exp, fails, sqrt", raised)
    require_names("domain, one input, exp", raised)
    require_names("nan, relu", "nan never agrees.")
    require_names("square, relu, log, nothing", fine)
    require_names(", ".join([*WRONG, *RIGHT]), "The names come in the order of the table.")
    require_names(", ".join([*RIGHT, *reversed(WRONG)]), "The names come in the order of the table.")
    require_names("", "An empty table has no wrong entries.")
    require_names("sin, abs, exp", "Something from an earlier call is still in the list.")


# 05.4


def log_add_exactly(a: float, b: float) -> float:
    """log(e**a + e**b) with 60 digits, rounded to a float."""
    from decimal import Decimal, localcontext

    if -INF in (a, b):
        return max(a, b)
    with localcontext() as context:
        context.prec = 60
        context.Emax, context.Emin = 10**6, -(10**6)
        return float((Decimal(a).exp() + Decimal(b).exp()).ln())


PAIRS = (
    *((0.0, 0.0), (1.0, 2.0), (2.0, 1.0), (-3.5, 0.25), (0.0, -1.0), (1000.0, 999.0), (999.0, 1000.0)),
    *((-1000.0, -1000.0), (2000.0, 2000.0), (-2000.0, -1999.5), (2000.0, -2000.0), (-2000.0, 2000.0)),
    *((710.0, 0.0), (0.0, 710.0), (0.0, -40.0), (-40.0, 0.0), (0.0, -30.0), (-745.0, -746.0), (1e-9, -45.0)),
    *((-INF, 3.0), (3.0, -INF), (-INF, -2000.0), (-INF, -INF)),
)


@exercise("05.4", shows="No overflow, no lost digit: softmax and cross-entropy are built on this function.")
def log_add(answer: Answer) -> None:
    for a, b in PAIRS:
        mistake = "Take the larger of the two out of the logarithm; what is left is at most log(2)."
        if (a, b) in ((0.0, -40.0), (-40.0, 0.0), (0.0, -30.0), (1e-9, -45.0)):
            mistake = (
                "A tiny result loses its digits in 1 + t, or when large numbers cancel. Add log1p(…) to the larger."
            )
        if -INF in (a, b):
            mistake = "-inf is the logarithm of 0: adding 0 changes nothing."
        got: Any = answer.call(a, b)
        answer.close(got, log_add_exactly(a, b), rtol=1e-12, atol=0.0, mistake=mistake)
