"""Chapter 10, a tensor engine: what the exercises ask.

Sums over copies are found by counting places, gradients by formulas or by hand; none of it comes from an engine.
"""

import inspect
import itertools
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course.array_cases import (
    CHECKED,
    FUNCTIONS,
    MOST,
    RECORDED,
    STRETCHED,
    Planted,
    array,
    graphs,
    handing_on,
    made,
    numbers,
    places,
    planted,
    summed_over_copies,
    value_of,
)
from course.compare import result_of
from course.exercises.ch03 import outcome
from course.mine.tensor_engine import Tensor
from course.specification import Answer, exercise
from course.wording import kind_of, show

RULE_NAMES = ("g", "y")


@exercise("10.1", shows="What broadcasting copied comes back as a sum, in the shape of the input.")
def unbroadcast(answer: Answer) -> None:
    for dtype, (long, shape) in itertools.product((float, np.float32), STRETCHED):
        g = numbers(*long, dtype=dtype)
        kind = "" if dtype is float else " of float32"
        got = answer.call(g, shape, shown=f"g of shape {long}{kind}, {shape}")
        expected = summed_over_copies(g, shape)
        times = max(g.size // max(expected.size, 1), 1)
        mistakes = {"of a mean over the copies in place of their sum": expected / times} if times > 1 else {}
        answer.close(got, expected, mistake=result_of(got, mistakes))
        answer.require(
            np.asarray(got).dtype == g.dtype, f"yours:    numbers of {np.asarray(got).dtype}\nexpected: {g.dtype}"
        )


# 10.2


@exercise("10.2", shows="A node holds what its rules will read, and nothing else.")
def record(answer: Answer) -> None:
    first = answer.call("neg", 1.0)
    names = ("data", "grad", "node")
    is_tensor = all(hasattr(first, name) for name in names) and not isinstance(first, type)
    answer.require(is_tensor, f"yours:    {kind_of(first)}\nexpected: a Tensor with {', '.join(names)}")
    kind = type(first)
    table = getattr(inspect.unwrap(answer.value), "__globals__", {}).get("TABLE")
    added = planted() if isinstance(table, dict) else {}
    try:
        if added:
            table.update(added)
        for op, inputs, settings, kept in RECORDED:
            if op in added or not op.startswith("planted"):
                require_recorded(answer, kind, table, op, inputs, settings, kept)
    finally:
        for op in added:
            del table[op]
    require_switch(answer, kind)
    x = kind(numbers(2, 3, dtype=np.float32), requires_grad=True)
    for inputs, shown in (((x, 2.0), "x, 2.0"), ((2.0, x), "2.0, x")):
        got = answer.call("mul", *inputs, shown=f"'mul', {shown}, where x is float32")
        mistake = "Hand plain numbers to NumPy as they are: an array of one float64 makes float64 of everything."
        answer.require(got.data.dtype == np.float32, f"data\nyours:    {got.data.dtype}\nexpected: float32\n{mistake}")


def require_recorded(
    answer: Answer,
    kind: Any,
    table: Any,
    op: str,
    names: Sequence[Any],
    settings: dict[str, Any],
    kept: tuple[str, ...],
) -> None:
    """Require the result of one operation, and the node that it leaves."""
    inputs, shown = made(kind, names)
    before = [(x.node, x.grad) for x in inputs if isinstance(x, kind)]
    said = ", ".join([repr(op), shown, *(f"{name}={value}" for name, value in settings.items())])
    got = answer.call(op, *inputs, shown=said, **settings)
    answer.require(isinstance(got, kind), f"yours:    {kind_of(got)}\nexpected: a Tensor")
    answer.require(all(got is not x for x in inputs), "gives back one of its inputs. Make a new Tensor.")
    after = [(x.node, x.grad) for x in inputs if isinstance(x, kind)]
    answer.require(all(a is b for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True)),
                   "changed one of its inputs.")  # fmt: skip
    arrays = [x.data if isinstance(x, kind) else x for x in inputs]
    expected = value_of(op, arrays, settings)
    answer.close(got.data, np.asarray(expected), what=f"{answer.last_run}.data")
    if isinstance(table, dict) and isinstance(table[op][0], Planted):
        calls, table[op][0].calls = table[op][0].calls, 0
        answer.require(calls == 1, f"the function of the entry was called {calls} times; once is enough")
    with_node = [place for place, x in enumerate(inputs) if isinstance(x, kind) and x.node is not None]
    node = got.node
    if not with_node:
        answer.require(node is None, "has a node, and no input of it has one: nothing could ever be sent on.")
        return
    answer.require(node is not None, "has no node, and an input of it has one: its gradient would never arrive.")
    attributes = ("op", "shape", "parents", "rules", "kept", "tensor")
    complete = all(hasattr(node, name) for name in attributes)
    answer.require(complete, f"node\nyours:    {kind_of(node)}\nexpected: a Node with {', '.join(attributes)}")
    answer.close(node.op, op, what=f"{answer.last_run}.node.op")
    answer.close(tuple(node.shape), np.shape(expected), what=f"{answer.last_run}.node.shape")
    answer.require(node.tensor is None, "its node has a tensor, as only leaves have: results do not collect gradients.")
    parents = [inputs[place].node for place in with_node]
    wanted = f"expected: {len(parents)}, the node of each input that has one, in order"
    answer.require(len(node.parents) == len(parents), f"parents\nyours:    {kind_of(node.parents)}\n{wanted}")
    others = [place for place, one in enumerate(node.parents) if one is not parents[place]]
    answer.require(not others, f"parents\nyours:    another object at {others}\n{wanted}")
    if isinstance(table, dict):
        every = list(table[op][1].values())
        rules = [every[place] for place in with_node]
        wanted = f"expected: {len(rules)}, the rule of each input that has a node, in order"
        answer.require(len(node.rules) == len(rules), f"rules\nyours:    {kind_of(node.rules)}\n{wanted}")
        others = [place for place, one in enumerate(node.rules) if one is not rules[place]]
        answer.require(not others, f"rules\nyours:    another object at {others}\n{wanted}")
    require_kept(answer, node.kept, kept, op, arrays, settings, got.data, table)


