"""Networks of Values: a neuron is a dot product, a layer a list of neurons, an MLP a list of layers.

Nothing here knows about derivatives: a network is an expression, and the engine differentiates expressions.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any

from autograd.optim import Optimizer
from autograd.scalar.engine import Number, Value, as_values
from autograd.scalar.losses import Loss
from autograd.scalar.training import History, train

ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "linear": lambda x: x,
    "relu": Value.relu,
    "leaky_relu": Value.leaky_relu,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
}
INITS = ("kaiming", "xavier")


class Module:
    """Anything with parameters: leaf Values in its attributes, or in modules, lists, tuples and dicts in them."""

    def parameters(self) -> list[Value]:
        """Return the parameters in the order in which they were assigned, each once."""
        return list(dict.fromkeys(leaves(self, set())))  # a Value as a key stands for itself

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0.0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.summary()})"

    def summary(self) -> str:
        """Return what stands between the parentheses of the repr."""
        return f"{len(self.parameters())} parameters"


def leaves(x: Any, seen: set[int]) -> Iterator[Value]:
    """Yield the leaf Values in x; `seen` holds the ids of the containers on the way, which may contain each other."""
    if type(x) is Value:
        if not x.op:
            yield x
    elif isinstance(x, Module | list | tuple | dict) and id(x) not in seen:
        seen.add(id(x))
        parts = vars(x).values() if isinstance(x, Module) else x.values() if isinstance(x, dict) else x
        for part in parts:
            yield from leaves(part, seen)


class Neuron(Module):
    """activation(w0·x0 + w1·x1 + … + b), with the weights drawn at random and b = 0.

    The weights are uniform between −bound and bound, so that numbers neither grow nor shrink from layer to layer:

    - `init="kaiming"`, the default for relu and leaky_relu: bound = √(6 / fan_in). He et al. 2015, "Delving deep into
      rectifiers", eq. 10 (a standard deviation of √(2 / fan_in)).
    - `init="xavier"`, the default for the others: bound = √(6 / (fan_in + fan_out)). Glorot & Bengio 2010,
      "Understanding the difficulty of training deep feedforward neural networks", eq. 16.

    `fan_out` is how many numbers the layer gives. `seed` is a number, or a `random.Random` to go on drawing from.
    """

    def __init__(
        self,
        fan_in: int,
        activation: str = "tanh",
        *,
        init: str | None = None,
        seed: int | random.Random = 0,
        fan_out: int = 1,
    ) -> None:
        require_count("fan_in", fan_in)
        init = init or ("kaiming" if activation in ("relu", "leaky_relu") else "xavier")
        require_name("activation", activation, ACTIVATIONS)
        require_name("init", init, INITS)
        bound = math.sqrt(6 / fan_in if init == "kaiming" else 6 / (fan_in + fan_out))
        rng = generator(seed)
        self.activation = activation
        self.weights = [Value(rng.uniform(-bound, bound), label=f"w{i}") for i in range(fan_in)]
        self.bias = Value(0.0, label="b")

    def __call__(self, inputs: Sequence[Number]) -> Value:
        """Return the output for one sample: as many floats or Values as there are weights."""
        return self.output(checked(inputs, len(self.weights), self))

    def output(self, inputs: tuple[Value, ...]) -> Value:
        return ACTIVATIONS[self.activation](Value.dot(self.weights, inputs) + self.bias)

    def summary(self) -> str:
        return f"{len(self.weights)} → 1 {self.activation}"


class Layer(Module):
    """`fan_out` neurons that see the same `fan_in` inputs; the settings are those of Neuron."""

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        activation: str = "tanh",
        *,
        init: str | None = None,
        seed: int | random.Random = 0,
    ) -> None:
        require_count("fan_in", fan_in)
        require_count("fan_out", fan_out)
        rng = generator(seed)
        self.fan_in, self.activation = fan_in, activation
        self.neurons = [Neuron(fan_in, activation, init=init, seed=rng, fan_out=fan_out) for _ in range(fan_out)]

    def __call__(self, inputs: Sequence[Number]) -> Value | list[Value]:
        """Return the outputs for one sample: a list, or the Value itself where there is one neuron."""
        return unwrapped(self.outputs(inputs))

    def outputs(self, inputs: Sequence[Number]) -> list[Value]:
        inputs = checked(inputs, self.fan_in, self)
        return [neuron.output(inputs) for neuron in self.neurons]

    def summary(self) -> str:
        return f"{self.fan_in} → {len(self.neurons)} {self.activation}"


class MLP(Module):
    """A multilayer perceptron: layers of the given widths, each fed with the outputs of the one before.

    `activation` is linear, relu, tanh or sigmoid; the last layer has `output_activation`. `init` is as in Neuron. The
    weights depend on `seed` alone: they come from a random generator of the network's own.
    """

    def __init__(
        self,
        fan_in: int,
        widths: Sequence[int],
        activation: str = "tanh",
        seed: int | random.Random = 0,
        *,
        output_activation: str = "linear",
        init: str | None = None,
    ) -> None:
        if not isinstance(widths, Iterable) or not (widths := list(widths)):
            raise ValueError(f"MLP: widths must be a list of at least one layer width, got {widths!r}")
        rng = generator(seed)
        activations = [activation] * (len(widths) - 1) + [output_activation]
        self.layers = [
            Layer(before, width, name, init=init, seed=rng)
            for before, width, name in zip([fan_in, *widths], widths, activations, strict=False)
        ]

    def __call__(self, inputs: Sequence[Number]) -> Value | list[Value]:
        """Return the outputs for one sample: a list, or the Value itself where the last layer has one neuron."""
        outputs: Any = inputs
        for layer in self.layers:
            outputs = layer.outputs(outputs)
        return unwrapped(outputs)

    def fit(
        self,
        inputs: Iterable[Sequence[Number]],
        targets: Iterable[Any],
        loss: str | Loss = "mse",
        optimizer: str | Optimizer = "adam",
        epochs: int = 100,
        lr: float | None = None,
        batch_size: int | None = None,
        seed: int = 0,
        progress: bool = True,
    ) -> History:
        """Move the parameters so that the loss falls, and return the loss of every epoch.

        `loss` is mse, hinge, binary_cross_entropy or cross_entropy, or a function of (predictions, targets) that
        returns a Value. `optimizer` is sgd, rmsprop, adam or adamw, with `lr` (0.1, or 0.03 for rmsprop), or an
        Optimizer with a learning rate of its own. With a `batch_size` the samples are shuffled by `seed` in each epoch;
        without, a step sees them all. `progress` shows a bar where tqdm is installed.
        """
        return train(self, inputs, targets, loss, optimizer, epochs, lr, batch_size, seed, progress)

    def summary(self) -> str:
        steps = [f"{len(layer.neurons)} {layer.activation}" for layer in self.layers]
        return " → ".join([str(self.layers[0].fan_in), *steps]) + f", {super().summary()}"


def checked(inputs: Sequence[Number], fan_in: int, module: Module) -> tuple[Value, ...]:
    """Return the inputs as Values; raise an error that names the module if there are not `fan_in` of them."""
    if not isinstance(inputs, Iterable):
        raise TypeError(f"{module!r} takes a list of {fan_in} inputs, got {inputs!r}")
    values = as_values(inputs)
    if len(values) != fan_in:
        raise ValueError(f"{module!r} takes {fan_in} inputs, got {len(values)}")
    return values


def unwrapped(outputs: list[Value]) -> Value | list[Value]:
    return outputs[0] if len(outputs) == 1 else outputs


def generator(seed: int | random.Random) -> random.Random:
    return seed if isinstance(seed, random.Random) else random.Random(seed)


def require_count(name: str, count: Any) -> None:
    if not isinstance(count, Integral) or count < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")


def require_name(what: str, name: Any, known: Iterable[str]) -> None:
    if name not in known:
        raise ValueError(f"unknown {what} {name!r}; known are {', '.join(known)}")
