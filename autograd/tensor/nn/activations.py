"""Modules without weights that change each number, and dropout."""

from typing import Any

from autograd.tensor.core.tensor import Tensor
from autograd.tensor.nn import functional as F
from autograd.tensor.nn.module import Module


class Inplace(Module):
    """The base of activations that can write their result into their input."""

    inplace: bool

    def extra_repr(self) -> str:
        """Return the settings that the repr shows, with `inplace` where it is set."""
        shown = super().extra_repr()
        return f"{shown}, inplace=True".lstrip(", ") if self.inplace else shown


class ReLU(Inplace):
    """x where x > 0, else 0. With `inplace` the result is written into the input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.relu of the input."""
        return F.relu(input, self.inplace)


class LeakyReLU(Inplace):
    """x where x > 0, else negative_slope * x."""

    _shown = ("negative_slope=",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.leaky_relu of the input."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class ELU(Inplace):
    """x where x > 0, else alpha * (exp(x) - 1)."""

    _shown = ("alpha=",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.elu of the input."""
        return F.elu(input, self.alpha, self.inplace)


class Hardtanh(Inplace):
    """x clipped to [min_val, max_val]; ValueError unless min_val < max_val."""

    _shown = ("min_val=", "max_val=")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if min_val >= max_val:
            raise ValueError(f"Hardtanh: max_val must be larger than min_val, got {min_val=} and {max_val=}")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.hardtanh of the input."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Inplace):
    """x clipped to [0, 6]."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.relu6 of the input."""
        return F.relu6(input, self.inplace)


class SiLU(Inplace):
    """x * sigmoid(x)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.silu of the input."""
        return F.silu(input, self.inplace)


class Mish(Inplace):
    """x * tanh(softplus(x))."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.mish of the input."""
        return F.mish(input, self.inplace)


class GELU(Module):
    """x Φ(x), where Φ(x) is the probability that a normal number is below x; approximate="tanh" approximates it."""

    _shown = ("approximate=",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Return F.gelu of the input."""
        return F.gelu(input, self.approximate)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""

    _shown = ("beta=", "threshold=")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        """Return F.softplus of the input."""
        y: Tensor = F.softplus(input, self.beta, self.threshold)
        return y


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, input: Tensor) -> Tensor:
        """Return F.sigmoid of the input."""
        y: Tensor = F.sigmoid(input)
        return y


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """Return F.tanh of the input."""
        return F.tanh(input)


class Tanhshrink(Module):
    """x - tanh(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Return F.tanhshrink of the input."""
        return F.tanhshrink(input)


class Softshrink(Module):
    """x moved towards 0 by lambd; 0 where it is nearer to 0 than that."""

    _shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Return F.softshrink of the input."""
        return F.softshrink(input, self.lambd)


class LogSigmoid(Module):
    """The logarithm of sigmoid(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Return F.logsigmoid of the input."""
        return F.logsigmoid(input)


class Softmax(Module):
    """exp(x) / sum(exp(x)) along `dim`."""

    _shown = ("dim=",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return F.softmax of the input."""
        return F.softmax(input, self.dim, _stacklevel=5)


class LogSoftmax(Module):
    """log(softmax(x)) along `dim`."""

    _shown = ("dim=",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return F.log_softmax of the input."""
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Identity(Module):
    """The input itself; takes any settings and ignores them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """Return the input."""
        return input


class Dropout(Module):
    """In training, sets each number to 0 with probability p and divides the others by 1 - p; else, the input itself.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
    """

    _shown = ("p=", "inplace=")

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return F.dropout of the input."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout2d(Dropout):
    """Dropout of whole channels of (n, channels, …).

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks".
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return F.dropout2d of the input."""
        return F.dropout2d(input, self.p, self.training, self.inplace)
