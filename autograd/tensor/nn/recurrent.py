"""Recurrent layers: at each step of a sequence the same weights make a new state of the input and the last state.

Each kind is one function, `step`. It gets x = W_ih · input + b_ih, y = W_hh · h + b_hh and the state, and returns the
next state, whose first part h is the output. The x of all steps are computed as one product, before the loop.
"""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api.shapes import cat, stack
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.nn import functional as F
from autograd.tensor.nn import init
from autograd.tensor.nn.layers import parameter
from autograd.tensor.nn.module import Module

State = tuple[Tensor, ...]
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
PROJECTION = "weight_hr"


class Recurrent(Module):
    """The base class of layers and cells. Each weight has `gates` rows for every number of h."""

    gates = 1
    parts: tuple[str, ...] = ("hidden",)  # what errors call the parts of a state
    proj_size = 0  # how many numbers h has after a projection; 0 if there is none
    step: Callable[..., State]
    input_size: int
    hidden_size: int
    bias: bool

    def _make(self, endings: list[str], directions: int, dtype: Any) -> None:
        """Make weights, one set for each ending; those after the first layer (of `directions` sets) have h as input."""
        rows, size = self.gates * self.hidden_size, self.proj_size or self.hidden_size
        for i, ending in enumerate(endings):
            inputs = self.input_size if i < directions else size * directions
            for name, shape in zip(WEIGHTS, ((rows, inputs), (rows, size), (rows,), (rows,)), strict=True):
                made = parameter(*shape, dtype=dtype) if self.bias or len(shape) == 2 else None
                self.register_parameter(name + ending, made)
            if self.proj_size:
                setattr(self, PROJECTION + ending, parameter(self.proj_size, self.hidden_size, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew, within ± 1 / √hidden_size."""
        bound = 1 / math.sqrt(max(self.hidden_size, 1))
        for x in self._parameters.values():
            init.uniform_(x, -bound, bound)

    def _start(self, input: Tensor, hx: Any, lead: tuple[int, ...], ndim: int) -> State:
        """Return the initial state, zeros if none is given; raise an error if input has a wrong number of dimensions.

        Each part of the state has the dimensions `lead`, and then its size.
        """
        if input.ndim not in (ndim - 1, ndim):
            expected = f"Expected input to be {ndim - 1}D or {ndim}D, got {input.ndim}D instead"
            raise ValueError(f"{type(self).__name__}: {expected}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        sizes = [self.proj_size or self.hidden_size, self.hidden_size]
        shapes = [(*lead, size) for size, _ in zip(sizes, self.parts, strict=False)]
        if hx is None:
            return tuple(wrap(np.zeros(shape, input.dtype)) for shape in shapes)
        state = (hx,) if isinstance(hx, Tensor) else tuple(hx)
        if len(state) != len(self.parts):
            raise RuntimeError(f"{type(self).__name__}: the state has {len(self.parts)} parts, got {len(state)}")
        for name, part, shape in zip(self.parts, state, shapes, strict=True):
            if part.shape != shape:
                raise RuntimeError(f"Expected {name} size {shape}, got {list(part.shape)}")
        return state

    def extra_repr(self) -> str:
        """Return the settings that the repr shows."""
        plain: dict[str, Any] = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        plain |= {"nonlinearity": "tanh"} if isinstance(self, Cell) else {}
        settings = [f"{name}={getattr(self, name, x)}" for name, x in plain.items() if getattr(self, name, x) != x]
        projection = [f"proj_size={self.proj_size}"] if self.proj_size else []
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *projection, *settings])


class Layers(Recurrent):
    """`num_layers` of them, each fed with the output of the one before; if bidirectional, two in each, one backward.

    Shapes: input (steps, n, input_size), or with n first if `batch_first`, or without n; the output has hidden_size
    for input_size, twice that if bidirectional; the parts of the state are (layers · directions, n, hidden_size).
    `dropout` acts between the layers, in training. With `proj_size` h is projected to that size (LSTM only).
    """

    nonlinearity: str

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got {dropout=} and {num_layers=}",
                stacklevel=2,
            )
        self._check(input_size, hidden_size, num_layers, bias, batch_first, proj_size)
        self.proj_size = proj_size
        self.input_size, self.hidden_size, self.num_layers, self.bias = input_size, hidden_size, num_layers, bias
        self.batch_first, self.dropout, self.bidirectional = batch_first, float(dropout), bidirectional
        endings = ("", "_reverse")[: 1 + bidirectional]
        self._endings = [f"_l{layer}{ending}" for layer in range(num_layers) for ending in endings]
        self._make(self._endings, len(endings), dtype)

    def _check(
        self, input_size: Any, hidden_size: Any, num_layers: int, bias: Any, batch_first: Any, proj: int
    ) -> None:
        """Raise TypeError or ValueError, as PyTorch does, for settings of a wrong type or size."""
        op = type(self).__name__
        for name, x, kind in (
            *(("bias", bias, bool), ("batch_first", batch_first, bool)),
            *(("input_size", input_size, int), ("hidden_size", hidden_size, int)),
        ):
            if not isinstance(x, kind):
                raise TypeError(f"{op}: {name} should be of type {kind.__name__}, got: {type(x).__name__} {x!r}")
        for name, n in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if n <= 0:
                raise ValueError(f"{op}: {name} must be greater than zero, got {n}")
        if proj and "hidden[1]" not in self.parts:
            raise ValueError(f"{op}: proj_size argument is only supported for LSTM, not RNN or GRU")
        if not 0 <= proj < hidden_size:
            raise ValueError(
                f"{op}: proj_size has to be zero, for no projection, or positive and smaller than hidden_size, got "
                f"proj_size={proj} and {hidden_size=}"
            )

    def flatten_parameters(self) -> None:
        """Do nothing; in PyTorch it moves the weights to one place of a GPU's memory."""

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """Return the outputs of all steps, and the last state; `hx` is the first one, zeros if not given."""
        time = 1 if self.batch_first and input.ndim == 3 else 0
        batch = (input.shape[1 - time],) if input.ndim == 3 else ()
        start = self._start(input, hx, (len(self._endings), *batch), ndim=3)
        if not input.shape[time]:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        x, last = input, list[State]()
        for layer in range(self.num_layers):
            x = F.dropout(x, self.dropout, self.training) if layer else x
            outputs = []
            for backward in (False, True)[: 1 + self.bidirectional]:
                y, state = self._pass(x, time, tuple(part[len(last)] for part in start), len(last), backward)
                outputs.append(y)
                last.append(state)
            x = cat(outputs, -1) if self.bidirectional else y
        state = tuple(stack(parts) for parts in zip(*last, strict=True))
        return x, state if len(state) > 1 else state[0]

    def _pass(self, input: Tensor, time: int, state: State, place: int, backward: bool) -> tuple[Tensor, State]:
        """Return the outputs of one layer in one direction, and its last state."""
        w_ih, w_hh, b_ih, b_hh = (getattr(self, name + self._endings[place]) for name in WEIGHTS)
        xs, outputs = F.linear(input, w_ih, b_ih).unbind(time), []
        w_hr = getattr(self, PROJECTION + self._endings[place]) if self.proj_size else None
        for x in reversed(xs) if backward else xs:
            state = self.step(x, F.linear(state[0], w_hh, b_hh), *state)
            state = state if w_hr is None else (F.linear(state[0], w_hr), *state[1:])
            outputs.append(state[0])
        return stack(outputs[::-1] if backward else outputs, time), state


class Cell(Recurrent):
    """One step: input (n, input_size), or without n, and a state give the next state, of parts (n, hidden_size)."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self._make([""], 1, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """Return the next state; `hx` is the one before, zeros if not given."""
        state = self._start(input, hx, input.shape[:-1], ndim=2)
        w_ih, w_hh, b_ih, b_hh = (getattr(self, name) for name in WEIGHTS)
        state = self.step(F.linear(input, w_ih, b_ih), F.linear(state[0], w_hh, b_hh), *state)
        return state if len(state) > 1 else state[0]


class RNNCell(Cell):
    """h ← tanh(x + y), or relu. Source: Elman 1990, "Finding structure in time"."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, dtype=dtype)
        self.nonlinearity = nonlinearity

    def step(self, x: Tensor, y: Tensor, h: Tensor) -> State:
        """Return the next state, as the class says."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return (getattr(F, self.nonlinearity)(x + y),)


class LSTMCell(Cell):
    """c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c), where x + y = (i, f, g, o): input, forget, new, output.

    Sources: Hochreiter & Schmidhuber 1997, "Long short-term memory"; f: Gers et al. 2000, "Learning to forget".
    """

    gates, parts = 4, ("hidden[0]", "hidden[1]")

    def step(self, x: Tensor, y: Tensor, h: Tensor, c: Tensor) -> State:
        """Return the next state, as the class says."""
        i, f, g, o = (x + y).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class GRUCell(Cell):
    """h ← (1 − z) n + z h, where r = σ(x_r + y_r) resets, z = σ(x_z + y_z) keeps, and n = tanh(x_n + r y_n) is new.

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder", eq. 5–8 (r before W there).
    """

    gates = 3

    def step(self, x: Tensor, y: Tensor, h: Tensor) -> State:
        """Return the next state, as the class says."""
        (x_r, x_z, x_n), (y_r, y_z, y_n) = x.chunk(3, -1), y.chunk(3, -1)
        r, z = (x_r + y_r).sigmoid(), (x_z + y_z).sigmoid()
        n = (x_n + r * y_n).tanh()
        return (n + z * (h - n),)


class RNN(Layers):
    """Layers of RNNCell: `num_layers`, each fed with the output of the one before; see `Layers` for shapes.

    Source: Elman 1990, "Finding structure in time".
    """

    step = RNNCell.step

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        settings = bias, batch_first, dropout, bidirectional, proj_size, device, dtype
        super().__init__(input_size, hidden_size, num_layers, *settings)
        self.nonlinearity = nonlinearity


class LSTM(Layers):
    """Layers of LSTMCell: `num_layers`, each fed with the output of the one before; see `Layers` for shapes.

    With `proj_size` h becomes W_hr h, of that size, before it is output and used in the next step.
    Sources: Hochreiter & Schmidhuber 1997, "Long short-term memory"; projection: Sak et al. 2014, "Long short-term
    memory based recurrent neural network architectures for large vocabulary speech recognition".
    """

    gates, parts, step = LSTMCell.gates, LSTMCell.parts, LSTMCell.step


class GRU(Layers):
    """Layers of GRUCell: `num_layers`, each fed with the output of the one before; see `Layers` for shapes.

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder".
    """

    gates, step = GRUCell.gates, GRUCell.step
