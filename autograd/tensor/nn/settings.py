"""Modules without parameters: each is a function whose settings were given beforehand.

Names, order, types and defaults of the settings are those of the function itself, and so is the documentation.
"""

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature, signature
from typing import Any

from autograd.tensor.api.shapes import flatten, unflatten
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.nn import functional as F
from autograd.tensor.nn.module import Module


class Settings(Module):
    """The base of modules that hold settings; those that are tensors, such as class weights, are buffers."""

    function: Callable[..., Any]
    __signature__: Signature

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = self.__signature__.bind(*args, **kwargs)
        given.apply_defaults()
        self._names = tuple(given.arguments)
        for name, x in given.arguments.items():
            self.register_buffer(name, x) if isinstance(x, Tensor) else setattr(self, name, x)
        if "stride" in self._names and self.stride is None:
            self.stride = self.kernel_size

    def forward(self, *inputs: Tensor, **named: Tensor) -> Tensor:
        own = vars(self)
        return self.function(*inputs, **named, **{name: own[name] for name in self._names})

    def extra_repr(self) -> str:
        shown = super().extra_repr()
        return f"{shown}, inplace=True".lstrip(", ") if getattr(self, "inplace", False) else shown


def module_of(
    name: str, function: Callable[..., Any], inputs: int = 1, shown: str = "", **defaults: Any
) -> type[Settings]:
    """Return a class of modules that call a function of some `inputs` with the settings that it takes beside them."""
    parameters, kind = [], Parameter.POSITIONAL_OR_KEYWORD
    for p in list(signature(function).parameters.values())[inputs:]:
        # PyTorch has settings of old in between, so that nobody gives these by position
        kind = Parameter.KEYWORD_ONLY if p.name in ("ignore_index", "reduction", "ceil_mode", "dtype") else kind
        parameters.append(p.replace(kind=kind, default=defaults.get(p.name, p.default)))
    body = {"function": staticmethod(function), "_shown": shown, "__doc__": function.__doc__}
    return type(name, (Settings,), {**body, "__signature__": Signature(parameters), "__module__": __name__})


def unflattened(input: Tensor, dim: int, unflattened_size: Sequence[int]) -> Tensor:
    """Return the tensor with one dimension split into several; one size may be -1."""
    return unflatten(input, dim, unflattened_size)


ReLU = module_of("ReLU", F.relu)
LeakyReLU = module_of("LeakyReLU", F.leaky_relu, shown="negative_slope=")
ELU = module_of("ELU", F.elu, shown="alpha=")
GELU = module_of("GELU", F.gelu, shown="approximate=")
SiLU = module_of("SiLU", F.silu)
Mish = module_of("Mish", F.mish)
Softplus = module_of("Softplus", F.softplus, shown="beta= threshold=")
Sigmoid = module_of("Sigmoid", F.sigmoid)
Tanh = module_of("Tanh", F.tanh)
Softmax = module_of("Softmax", F.softmax, shown="dim=")
LogSoftmax = module_of("LogSoftmax", F.log_softmax, shown="dim=")
Hardtanh = module_of("Hardtanh", F.hardtanh, shown="min_val= max_val=")
ReLU6 = module_of("ReLU6", F.relu6)
LogSigmoid = module_of("LogSigmoid", F.logsigmoid)

Flatten = module_of("Flatten", flatten, shown="start_dim= end_dim=", start_dim=1)
Unflatten = module_of("Unflatten", unflattened, shown="dim= unflattened_size=")
MaxPool2d = module_of("MaxPool2d", F.max_pool2d, shown="kernel_size= stride= padding= dilation= ceil_mode=")
MaxPool1d = module_of("MaxPool1d", F.max_pool1d, shown="kernel_size= stride= padding= dilation= ceil_mode=")
AvgPool2d = module_of("AvgPool2d", F.avg_pool2d, shown="kernel_size= stride= padding=")
PixelShuffle = module_of("PixelShuffle", F.pixel_shuffle, shown="upscale_factor=")
AdaptiveAvgPool2d = module_of("AdaptiveAvgPool2d", F.adaptive_avg_pool2d, shown="output_size=")

MSELoss = module_of("MSELoss", F.mse_loss, 2)
L1Loss = module_of("L1Loss", F.l1_loss, 2)
HuberLoss = module_of("HuberLoss", F.huber_loss, 2)
SmoothL1Loss = module_of("SmoothL1Loss", F.smooth_l1_loss, 2)
CrossEntropyLoss = module_of("CrossEntropyLoss", F.cross_entropy, 2)
NLLLoss = module_of("NLLLoss", F.nll_loss, 2)
BCELoss = module_of("BCELoss", F.binary_cross_entropy, 2)
BCEWithLogitsLoss = module_of("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, 2)
KLDivLoss = module_of("KLDivLoss", F.kl_div, 2)
CosineSimilarity = module_of("CosineSimilarity", F.cosine_similarity, 2)


class AvgPool1d(module_of("AvgPool1d", F.avg_pool1d)):
    __doc__ = F.avg_pool1d.__doc__

    def extra_repr(self) -> str:
        settings = {name: getattr(self, name) for name in ("kernel_size", "stride", "padding")}
        return ", ".join(f"{name}={(n,) if isinstance(n, int) else n}" for name, n in settings.items())


class Upsample(module_of("Upsample", F.interpolate)):
    __doc__ = F.interpolate.__doc__

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.scale_factor is not None:
            scale = self.scale_factor
            self.scale_factor = tuple(map(float, scale)) if isinstance(scale, tuple) else float(scale)

    def extra_repr(self) -> str:
        size = f"scale_factor={self.scale_factor}" if self.size is None else f"size={self.size}"
        return f"{size}, mode={self.mode!r}"


class Identity(Module):
    """The input itself; takes any settings and ignores them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Dropout(Module):
    """In training, sets each number to 0 with chance p and divides the others by 1 - p; in eval mode, the input itself.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
    """

    _shown = "p= inplace="

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout2d(Dropout):
    __doc__ = F.dropout2d.__doc__

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class ZeroPad2d(Module):
    """Zeros around images (…, h, w): one width, or (left, right, top, bottom)."""

    _shown, mode = "padding", "constant"

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        self.padding = (padding,) * 4 if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)


class ReflectionPad2d(ZeroPad2d):
    """What lies behind the border of images, in the mirror."""

    mode = "reflect"


class ReplicationPad2d(ZeroPad2d):
    """The border of images, again and again."""

    mode = "replicate"