def require_kept(
    answer: Answer,
    got: Any,
    kept: tuple[str, ...],
    op: str,
    arrays: Sequence[Any],
    settings: dict[str, Any],
    y: np.ndarray,
    table: Any,
) -> None:
    """Require exactly the things that the rules read, and the arrays themselves in place of copies."""
    answer.require(isinstance(got, dict), f"kept\nyours:    {kind_of(got)}\nexpected: a dict")
    extra, missing = sorted(set(got) - set(kept)), sorted(set(kept) - set(got))
    answer.require(
        not missing, f"kept\nyours:    {show(sorted(got))}\nexpected: {show(list(kept))}, what the rules read"
    )
    what = "Only the rules of inputs that have a node are called, and they read no more."
    answer.require(not extra, f"kept\nyours:    {show(sorted(got))}\nexpected: {show(list(kept))}\n{what}")
    order = list(table[op][1]) if isinstance(table, dict) else ["a", "b"] if len(arrays) == 2 else ["x"]
    known = dict(zip(order, arrays, strict=True)) | settings | {"y": y}
    for name in kept:
        if name.startswith("like_"):
            answer.close(np.shape(got[name]), np.shape(known[name[5:]]), what=f"the shape of kept[{name!r}]")
            light = np.size(got[name]) <= 1 or not any(np.asarray(got[name]).strides)
            answer.require(
                light, f"kept[{name!r}] takes memory for each place. The one that `readable` gives takes none."
            )
        else:
            answer.close(np.asarray(got[name]), np.asarray(known[name]), what=f"kept[{name!r}]")
            shared = not isinstance(known[name], np.ndarray) or np.shares_memory(got[name], known[name])
            answer.require(
                shared, f"kept[{name!r}] is a copy. Keep the array itself: a copy takes as much memory again."
            )


