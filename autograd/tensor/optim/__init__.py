"""Optimizers and schedules, under the names of `torch.optim`; they serve the scalar engine too."""

from autograd.optim import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from autograd.tensor.errors import missing
from autograd.tensor.optim import lr_scheduler

__getattr__ = missing("autograd.tensor.optim")
__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
