"""What all tests rely on: our `autograd` and not another package of that name; in CI, PyTorch; and the browser."""

import importlib.util
import os
from pathlib import Path

import installed
import pytest

import autograd

ROOT = Path(__file__).resolve().parent.parent

# Tests make repositories of their own. Where git itself runs the tests (a hook, or `git rebase --exec`), it names the
# repository that it works on in variables, and every git command in a test would change that one.
for name in [name for name in os.environ if name.startswith("GIT_") and not name.startswith("GIT_CONFIG")]:
    del os.environ[name]

assert getattr(autograd, "COURSE", "") == "autograd-from-first-principles", (
    f"`import autograd` gives {autograd.__file__}, another package of that name: run pytest from the repository's root"
)
if os.environ.get("CI") and importlib.util.find_spec("torch") is None and os.environ.get("WITHOUT_TORCH") is None:
    raise RuntimeError("in CI the tests that compare with PyTorch must not be skipped: install torch==2.13.0")


@pytest.fixture(scope="module")
def browser():
    """Chromium, in which each test opens a page of its own.

    Playwright leaves an event loop running in this thread, so a browser that stayed open for the whole session would
    make tests of other files fail that run one of their own.
    """
    with installed.chromium() as started:
        yield started
