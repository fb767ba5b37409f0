"""Tries an engine with the reader's parts: does it compute what the course's own does, at the size of the moons?

An answer that passes its check can break an engine all the same: a table of slopes that divides where it is not asked
to, a list where a set is needed, methods that use what only their own `__init__` makes.
"""

import functools
import math
import random
import time
from types import ModuleType
from typing import Any

from course.mine import trial_arrays
from course.mine.load import Refused, guarded
from course.mine.own import own_engine
from course.mine.parts import LAST, LAST_SCALAR
from course.wording import show

SMALL, MOONS = (4, (3, 2)), (20, (32, 16, 2))  # points and widths; a step of the moons has 27,461 nodes
# Seconds of computing that it may always take, how many times as long as the course's own it may take, and how many
# times as long it is waited for: other programs may have the processor meanwhile.
LEAST, PATIENCE, WAIT = 1.5, 10, 5
Results = dict[str, list[float]]


def require_same(engine: ModuleType, chapter: int = LAST, size: Any = SMALL) -> None:
    """Raise Refused, in words, unless the engine gives what the course's own gives, in about the same time."""
    expected, usual = reference(chapter, size)
    most = max(LEAST, PATIENCE * usual)
    got, seconds = guarded(lambda: timed(engine, chapter, size), WAIT * most)
    if seconds > most:
        raise Refused(f"it takes {seconds:.1f} seconds, where the course's own takes {usual:.2f}")
    for what, numbers in expected.items():
        if len(got[what]) != len(numbers):
            raise Refused(f"it gives {len(got[what])} numbers for {what}, where the course's own gives {len(numbers)}")
        for mine, theirs in zip(got[what], numbers, strict=True):
            if not math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-12):
                raise Refused(f"it gives {show(mine)} for {what}, where the course's own gives {show(theirs)}")


@functools.cache
def reference(chapter: int, size: Any) -> tuple[Results, float]:
    """What the course's own engine gives, and the seconds it takes."""
    found: tuple[Results, float] = guarded(lambda: timed(own_engine(chapter), chapter, size), 60.0)
    return found


def timed(engine: ModuleType, chapter: int, size: Any) -> tuple[Results, float]:
    """What an engine gives, and the seconds that this thread computes for it."""
    clock = getattr(time, "thread_time", time.perf_counter)  # not every system counts by threads
    begin = clock()
    return results(engine, chapter, *size), clock() - begin


def results(engine: ModuleType, chapter: int, count: int, widths: tuple[int, ...]) -> Results:
    """Everything that an engine of a chapter can do, as lists of numbers."""
    if chapter > LAST_SCALAR:
        return trial_arrays.results(engine, chapter)
    found = expressions(engine, chapter)
    if chapter >= 5:
        found |= functions(engine)
    if chapter >= 8:
        found |= training(engine, count, widths)
    return found


def expressions(engine: ModuleType, chapter: int) -> Results:
    found = {"a slope by nudging": [engine.central_difference(lambda x: x**3, 2.0)]}
    if chapter < 2:
        return found
    a, b = engine.Value(0.7), engine.Value(-1.3)
    root = (a * b - b / a + 2 - 1 / b) * (3 * a - (-b)) - 0.5 * a + (b - 1) * 2 + a * a
    nodes = reachable(root)
    found["an expression"] = [root.data]
    if set(engine.nodes_of(root)) != nodes or len(engine.nodes_of(root)) != len(nodes):
        raise Refused("nodes_of does not give every node of an expression once")
    require_order("inputs_first", engine.inputs_first(root), nodes, root)
    if chapter >= 3:
        root.grad = 1.0
        engine.sweep(engine.inputs_first(root))
        found["the slopes of an expression"] = [a.grad, b.grad]
    if chapter >= 4:
        require_order("topological_order", engine.topological_order(root), nodes, root)
        for _ in range(2):
            root.backward()
        found["slopes after two more passes"] = [a.grad, b.grad]
    if chapter >= 9:
        product = engine.dot([a, b, 3.0], [b, b, a])
        product.backward()
        found["a dot product and its slopes"] = [product.data, a.grad, b.grad]
    return found


def functions(engine: ModuleType) -> Results:
    found = {}
    for name in engine.ENTRIES:
        for x in (0.3, 1.0, 30.0):
            node = engine.Value(x)
            result = getattr(node, name)() if hasattr(node, name) else engine.apply(name, node, table=engine.ENTRIES)
            result.backward()
            found[f"{name} at {x}"] = [result.data, node.grad]
    right = engine.agrees(12.0, lambda x: x**3, 2.0), engine.agrees(12.1, lambda x: x**3, 2.0)
    found["agrees, at a right slope and a wrong one"] = list(map(float, right))
    accused = engine.gradcheck(lambda a, b, c: a * b.data + c.exp() * a, [0.5, 2.0, -1.0])
    found["gradcheck, with one wrong slope"] = [float(position) for position in accused]
    return found


def training(engine: ModuleType, count: int, widths: tuple[int, ...]) -> Results:
    """A step of a network on points on two arcs, with the course's weights, whatever the engine draws."""
    rng = random.Random(1)
    network = engine.MLP(2, list(widths), random.Random(0), "relu")
    for parameter in network.parameters():
        parameter.data = rng.uniform(-0.5, 0.5)
    angles = [math.pi * i / count for i in range(count)]
    points = [
        [math.cos(t), math.sin(t)] if i % 2 else [1 - math.cos(t), 0.5 - math.sin(t)] for i, t in enumerate(angles)
    ]
    points, labels, *others = engine.split(points, [i % 2 for i in range(count)], 1.0, rng)
    (batch,) = engine.minibatches(len(points), count, rng)

    def loss_of() -> Any:
        total = engine.wrap(0.0)
        for i in batch:
            total = total + engine.cross_entropy(network(points[i]), labels[i])
        return total / len(batch)

    if any(map(len, others)):
        raise Refused("split leaves points out when all of them are asked for")
    optimizer = engine.SGD(network.parameters(), 0.1)
    losses = engine.fit(loss_of, optimizer, 1)
    return {
        "the loss of a training step": [float(loss) for loss in losses],
        "the slopes of a training step": [parameter.grad for parameter in network.parameters()],
        "the weights after a training step": [parameter.data for parameter in network.parameters()],
    }


def reachable(root: Any) -> set[Any]:
    nodes, stack = {root}, [root]
    while stack:
        for parent in stack.pop().parents:
            if parent not in nodes:
                nodes.add(parent)
                stack.append(parent)
    return nodes


def require_order(name: str, order: Any, nodes: set[Any], root: Any) -> None:
    place = {node: i for i, node in enumerate(order)}
    complete = set(place) == nodes and len(order) == len(nodes) and order[-1] is root
    if not complete or any(place[parent] >= place[node] for node in place for parent in node.parents):
        raise Refused(f"{name} does not give every node of an expression once, after its parents, the root last")
