"""Mixed precision under its newer name."""

from autograd.tensor.cuda.amp import GradScaler, autocast

__all__ = ["GradScaler", "autocast"]
