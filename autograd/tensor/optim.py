"""Optimizers and schedules, under the names of `torch.optim`; they serve the scalar engine too."""

from autograd import schedules
from autograd.optim import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from autograd.tensor.api.aliases import module
from autograd.tensor.api.refusals import missing

SCHEDULES = [
    schedules.ConstantLR,
    schedules.CosineAnnealingLR,
    schedules.ExponentialLR,
    schedules.LRScheduler,
    schedules._LRScheduler,
    schedules.LambdaLR,
    schedules.LinearLR,
    schedules.MultiStepLR,
    schedules.OneCycleLR,
    schedules.PolynomialLR,
    schedules.ReduceLROnPlateau,
    schedules.StepLR,
]
lr_scheduler = module(
    "optim.lr_scheduler",
    "Schedules for the learning rate, under the names of `torch.optim.lr_scheduler`.",
    __getattr__=missing("autograd.tensor.optim.lr_scheduler"),
    **{schedule.__name__: schedule for schedule in SCHEDULES},
)
optimizer = module("optim.optimizer", "Where PyTorch keeps the base of all optimizers.", Optimizer=Optimizer)
__getattr__ = missing("autograd.tensor.optim")
__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
