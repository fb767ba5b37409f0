"""Losses as modules. Their arguments are those of the functions of the same names in `nn.functional`."""

from autograd.tensor.api.losses import legacy_reduction
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.nn import functional as F
from autograd.tensor.nn.module import Module


class Loss(Module):
    """The base class of losses: it keeps the reduction that `reduction` or PyTorch's old arguments choose."""

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = legacy_reduction(size_average, reduce, reduction)


class WeightedLoss(Loss):
    """The base class of losses with weights, which are a buffer of the module."""

    weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(Loss):
    """(input - target)²."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.mse_loss of input and target."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """|input - target|."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.l1_loss of input and target."""
        return F.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(Loss):
    """d² / 2 where |d| < delta, else delta (|d| - delta / 2); d = input - target."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.huber_loss of input and target."""
        return F.huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(Loss):
    """The HuberLoss with delta = beta, divided by beta; L1Loss for beta = 0."""

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.smooth_l1_loss of input and target."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class KLDivLoss(Loss):
    """t (log t - input), input being log-probabilities and t = target, or exp(target) if `log_target`."""

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
        log_target: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.kl_div of input and target."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class CrossEntropyLoss(WeightedLoss):
    """-log p(target), where p = softmax(input) over the classes, dimension 1; see `nn.functional.cross_entropy`."""

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
        reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.cross_entropy of input and target."""
        settings = None, self.ignore_index, None, self.reduction, self.label_smoothing
        return F.cross_entropy(input, target, self.weight, *settings)


class NLLLoss(WeightedLoss):
    """-input[target]: the losses of log-probabilities (n, classes, …) for class numbers (n, …)."""

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.nll_loss of input and target."""
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class BCELoss(WeightedLoss):
    """-t log p - (1 - t) log(1 - p) for probabilities p = input and t = target; logarithms end at -100."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.binary_cross_entropy of input and target."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
    """-t log p - (1 - t) log(1 - p), where p = sigmoid(input), for inputs of any size."""

    pos_weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None,
        reduction: str = "mean", pos_weight: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return F.binary_cross_entropy_with_logits of input and target."""
        settings = None, None, self.reduction, self.pos_weight
        return F.binary_cross_entropy_with_logits(input, target, self.weight, *settings)


class CosineSimilarity(Module):
    """The cosine of the angle between two tensors along `dim`: x1 · x2 / (max(|x1|, eps) max(|x2|, eps))."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Return F.cosine_similarity of the two tensors."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
