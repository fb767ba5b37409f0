"""Says that there is no accelerator, for programs that ask."""

from typing import Any

from autograd.tensor.cuda import amp

__all__ = ["amp", "device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all", "synchronize"]


def is_available() -> bool:
    """Return False."""
    return False


def device_count() -> int:
    """Return 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Do nothing: there is no generator on an accelerator."""


def synchronize(device: Any = None) -> None:
    """Do nothing: nothing runs elsewhere."""


manual_seed_all, empty_cache = manual_seed, lambda: None
