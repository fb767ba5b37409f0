"""Less memory for more time: parts of a network keep only their inputs, and are computed again in the backward pass.

A call of `checkpoint` records its function as always, and so knows which parameters and earlier results the function
uses. Then it drops all that was recorded and puts one node in its place. In the backward pass that node runs the
function again, on the same inputs and with the same random numbers, and goes back through the new graph. For n layers
in √n parts, √n inputs and the results of √n layers lie in memory at a time, instead of those of n layers.

Source: Chen et al. 2016, "Training deep nets with sublinear memory cost".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from autograd.tensor.api.creation import default_generator
from autograd.tensor.api.function import OutputGradients, changes_of, node_of_output
from autograd.tensor.api.grad_mode import enable_grad
from autograd.tensor.api.inplace import move_to
from autograd.tensor.core.backward import visit
from autograd.tensor.core.errors import freed_error, version_error
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Leaf, Node
from autograd.tensor.core.tape import record
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.core.versions import graph_of, share_memory

__all__ = ["checkpoint", "checkpoint_sequential"]
Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


def no_contexts() -> Contexts:
    """Return two contexts without effect."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = no_contexts, determinism_check: str = "default", debug: bool = False,
    early_stop: bool = True, preserve_rng_state: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """Return function(*args, **kwargs), of which the graph keeps only the arguments.

    Values and gradients are the same to the last bit as without it, if the function computes the same both times; with
    `preserve_rng_state` it draws the same random numbers. The backward pass raises RuntimeError if the function does
    not record the same operations again, or if an argument or a parameter was changed in between. `context_fn` returns
    two contexts, for the first and the second run. `use_reentrant`, `debug` and `early_stop` change nothing; everything
    is as PyTorch's use_reentrant=False has it, so `autograd.grad` works too. Without recording, the function is just
    called.
    """
    if not mode.recording:
        return function(*args, **kwargs)
    first, second = context_fn()
    segment = Segment(function, args, kwargs, second, determinism_check != "none")
    segment.random = default_generator.get_state() if preserve_rng_state else None
    with first, recorded() as nodes:
        results = function(*args, **kwargs)
        outputs = computed(results, nodes)
    if outputs:
        segment.replace(outputs, nodes)
    return results


def checkpoint_sequential(
    functions: Sequence[Callable[[Any], Any]], segments: int, input: Any, use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:  # fmt: skip
    """Return the input passed through functions, such as the layers of a Sequential, in a number of segments.

    Every segment but the last is a `checkpoint`.
    """
    layers = list(functions.children()) if hasattr(functions, "children") else list(functions)
    if not 1 <= segments <= len(layers):
        raise ValueError(f"checkpoint_sequential: segments must be from 1 to {len(layers)}, got {segments}")
    size = len(layers) // segments
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(InOrder(layers[start : start + size]), input, preserve_rng_state=preserve_rng_state)
    return InOrder(layers[size * (segments - 1) :])(input)


class InOrder:
    """Calls functions one after another."""

    def __init__(self, functions: Sequence[Callable[[Any], Any]]) -> None:
        self.functions = functions

    def __call__(self, x: Any) -> Any:
        for function in self.functions:
            x = function(x)
        return x


class Segment:
    """A function with its arguments, and what was noted when it ran first, to compare with the second run."""

    random: Any = None

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
        context: AbstractContextManager[Any], compares: bool,
    ) -> None:  # fmt: skip
        self.function, self.args, self.kwargs, self.context, self.compares = function, args, kwargs, context, compares
        self.counts = [changes_of(x) for x in tensors_in([args, kwargs])]

    def replace(self, outputs: list[Tensor], nodes: list[Node]) -> None:
        """Put one node in the place of all that was recorded."""
        made, needed = set(nodes), {y.node: None for y in outputs}
        for node in reversed(nodes):
            if node in needed:
                needed.update(dict.fromkeys(node.parents))
        parents = tuple(node for node in needed if node not in made)
        leaves = [node.tensor for node in parents if type(node) is Leaf]
        self.leaves = [(leaf, changes_of(leaf())) for leaf in leaves]
        self.seen = self.trace(outputs, nodes)
        single = len(outputs) == 1
        node = record(SegmentPlan(), (), parents, outputs[0]._data if single else OutputGradients({}), {})
        node.saved = self
        for i, y in enumerate(outputs):
            move_to(y, node if single else node_of_output(node, i, y._data))
            if y.version is not None:  # a view, which would hold what it is a view of, and that its graph
                share_memory(y, y)
                y._base = None

    def trace(self, outputs: list[Tensor], nodes: list[Node]) -> tuple[Any, ...]:
        """Return what has to be the same in both runs."""
        return [(y.shape, y.dtype) for y in outputs], [node.op for node in nodes] if self.compares else []

    def gradients(self, node: Node, parts: dict[int, Any], as_tensors: bool) -> list[Any]:
        """Run the function again and return the gradients of the node's parents, given those of the outputs."""
        changed = zip(tensors_in([self.args, self.kwargs]), self.counts, strict=True)
        for x, then in [*changed, *((leaf(), then) for leaf, then in self.leaves)]:
            if x is not None and changes_of(x) != then:
                raise version_error(node, x.shape, changes_of(x), then)
        outputs, nodes = self.again()
        if self.trace(outputs, nodes) != self.seen:
            raise RuntimeError(
                f"checkpoint: the function computed something else the second time: {len(nodes)} operations with "
                f"results {self.trace(outputs, nodes)[0]}, at first {len(self.seen[1])} with {self.seen[0]}. What it "
                "computes must depend on nothing but its arguments, parameters, and random numbers."
            )
        start: dict[Any, Any] = {}
        for i, g in parts.items():
            before = start.get(outputs[i].node)
            start[outputs[i].node] = (g if before is None else before[0] + g, False)
        found = visit(nodes, start, as_tensors, as_tensors, None)
        return [found[parent][0] if parent in found else None for parent in node.parents]

    def again(self) -> tuple[list[Tensor], list[Node]]:
        """Run the function a second time; return its outputs and the nodes that it recorded."""
        now = default_generator.get_state()
        try:
            if self.random is not None:
                default_generator.set_state(self.random)
            with enable_grad(), self.context, recorded() as nodes:
                return computed(self.function(*self.args, **self.kwargs), nodes), nodes
        finally:
            if self.random is not None:
                default_generator.set_state(now)


class SegmentPlan:
    """The plan of a segment's node: it runs the segment again to get the gradients."""

    op = "checkpoint"
    keeps_numbers, keeps_output, keeps_inputs, no_inputs = True, False, False, ()

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        """Return the gradients of the node's parents."""
        if node.inputs is None:
            raise freed_error()
        parts = g.parts if isinstance(g, OutputGradients) else {0: g}
        found: list[Any] = node.saved.gradients(node, parts, as_tensors)
        return found


@contextmanager
def recorded() -> Iterator[list[Node]]:
    """Collect the nodes that operations record inside a block, each after its parents."""
    nodes: list[Node] = []
    before, mode.nodes = mode.nodes, nodes
    try:
        yield nodes
    finally:
        mode.nodes = before


def tensors_in(x: Any) -> list[Tensor]:
    """Return the tensors in a structure of lists, tuples and dictionaries, in order."""
    if isinstance(x, Tensor):
        return [x]
    parts = x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]


def computed(results: Any, nodes: list[Node]) -> list[Tensor]:
    """Return the tensors in a function's results that it computed by recorded operations, each once."""
    tensors = {id(y): y for y in tensors_in(results) if graph_of(y) is not None}
    made = set(nodes)
    return [y for y in tensors.values() if y.node in made]