def require_switch(answer: Answer, kind: Any) -> None:
    """Require that no node is made while `Tensor.recording` is False."""
    answer.require(hasattr(kind, "recording"), "the result is of a class without `recording`: return a Tensor")
    before = kind.recording
    try:
        for switch in (False, True):
            kind.recording = switch
            leaf = kind([1.0, 2.0], requires_grad=True)
            got = answer.call("neg", leaf, shown=f"'neg', leaf, while Tensor.recording is {switch}")
            answer.close(got.data, np.array([-1.0, -2.0]), what=f"{answer.last_run}.data")
            answer.close(got.node is not None, switch, what=f"{answer.last_run}.node is not None")
            answer.require(kind.recording is switch, "changed Tensor.recording: only `no_grad` does that.")
    finally:
        kind.recording = before


# 10.3


@exercise("10.3", shows="Gradients of arrays go back as those of numbers did; only what was copied has to be added up.")
def backward(answer: Answer) -> None:
    require_graphs(answer)
    names = getattr(inspect.unwrap(answer.value), "__globals__", {})
    if "unbroadcast" in names:  # the reader's own may always make a new array, which would hide what is shared
        own, names["unbroadcast"] = names["unbroadcast"], handing_on
        try:
            require_graphs(answer, ", with an unbroadcast that gives back g itself where nothing was copied")
        finally:
            names["unbroadcast"] = own
    require_two_roots(answer)
    require_refusals(answer)
    require_long(answer)
    require_released(answer)


def require_graphs(answer: Answer, condition: str = "") -> None:
    """Require the gradients of all leaves of some small graphs, after one pass and after two."""
    for root_is, build, gradients, mistake in graphs():
        leaves, root = build(Tensor)
        once = gradients(*[leaf.data for leaf in leaves])
        shown = root_is + condition
        for times in (1, 2):
            came = answer.call(root, shown=shown if times == 1 else f"{shown}, a second time")
            answer.require(came is None, f"yours:    {kind_of(came)}\nexpected: None")
            for place, (leaf, right) in enumerate(zip(leaves, once, strict=True)):
                name = "abcd"[place]
                what = f"{name}.grad after {answer.last_run}"
                if right is None:
                    answer.require(leaf.grad is None, f"{what}\nyours:    {show(leaf.grad)}\nexpected: None")
                    continue
                again = "A second pass adds to what the leaves hold." if times == 2 else ""
                answer.require(leaf.grad is not None, f"{what} is None")
                answer.close(leaf.grad, np.asarray(times * right), what=what, mistake=again or mistake)
            require_apart(answer, leaves, shown)


def require_apart(answer: Answer, leaves: Sequence[Any], shown: str) -> None:
    """Require that no grad shares memory with another grad or with data."""
    grads = [leaf.grad for leaf in leaves if isinstance(leaf.grad, np.ndarray)]
    mixed = [one for one, other in itertools.combinations(grads, 2) if np.shares_memory(one, other)]
    message = f"{shown}: two leaves share one array as their grad. A change of one would change the other."
    answer.require(not mixed, message)
    frozen = [grad for grad in grads if not grad.flags.writeable]
    answer.require(not frozen, f"{shown}: a grad cannot be written to, because it is a view. Make a new array.")


def require_two_roots(answer: Answer) -> None:
    """Require that leaves add up over two losses on one trunk, and that inner tensors keep no gradient."""
    a = Tensor([1.0, 2.0], requires_grad=True)
    trunk = a * a
    for root, shown, right in ((trunk.sum(), "a * a", 2), ((trunk * 3.0).sum(), "3 * a * a", 8)):
        answer.call(root, shown=f"the sum of {shown}, on one trunk")
        answer.close(a.grad, right * a.data, what="a.grad", mistake="Leaves add up over two roots.")
    answer.require(trunk.grad is None, "an inner tensor has got a grad: only leaves keep theirs.")


def require_refusals(answer: Answer) -> None:
    """Require a ValueError for what is no loss."""
    a = Tensor([1.0, 2.0], requires_grad=True)
    cases = ((a * 2.0, "a tensor of two numbers"), (Tensor(3.0), "a tensor without a node"))
    for root, shown in (*cases, (Tensor(np.zeros(0), requires_grad=True), "a tensor of no number")):
        came = answer.run(lambda root=root: outcome(answer.value, root), f"backward({shown})")
        answer.require(came == "raised a ValueError", f"yours:    {came}\nexpected: raises a ValueError")
    answer.require(a.grad is None, "changed the grad of a leaf, although it raised an error.")


