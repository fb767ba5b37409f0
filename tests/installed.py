"""What tests need beside the course: which of it is on this machine, and the browser among it."""

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

# In .ci/run everything is there, as it promises, and a test for which something is missing fails instead of being left
# out. So it is not on the machines that have no PyTorch.
MUST_RUN = bool(os.environ.get("CI")) and "WITHOUT_TORCH" not in os.environ
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")


def need_chromium_and(*packages: str) -> None:
    """Leave out the test module that calls this if Chromium or one of the packages is missing, but not in .ci/run."""
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    missing += [] if CHROMIUM else [f"Chromium ({', '.join(NAMES)})"]
    if missing and not MUST_RUN:
        pytest.skip(f"not installed: {', '.join(missing)}", allow_module_level=True)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium, without a window, and end it. Playwright is imported here, since not every machine has it."""
    assert CHROMIUM, "no Chromium found; looked for " + ", ".join(NAMES)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()
