"""What chapter 13 adds to the engine of arrays: modules that find their parameters, state on disk, and batches."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from course.mine.tensor_engine import Tensor


# Exercise 13.1
def members(holder: Any) -> dict[str, Any]:
    """Return every Module and Tensor inside a module, by its dotted name, such as "layers.0.weight".

    They are found in attributes, and in lists, tuples and dicts of any depth. What is held twice is returned once.
    """
    found: dict[str, Any] = {}
    met = {id(holder)}

    def visit(thing: Any, name: str) -> None:
        if isinstance(thing, Module):
            inside = vars(thing).items()
        elif isinstance(thing, dict):
            inside = thing.items()
        elif isinstance(thing, list | tuple):
            inside = enumerate(thing)
        else:
            return
        for key, member in inside:
            if id(member) in met:
                continue
            if isinstance(member, Module | Tensor | dict | list | tuple):
                met.add(id(member))
            full = f"{name}.{key}" if name else str(key)
            if isinstance(member, Module | Tensor):
                found[full] = member
            visit(member, full)

    visit(holder, "")
    return found


class Module:
    """A piece of a network: it holds tensors and other modules as attributes, and `forward` computes with them."""

    training = True

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        return self.forward(*inputs, **named)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward: write what it computes")

    def named_parameters(self) -> dict[str, Tensor]:
        """Return the tensors that training changes, by name: those that require a gradient."""
        tensors = {name: x for name, x in members(self).items() if isinstance(x, Tensor)}
        return {name: x for name, x in tensors.items() if x.node is not None and x.node.tensor is x}

    def parameters(self) -> list[Tensor]:
        return list(self.named_parameters().values())

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> "Module":
        """Tell this module and all inside whether they are being trained."""
        for module in (self, *members(self).values()):
            if isinstance(module, Module):
                module.training = mode
        return self

    def eval(self) -> "Module":
        return self.train(False)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return copies of the arrays of all tensors inside, by name: parameters, and buffers without a gradient."""
        return {name: np.array(x.data) for name, x in members(self).items() if isinstance(x, Tensor)}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take over the arrays of `state_dict`; see `load_state`."""
        load_state(self, state)


# Exercise 13.3
def load_state(module: Module, state: dict[str, np.ndarray]) -> None:
    """Copy the arrays of a state into the tensors of a module, or none of them.

    Raises ValueError, naming all of them, for names that are missing or unknown and for shapes that differ.
    """
    tensors = {name: x for name, x in members(module).items() if isinstance(x, Tensor)}
    wrong = [f"{name} is missing" for name in tensors if name not in state]
    wrong += [f"{name} is unknown" for name in state if name not in tensors]
    wrong += [
        f"{name} has shape {np.shape(state[name])} and not {x.shape}"
        for name, x in tensors.items()
        if name in state and np.shape(state[name]) != x.shape
    ]
    if wrong:
        raise ValueError("this state does not belong to this module: " + "; ".join(wrong))
    for name, x in tensors.items():
        x.data = np.array(state[name], x.data.dtype)


# Exercise 13.2
class Linear(Module):
    """The layer x @ weight.T + bias, for x of shape (..., fan_in); the result has the shape (..., fan_out).

    Both start evenly spread between -1/sqrt(fan_in) and 1/sqrt(fan_in).
    """

    def __init__(self, fan_in: int, fan_out: int, rng: np.random.Generator | None = None) -> None:
        rng = rng or np.random.default_rng()
        bound = 1 / fan_in**0.5
        self.weight = Tensor(rng.uniform(-bound, bound, (fan_out, fan_in)), requires_grad=True)
        self.bias = Tensor(rng.uniform(-bound, bound, fan_out), requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight.T + self.bias


class Sequential(Module):
    """Layers, one after the other: modules, or functions such as `Tensor.relu`."""

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


class Dataset:
    """Arrays of the same length: `data[i]` is a tuple with what stands at `i` in each, a place or several."""

    def __init__(self, *arrays: Any) -> None:
        self.arrays = tuple(np.asarray(array) for array in arrays)
        lengths = [len(array) for array in self.arrays]
        if not lengths or len(set(lengths)) != 1:
            raise ValueError(f"a Dataset needs arrays of one length, not of the lengths {lengths}")

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: int | slice | Sequence[int] | np.ndarray) -> tuple[Any, ...]:
        return tuple(array[index] for array in self.arrays)


# Exercise 13.4
class DataLoader:
    """Batches of a dataset: every place once a round, the last batch may be shorter; with `rng` in a new order each."""

    def __init__(self, dataset: Any, batch_size: int, rng: np.random.Generator | None = None) -> None:
        self.dataset, self.batch_size, self.rng = dataset, batch_size, rng

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        count = len(self.dataset)
        order = np.arange(count) if self.rng is None else self.rng.permutation(count)
        for start in range(0, count, self.batch_size):
            yield self.dataset[order[start : start + self.batch_size]]