def require_long(answer: Answer) -> None:
    """Require a chain of 20,000 nodes and a ladder of 60 shared ones."""
    start = Tensor(1.0, requires_grad=True)
    root = start
    for _ in range(20_000):
        root = root + 1.0
    answer.call(root, shown="the end of a chain of 20,000 additions")
    answer.close(start.grad, np.ones(()), what="the gradient of the start")
    start = Tensor([1.0], requires_grad=True)
    root = start
    for _ in range(60):
        root = root + root
    answer.call(root, shown="60 doublings, root = root + root")
    answer.close(start.grad, np.array([2.0**60]), what="the gradient of the start")


def require_released(answer: Answer, steps: int = 30, size: int = 100_000) -> None:
    """Require that gradients which were passed on are not held: a chain of large arrays needs the memory of a few."""
    leaf = Tensor(np.ones(size), requires_grad=True)
    root = leaf
    for _ in range(steps):
        root = -root
    root = root.sum()
    tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        answer.call(root, shown=f"a chain of {steps} negations of {size:,} numbers")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not tracing:
            tracemalloc.stop()
    held = (peak - before) / (8 * size)
    message = f"held {held:.0f} arrays at once, in a chain of {steps}: take a gradient out when it is passed on."
    answer.require(held < steps / 2, message)


# 10.4


@exercise("10.4", shows="Six rules for arrays, each with as little to keep as it needs.")
def pointwise(answer: Answer) -> None:
    table = answer.value
    answer.require(isinstance(table, dict), f"yours:    {kind_of(table)}\nexpected: a dict, POINTWISE")
    missing = [op for op in FUNCTIONS if op not in table]
    answer.require(not missing, f"there is no entry for {', '.join(missing)}.")
    for op, (inputs, f, slopes) in FUNCTIONS.items():
        forward, rules = parts_of(answer, op, table[op], inputs)
        for arrays in places(op):
            require_values(answer, op, forward, rules, f, slopes, arrays)
        require_little(answer, op, rules)


