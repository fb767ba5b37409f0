"""Optimizers and schedules, under the names of `torch.optim`; they serve the scalar engine too."""

from autograd.optim import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from autograd.tensor.api.refusals import missing
from autograd.tensor.optim import lr_scheduler, optimizer

globals()["__getattr__"] = missing("autograd.tensor.optim")  # so a type checker does not take any name for one there is
__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler", "optimizer"]
