"""Modules without weights that change shapes: pooling, padding, scaling, and splits of dimensions."""

from collections.abc import Sequence
from typing import Any

from autograd.tensor.api.convolution import Pair
from autograd.tensor.api.pooling import given
from autograd.tensor.api.shapes import flatten, unflatten
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.nn import functional as F
from autograd.tensor.nn.module import Module


class MaxPool2d(Module):
    """The largest number of each window of images; see `nn.functional.max_pool2d`."""

    _shown = ("kernel_size=", "stride=", "padding=", "dilation=", "ceil_mode=")

    def __init__(
        self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride if given(stride) else kernel_size
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Return F.max_pool2d of the input; with `return_indices` also the places of the largest numbers."""
        window = self.kernel_size, self.stride, self.padding, self.dilation
        return F.max_pool2d(input, *window, self.ceil_mode, self.return_indices)


class MaxPool1d(MaxPool2d):
    """The largest number of each window of sequences; see `nn.functional.max_pool1d`."""

    def forward(self, input: Tensor) -> Any:
        """Return F.max_pool1d of the input; with `return_indices` also the places of the largest numbers."""
        window = self.kernel_size, self.stride, self.padding, self.dilation
        return F.max_pool1d(input, *window, self.ceil_mode, self.return_indices)


class AvgPool2d(Module):
    """The mean of each window of images; see `nn.functional.avg_pool2d`."""

    _shown = ("kernel_size=", "stride=", "padding=")

    def __init__(
        self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride if given(stride) else kernel_size
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Return F.avg_pool2d of the input."""
        window = self.kernel_size, self.stride, self.padding
        return F.avg_pool2d(input, *window, self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool1d(Module):
    """The mean of each window of sequences; see `nn.functional.avg_pool1d`."""

    def __init__(
        self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        stride = stride if given(stride) else kernel_size
        self.kernel_size, self.stride, self.padding = (
            (n,) if isinstance(n, int) else tuple(n or ()) for n in (kernel_size, stride, padding)
        )
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """Return F.avg_pool1d of the input."""
        window = self.kernel_size, self.stride, self.padding
        return F.avg_pool1d(input, *window, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        """Return the settings that the repr shows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """The means of the parts of images (…, height, width), divided into `output_size` as evenly as can be."""

    _shown = ("output_size=",)

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Return F.adaptive_avg_pool2d of the input."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class Upsample(Module):
    """Images scaled to a size or by a factor; see `nn.functional.interpolate`."""

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        if isinstance(scale_factor, tuple | list):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        elif scale_factor is not None:
            self.scale_factor = float(scale_factor)
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Return F.interpolate of the input."""
        settings = self.mode, self.align_corners, self.recompute_scale_factor
        return F.interpolate(input, self.size, self.scale_factor, *settings)

    def extra_repr(self) -> str:
        """Return the settings that the repr shows."""
        size = f"scale_factor={self.scale_factor}" if self.size is None else f"size={self.size}"
        return f"{size}, mode={self.mode!r}"


class PixelShuffle(Module):
    """Images (…, c r², h, w) as (…, c, h r, w r): of r² channels, each gives a pixel of every r × r square."""

    _shown = ("upscale_factor=",)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Return F.pixel_shuffle of the input."""
        return F.pixel_shuffle(input, self.upscale_factor)


class ZeroPad2d(Module):
    """Zeros around images (…, h, w): one width, or (left, right, top, bottom)."""

    _shown, mode = ("padding",), "constant"

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        self.padding = (padding,) * 4 if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        """Return F.pad of the input."""
        return F.pad(input, self.padding, self.mode)


class ReflectionPad2d(ZeroPad2d):
    """Images continued beyond their borders by their mirror image."""

    mode = "reflect"


class ReplicationPad2d(ZeroPad2d):
    """Images continued beyond their borders by the numbers at the border."""

    mode = "replicate"


class Flatten(Module):
    """The dimensions from start_dim to end_dim as one."""

    _shown = ("start_dim=", "end_dim=")

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Return flatten of the input."""
        return flatten(input, self.start_dim, self.end_dim)


class Unflatten(Module):
    """One dimension split into several; one size may be -1."""

    _shown = ("dim=", "unflattened_size=")

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, tuple | list):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}"
            )
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """Return unflatten of the input."""
        return unflatten(input, self.dim, self.unflattened_size)
