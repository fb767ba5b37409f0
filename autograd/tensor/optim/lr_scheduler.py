"""Schedules for the learning rate, under the names of `torch.optim.lr_scheduler`."""

from autograd.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    StepLR,
    _LRScheduler,
)
from autograd.tensor.api.refusals import missing

globals()["__getattr__"] = missing("autograd.tensor.optim.lr_scheduler")
__all__ = [
    "ConstantLR", "CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR",
    "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "StepLR", "_LRScheduler",
]  # fmt: skip
