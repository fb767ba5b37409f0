"""Networks of tensors: modules, their functions, and the starting values of weights, with PyTorch's signatures."""

from autograd.tensor.api import aliases
from autograd.tensor.api.refusals import missing
from autograd.tensor.nn import functional, init, module, parameter, utils
from autograd.tensor.nn.activations import (
    ELU,
    GELU,
    Dropout,
    Dropout2d,
    Hardtanh,
    Identity,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softshrink,
    Tanh,
    Tanhshrink,
)
from autograd.tensor.nn.attention import MultiheadAttention
from autograd.tensor.nn.containers import ModuleDict, ModuleList, ParameterList, Sequential
from autograd.tensor.nn.images import (
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    Flatten,
    MaxPool1d,
    MaxPool2d,
    PixelShuffle,
    ReflectionPad2d,
    ReplicationPad2d,
    Unflatten,
    Upsample,
    ZeroPad2d,
)
from autograd.tensor.nn.layers import (
    BatchNorm1d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Embedding,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    Linear,
    PReLU,
    RMSNorm,
)
from autograd.tensor.nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineSimilarity,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from autograd.tensor.nn.module import Module
from autograd.tensor.nn.parameter import Parameter
from autograd.tensor.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from autograd.tensor.nn.transformer import (
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)


def DataParallel(  # noqa: N802
    module: module.Module, device_ids: object = None, output_device: object = None, dim: int = 0
) -> module.Module:
    """Return the module itself: there is one device."""
    return module


parallel = aliases.module(
    "nn.parallel", "Modules on several devices, of which there is one.", DataParallel=DataParallel
)

__getattr__ = missing("autograd.tensor.nn")
# fmt: off
__all__ = [
    "AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d",
    "Conv1d", "Conv2d", "ConvTranspose2d", "CosineSimilarity", "CrossEntropyLoss", "Dropout", "Dropout2d", "ELU",
    "Embedding", "Flatten", "GELU", "GRU", "GRUCell", "GroupNorm", "Hardtanh", "HuberLoss", "Identity",
    "InstanceNorm2d", "KLDivLoss", "L1Loss", "LSTM", "LSTMCell", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid",
    "LogSoftmax", "MSELoss", "MaxPool1d", "MaxPool2d", "Mish", "Module", "ModuleDict", "ModuleList",
    "MultiheadAttention", "NLLLoss", "PReLU", "Parameter", "ParameterList", "PixelShuffle", "RMSNorm", "RNN",
    "RNNCell", "ReLU", "ReLU6", "ReflectionPad2d", "ReplicationPad2d", "Sequential", "SiLU", "Sigmoid",
    "SmoothL1Loss", "Softmax", "Softplus", "Softshrink", "Tanh", "Tanhshrink", "Transformer",
    "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer", "Unflatten",
    "Upsample", "ZeroPad2d", "functional", "init", "parallel", "parameter", "utils",
]
# fmt: on
