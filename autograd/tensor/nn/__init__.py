"""Networks of tensors: modules, their functions, and how weights start. Names and signatures are PyTorch's."""

from autograd.tensor.api import aliases
from autograd.tensor.api.refusals import missing

from . import attention, containers, functional, init, layers, module, recurrent, settings, utils


def DataParallel(  # noqa: N802
    module: module.Module, device_ids: object = None, output_device: object = None, dim: int = 0
) -> module.Module:
    """Return the module itself: there is one device."""
    return module


parallel = aliases.module(
    "nn.parallel", "Modules on several devices, of which there is one.", DataParallel=DataParallel
)
parameter = aliases.module("nn.parameter", "Where PyTorch keeps Parameter.", Parameter=module.Parameter)

TABLE = {
    module: "Module Parameter",
    containers: "ModuleDict ModuleList ParameterList Sequential",
    layers: "BatchNorm1d BatchNorm2d Conv1d Conv2d ConvTranspose2d Embedding GroupNorm InstanceNorm2d LayerNorm Linear "
    "PReLU RMSNorm",
    settings: "AdaptiveAvgPool2d AvgPool1d AvgPool2d BCELoss BCEWithLogitsLoss CosineSimilarity CrossEntropyLoss "
    "Dropout Dropout2d ELU Flatten GELU Hardtanh HuberLoss Identity KLDivLoss L1Loss LeakyReLU LogSigmoid LogSoftmax "
    "MSELoss MaxPool1d MaxPool2d Mish NLLLoss PixelShuffle ReLU ReLU6 ReflectionPad2d ReplicationPad2d SiLU Sigmoid "
    "SmoothL1Loss Softmax Softplus Tanh Unflatten Upsample ZeroPad2d",
    recurrent: "GRU GRUCell LSTM LSTMCell RNN RNNCell",
    attention: "MultiheadAttention TransformerEncoder TransformerEncoderLayer",
}
for _module, _names in TABLE.items():
    globals().update({_name: getattr(_module, _name) for _name in _names.split()})

__getattr__ = missing("autograd.tensor.nn")
__all__ = ["functional", "init", "parallel", "parameter", "utils", *" ".join(TABLE.values()).split()]
