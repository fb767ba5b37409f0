"""Layers with weights. The weights are drawn from the same distributions as PyTorch's, but are other numbers."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.convolution import Pair, pair
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.nn import functional as F
from autograd.tensor.nn import init
from autograd.tensor.nn.module import Module
from autograd.tensor.nn.parameter import Parameter


def parameter(*shape: int, dtype: Any) -> Parameter:
    """Return a parameter of zeros, which `reset_parameters` fills with other numbers."""
    return Parameter(np.zeros(shape, dtypes.get_default_dtype() if dtype is None else dtypes.checked(dtype)))


class Weighted(Module):
    """The base of layers with weights (out, in, *window) and perhaps a bias: both uniform, within ± 1 / √fan_in."""

    weight: Any  # a Parameter, or None in a norm without weights
    bias: Any

    def _make(self, weight: Any, bias: Any, dtype: Any) -> None:
        """Give the layer a weight and a bias of these shapes; None in the place of a shape leaves it out."""
        self.weight = None if weight is None else parameter(*weight, dtype=dtype)
        self.bias = None if bias is None else parameter(*bias, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        bound = 1 / math.sqrt(max(init.fans(self.weight)[0], 1))
        for x in self._parameters.values():
            init.uniform_(x, -bound, bound)


class Linear(Weighted):
    """x Wᵀ + b: (…, in_features) gives (…, out_features)."""

    _shown = ("in_features=", "out_features=", "bias=")

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self._make((out_features, in_features), (out_features,) if bias else None, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.linear of the input."""
        return F.linear(input, self.weight, self.bias)


