"""Schedules for the learning rate, under the names of `torch.optim.lr_scheduler`."""

from autograd import schedules
from autograd.tensor.errors import missing

__getattr__ = missing("autograd.tensor.optim.lr_scheduler")
__all__ = (
    "CosineAnnealingLR ExponentialLR LRScheduler LambdaLR LinearLR MultiStepLR OneCycleLR ReduceLROnPlateau StepLR"
).split()
globals().update({_name: getattr(schedules, _name) for _name in __all__})
