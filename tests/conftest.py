"""What all tests rely on: our `autograd` and not another package of that name; and, in CI, PyTorch."""

import importlib.util
import os
from pathlib import Path

import autograd

ROOT = Path(__file__).resolve().parent.parent

assert getattr(autograd, "COURSE", "") == "autograd-from-first-principles", (
    f"`import autograd` gives {autograd.__file__}, another package of that name: run pytest from the repository's root"
)
if os.environ.get("CI") and importlib.util.find_spec("torch") is None and os.environ.get("WITHOUT_TORCH") is None:
    raise RuntimeError("in CI the tests that compare with PyTorch must not be skipped: install torch==2.13.0")