class Conv2d(Weighted):
    """Convolution of images: (n, in_channels, h, w) gives (n, out_channels, …, …)."""

    dims, transposed, function = 2, False, staticmethod(F.conv2d)

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1, padding: Pair | str = 0,
        dilation: Pair = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if groups < 1:
            raise ValueError(f"groups must be a positive integer, got {groups}")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of 'valid', 'same'")
        if padding == "same" and max(pair(stride)) > 1:
            raise ValueError("padding='same' is not supported for strided convolutions")
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name} must be divisible by groups")
        if padding_mode != "zeros":
            raise NotImplementedError(f"{type(self).__name__}: padding_mode {padding_mode!r} is not implemented")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = (pair(n)[: self.dims] for n in (kernel_size, stride, dilation))
        self.padding: Any = padding if isinstance(padding, str) else pair(padding)[: self.dims]
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self._make((first, second // groups, *self.kernel_size), (out_channels,) if bias else None, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.conv2d of the input, or F.conv1d."""
        settings = self.stride, self.padding, self.dilation, self.groups
        return self.function(input, self.weight, self.bias, *settings)

    def extra_repr(self) -> str:
        """Return the settings that the repr shows."""
        plain = {"padding": (0,) * self.dims, "output_padding": (0, 0), "dilation": (1,) * self.dims, "groups": 1}
        settings = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        settings += [f"{n}={getattr(self, n)}" for n, x in plain.items() if getattr(self, n, x) != x]
        return ", ".join(settings + ["bias=False"] * (self.bias is None))


class Conv1d(Conv2d):
    """Convolution of sequences: (n, in_channels, length) gives (n, out_channels, …)."""

    dims, function = 1, staticmethod(F.conv1d)


class ConvTranspose2d(Conv2d):
    """Transposed convolution: each number of the input adds its product with the weights around its place."""

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0,
        output_padding: Pair = 0, groups: int = 1, bias: bool = True, dilation: Pair = 1, padding_mode: str = "zeros",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        settings = kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype
        super().__init__(in_channels, out_channels, *settings)
        self.output_padding = pair(output_padding)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.conv_transpose2d of the input."""
        settings = self.stride, self.padding, self.output_padding, self.groups, self.dilation
        return F.conv_transpose2d(input, self.weight, self.bias, *settings)


class Embedding(Module):
    """Rows of a table: integers (…) give (…, embedding_dim). The row `padding_idx` starts as 0 and gets no gradient.

    Gradients are whole tensors even if `sparse` is asked for. A tensor given as `_weight` becomes the table.
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
        _weight: Tensor | None = None, _freeze: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if max_norm is not None or scale_grad_by_freq:
            raise NotImplementedError("Embedding: max_norm and scale_grad_by_freq are not implemented")
        if _weight is not None and _weight.shape != (num_embeddings, embedding_dim):
            raise AssertionError(
                f"Shape of weight {_weight.shape} does not match num_embeddings and embedding_dim, "
                f"{(num_embeddings, embedding_dim)}"
            )
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError("Padding_idx must be within num_embeddings")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.sparse = sparse
        if _weight is not None:
            self.weight = Parameter(_weight, not _freeze)
            return
        self.weight = parameter(num_embeddings, embedding_dim, dtype=dtype)
        self.weight.requires_grad = not _freeze
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew, from the normal distribution."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight._data[self.padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
    ) -> "Embedding":  # fmt: skip
        """Return a layer with the table `embeddings` (num_embeddings, embedding_dim), trained unless frozen."""
        if embeddings.ndim != 2:
            raise AssertionError(f"Embeddings parameter is expected to be 2-dimensional, got shape {embeddings.shape}")
        rows, columns = embeddings.shape
        settings = max_norm, norm_type, scale_grad_by_freq, sparse
        return cls(rows, columns, padding_idx, *settings, embeddings, freeze)

    def forward(self, input: Tensor) -> Tensor:
        """Return the rows of the table with these numbers."""
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Return the settings that the repr shows."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


# --- normalization: mean 0 and variance 1, then weight (at first 1) times the result, plus bias (at first 0) ---


class Normalization(Weighted):
    """The base of the normalizing layers: a weight and a bias, where wanted, that start as ones and zeros."""

    def reset_parameters(self) -> None:
        """Set the weights to 1 and the biases to 0."""
        for name, x in self._parameters.items():
            init.constant_(x, float(name == "weight"))


class RunningNormalization(Normalization):
    """The base class of normalizing layers that may keep a running mean and variance of what they see in training.

    running ← (1 - momentum) running + momentum · of the batch; with momentum None it is the mean over all batches.
    """

    _shown = ("num_features", "eps=", "momentum=", "affine=", "bias=", "track_running_stats=")
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool,
        dtype: Any, bias: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum, self.affine = num_features, eps, momentum, affine
        self.track_running_stats = track_running_stats
        shape = (num_features,) if affine else None
        self._make(shape, shape if bias else None, dtype)
        zeros = parameter(num_features, dtype=dtype)._data
        buffers = {"running_mean": zeros, "running_var": zeros + 1, "num_batches_tracked": np.zeros((), np.int64)}
        for name, start in buffers.items():
            self.register_buffer(name, wrap(start) if track_running_stats else None)

    def reset_running_stats(self) -> None:
        """Forget the running means and variances."""
        for name, x in self._buffers.items():
            x.fill_(float(name == "running_var"))

    def reset_parameters(self) -> None:
        """Set the weights to 1, the biases to 0, and forget the running means and variances."""
        super().reset_parameters()
        self.reset_running_stats()


class BatchNorm1d(RunningNormalization):
    """Normalizes each channel of (n, channels) or (n, channels, length): by the batch, in eval mode by running means.

    running ← (1 - momentum) running + momentum · of the batch; with momentum None it is the mean over all batches.
    Source: Ioffe & Szegedy 2015, "Batch normalization".
    """

    ndims: tuple[int, ...] = (2, 3)

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.batch_norm of the input; in training, also update the running mean and variance."""
        if input.ndim not in self.ndims:
            expected = " or ".join(f"{n}D" for n in self.ndims)
            raise ValueError(f"expected {expected} input (got {input.ndim}D input)")
        momentum = self.momentum or 0.0
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
            momentum = 1 / self.num_batches_tracked.item() if self.momentum is None else momentum
        training = self.training or self.running_mean is None
        running = self.running_mean, self.running_var
        return F.batch_norm(input, *running, self.weight, self.bias, training, momentum, self.eps)


class BatchNorm2d(BatchNorm1d):
    """Normalizes each channel of images (n, channels, height, width) as BatchNorm1d does."""

    ndims = (4,)


class LayerNorm(Normalization):
    """Normalizes over the last dimensions, which are `normalized_shape`. Source: Ba et al. 2016."""

    _shown: tuple[str, ...] = ("normalized_shape", "eps=", "elementwise_affine=", "bias=")
    eps: Any

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = 1e-5, elementwise_affine: bool = True,
        bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape if elementwise_affine else None
        self._make(shape, shape if bias else None, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.layer_norm of the input."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(LayerNorm):
    """Divides by the root mean square over the last dimensions. Source: Zhang & Sennrich 2019."""

    _shown = ("normalized_shape", "eps=", "elementwise_affine=")

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(normalized_shape, eps, elementwise_affine, False, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.rms_norm of the input."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)


class GroupNorm(Normalization):
    """Normalizes each group of channels of (n, num_channels, …). Source: Wu & He 2018."""

    _shown = ("num_groups", "num_channels", "eps=", "affine=", "bias=")

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        shape = (num_channels,) if affine else None
        self._make(shape, shape if bias else None, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.group_norm of the input."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class InstanceNorm2d(RunningNormalization):
    """Normalizes each channel of each image (n, num_features, h, w). Source: Ulyanov et al. 2016.

    With `track_running_stats`, eval mode uses the running mean and variance of the training.
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.instance_norm of the input; in training, also update the running mean and variance."""
        if input.ndim not in (3, 4):
            raise ValueError(f"expected 3D or 4D input (got {input.ndim}D input)")
        channels = input.shape[-3]
        if channels != self.num_features:
            problem = f"expected {self.num_features} channels, num_features, but got: {channels}."
            if self.affine:
                raise ValueError(problem)
            warnings.warn(f"{problem} Without affine=True num_features is not used.", stacklevel=2)
        images = input.unsqueeze(0) if input.ndim == 3 else input
        own, running = self.training or not self.track_running_stats, (self.running_mean, self.running_var)
        y = F.instance_norm(images, *running, self.weight, self.bias, own, self.momentum or 0.0, self.eps)
        return y.squeeze(0) if input.ndim == 3 else y


class PReLU(Module):
    """x where x > 0, else weight * x; one weight for all numbers, or for each channel. Source: He et al. 2015."""

    _shown = ("num_parameters=",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = parameter(num_parameters, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to `init`."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.prelu of the input."""
        return F.prelu(input, self.weight)
