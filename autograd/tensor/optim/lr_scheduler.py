"""Schedules for the learning rate, under the names of `torch.optim.lr_scheduler`."""

from autograd.schedules import CosineAnnealingLR, LambdaLR, LinearLR, LRScheduler, OneCycleLR, StepLR

__all__ = ["CosineAnnealingLR", "LRScheduler", "LambdaLR", "LinearLR", "OneCycleLR", "StepLR"]
