"""The course's own engine as a module that can be changed, and how answers are put into it."""

import ast
import functools
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, MemberDescriptorType, ModuleType
from typing import Any

from course.deep_graphs import free_step_by_step
from course.mine.answers import Stored
from course.mine.load import Loaded, Refused
from course.mine.parts import LAST_SCALAR, METHODS

SOURCE = Path(__file__).with_name("scalar_engine.py")
ARRAYS = Path(__file__).with_name("array_functions.py")
TENSORS = Path(__file__).with_name("tensor_engine.py")
LATER = {
    Path(__file__).with_name(f"tensor_{name}.py"): n
    for n, name in (
        (12, "losses"),
        (13, "modules"),
        (14, "optimizers"),
        (16, "normalization"),
        (17, "convolution"),
        (18, "language"),
        (19, "attention"),
    )
}
SOURCES = {SOURCE: 1, ARRAYS: 9, TENSORS: LAST_SCALAR + 1} | LATER  # each from a chapter on


def own_engine(chapter: int) -> ModuleType:
    """Return a new copy of the course's own engine, as far as a chapter has built it.

    The engine of arrays stands on the names of the other one, since the reader's answers of Part I may mention them.
    """
    module = ModuleType(f"course.mine.chapter_{chapter:02}")
    for source in [source for source, since in SOURCES.items() if since <= chapter]:
        if source == ARRAYS and chapter == LAST_SCALAR and not has_numpy():
            continue  # it brings the questions of chapter 09, and nothing that an engine of single numbers is made of
        exec(compiled(source), module.__dict__)
    become_young(module, chapter)
    if LAST_SCALAR < chapter < 11:
        forget_axes(module)
    if sys.platform == "emscripten":
        free_step_by_step(module.Value, "parents")
    return module


def has_numpy() -> bool:
    """Whether NumPy can be imported; an edition in a browser may have none."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


@functools.cache
def compiled(source: Path) -> CodeType:
    """Return a source as code, without what it imports from the others: all of them run in one namespace."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not from_the_engine(node)]
    return compile(tree, str(source), "exec")


def from_the_engine(node: ast.stmt) -> bool:
    """Whether a statement imports from another source of the engine."""
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course.mine")


def become_young(module: ModuleType, chapter: int) -> None:
    """Take from an engine's Value what it does not have yet in a chapter."""
    value = module.Value

    def without_slopes(self: Any, data: float, parents: Any = (), op: str = "", *, label: str = "") -> None:
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def tanh(self: Any) -> Any:
        """Return the hyperbolic tangent."""
        return value(math.tanh(self.data), (self,), "tanh")

    if chapter <= 2:  # a drawing would show what a node has: gradients come in chapter 03
        value.__init__ = without_slopes
    if chapter <= 4:  # the table comes in chapter 05
        value.tanh = tanh
    for name, built in METHODS.items():
        if chapter < built:
            delattr(value, name)


def forget_axes(module: ModuleType) -> None:
    """Take from an engine of arrays what chapter 11 brings: there is sum and mean of everything, and no shapes."""
    import numpy as np

    tensor, later = module.Tensor, {"matmul"} | set(module.REDUCTIONS) | set(module.SHAPES)
    whole = {
        "sum": (np.sum, {"x": lambda g, like_x: np.broadcast_to(g, like_x.shape)}),
        "mean": (np.mean, {"x": lambda g, like_x: np.broadcast_to(g / like_x.size, like_x.shape)}),
    }
    module.TABLE = {op: entry for op, entry in module.TABLE.items() if op not in later} | whole
    for name in ("__matmul__", "__rmatmul__", "max", "reshape", "transpose", "T", "__getitem__"):
        delattr(tensor, name)
    tensor.sum = lambda self: module.record("sum", self)
    tensor.mean = lambda self: module.record("mean", self)


def put_parts(module: ModuleType, answers: Iterable[tuple[Stored, Path | None]]) -> dict[str, Loaded]:
    """Put answers into an engine's module, in the order of their exercises; return them.

    Each is run when those before it are in, so that names such as `order_of = topological_order` mean those; at the end
    all of them find the engine as it is then. Raises Refused, in words, for one that does not run.
    """
    loaded: dict[str, Loaded] = {}
    for stored, path in answers:
        answer = loaded[stored.exercise] = Loaded(stored, module, path)
        part = answer.part
        if part.methods:
            move(answer.thing, module.Value, part.methods)
        elif isinstance(answer.thing, dict):
            for table in {part.name, "TABLE"} & set(vars(module)):  # TABLE holds the entries of all such parts
                setattr(module, table, getattr(module, table) | answer.thing)
        else:
            setattr(module, part.name, answer.thing)
    for answer in loaded.values():
        answer.give(module)
        if answer.part.methods:
            answer.space[answer.stored.name] = module.Value
    return loaded


def move(kind: type, value: type, methods: tuple[str, ...]) -> None:
    """Put the methods of one class into another, and the helpers that stand beside them there."""
    members: dict[str, Any] = {}
    for base in reversed(kind.__mro__[:-1]):
        members |= vars(base)
    for name in methods:
        if name not in members:
            raise Refused(f"{kind.__name__} has no {name}")
    for name, member in members.items():
        special = name.startswith("__") and name.endswith("__") or isinstance(member, MemberDescriptorType)  # a slot
        if name in methods or not (special or hasattr(value, name)):
            setattr(value, name, member)