def parts_of(answer: Answer, op: str, entry: Any, inputs: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """An entry taken apart, if it has the form of one."""
    answer.last_run = f"POINTWISE[{op!r}]"
    is_pair = isinstance(entry, tuple | list) and len(entry) == 2 and callable(entry[0]) and isinstance(entry[1], dict)
    answer.require(is_pair, f"yours:    {show(entry)}\nexpected: a pair of a function and a dict of rules")
    forward, rules = entry
    answer.close(list(rules), list(inputs), what=f"the inputs of POINTWISE[{op!r}]")
    known = {*RULE_NAMES, *inputs, *(f"like_{name}" for name in inputs)}
    for name, rule in rules.items():
        answer.require(callable(rule), f"the rule for {name}\nyours:    {kind_of(rule)}\nexpected: a function")
        unknown = sorted(set(inspect.signature(rule).parameters) - known)
        may = f"It may read {', '.join(sorted(known))}."
        answer.require(not unknown, f"the rule for {name} reads {', '.join(unknown)}, which nobody provides. {may}")
    return forward, rules


def require_values(
    answer: Answer,
    op: str,
    forward: Callable[..., Any],
    rules: dict[str, Callable[..., Any]],
    f: Callable[..., Any],
    slopes: Sequence[Callable[..., Any]],
    arrays: Sequence[np.ndarray],
) -> None:
    """Require the value and the gradients at some arrays, in float64 and in float32."""
    inputs = list(rules)
    for dtype, rtol in ((np.float64, 1e-10), (np.float32, 1e-5)):
        exact = [array.astype(dtype) for array in arrays]
        of_type = ", ".join(f"{name} of shape {x.shape}" for name, x in zip(inputs, exact, strict=True))
        y = np.asarray(f(*[x.astype(float) for x in exact]))
        got = answer.run(lambda: forward(*[x.copy() for x in exact]), f"POINTWISE[{op!r}][0]({of_type})")  # noqa: B023
        answer.close(np.asarray(got), y, rtol=rtol, atol=1e-12 if dtype is np.float64 else 1e-6)
        require_type(answer, got, dtype)
        g = numbers(*y.shape, seed=3, dtype=dtype)
        known = dict(zip(inputs, exact, strict=True)) | {"y": y.astype(dtype), "g": g}
        known |= {f"like_{name}": np.broadcast_to(0.0, x.shape) for name, x in zip(inputs, exact, strict=True)}
        for name, slope in zip(inputs, slopes, strict=True):
            given = {key: known[key].copy() for key in inspect.signature(rules[name]).parameters}
            shown = f"the rule of {op} for {name}, with {of_type}"
            got = answer.run(lambda: rules[name](**given), shown)  # noqa: B023
            changed = [key for key, array in given.items() if not np.array_equal(array, known[key])]
            answer.require(not changed, f"changed {' and '.join(changed)}. Compute a new array.")
            factor = np.asarray(slope(*[x.astype(float) for x in exact]))
            expected = np.asarray(g.astype(float) * factor)
            mistakes = {"of the slope alone: multiply it by g": factor, "of the slope with the other sign": -expected}
            mistake = result_of(got, mistakes) if isinstance(got, np.ndarray) else ""
            answer.close(got, expected, rtol=rtol, atol=1e-12 if dtype is np.float64 else 1e-6, mistake=mistake)
            require_type(answer, got, dtype)


def require_type(answer: Answer, got: Any, dtype: type) -> None:
    found = np.asarray(got).dtype
    answer.require(found == dtype, f"yours:    numbers of {found}\nexpected: {np.dtype(dtype)}, as the input has")


def require_little(answer: Answer, op: str, rules: dict[str, Callable[..., Any]]) -> None:
    """Require that the rules read as few arrays as the card says."""
    answer.last_run = f"POINTWISE[{op!r}]"
    read = {name: set(inspect.signature(rule).parameters) - {"g"} for name, rule in rules.items()}
    arrays = sorted({key for keys in read.values() for key in keys if not key.startswith("like_")})
    said = f"its rules read {', '.join(arrays) or 'nothing'} besides g"
    answer.require(len(arrays) <= MOST[op], f"{said}; {MOST[op] or 'none'} would do.")
    if op in ("exp", "tanh"):
        answer.require("x" not in arrays, f"{said}. The slope can be written with y, which the next node keeps anyway.")
    if op == "div":
        for_a = sorted(key for key in read["a"] if not key.startswith("like_"))
        answer.require(for_a == ["b"], f"the rule for a reads {', '.join(for_a)} besides g; b alone would do.")


# 10.5


@exercise("10.5", shows="Two runs for each array, however large it is, and no slip gets past a random direction.")
def array_gradcheck(answer: Answer) -> None:
    for shown, f, shapes, expected, mistake in CHECKED:
        arrays = [array(*shape, seed=place + 1) for place, shape in enumerate(shapes)]
        seen: list[tuple[Any, ...]] = []

        def counted(*tensors: Any, f: Callable[..., Any] = f, seen: list = seen) -> Any:
            seen.append(tensors)
            return f(*tensors)

        rng = np.random.default_rng(5)
        got = answer.call(counted, arrays, rng, shown=f"{shown}, arrays of the shapes {list(shapes)}")
        if isinstance(got, np.ndarray | tuple):
            got = [int(place) for place in got]
        if isinstance(got, list) and len(got) != len(expected):
            accused = f"Arrays whose gradient is wrong: {len(expected)} of {len(arrays)}."
            answer.require(False, f"yours:    {show(got)}\nexpected: {show(expected)}\n{accused} {mistake}".rstrip())
        answer.close(got, expected, mistake=mistake)
        most = 2 * len(arrays) + 2
        answer.require(
            len(seen) <= most, f"f was called {len(seen)} times, and {most} are allowed: move a whole array."
        )
