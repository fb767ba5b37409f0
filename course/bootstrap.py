"""Makes `import autograd` mean this course's package, whatever else of that name is installed.

Another package named `autograd` is preinstalled on Colab. A path appended after it would import it silently, and so
would a module already in `sys.modules`; so the root goes first, strangers are forgotten, and a marker is checked.
Notebooks run this file by its path (see `bootstrap_cell.py`): it must not depend on `import course` working yet.
"""

import importlib
import sys
from pathlib import Path

PACKAGES = ("autograd", "course")
MARKER = "autograd-from-first-principles"


def prepare(root: str | Path) -> None:
    """Put the repository at `root` first on the path and check that its packages are the ones imported.

    Silent and safe to run twice: modules of ours that are already imported stay the same objects.
    Raises RuntimeError, in words, when Python is too old or another package is still in the way.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 (a reader's own Jupyter may run anything)
        raise RuntimeError(f"This course needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    root = Path(root).resolve()
    sys.path[:] = [str(root), *(entry for entry in sys.path if entry != str(root))]
    for package in PACKAGES:
        if package in sys.modules and not _is_ours(sys.modules[package], package, root):
            forget(package)
    importlib.invalidate_caches()  # a folder that was cloned a moment ago may not be known yet
    for package in PACKAGES:
        module = importlib.import_module(package)
        if not _is_ours(module, package, root):
            raise RuntimeError(
                f"`import {package}` gives {getattr(module, '__file__', None)}, which is not this course's package in "
                f"{root}. Restart the kernel and run this cell first."
            )


def forget(package: str) -> None:
    """Remove a package and everything below it from the modules Python has already imported."""
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]


def _is_ours(module: object, package: str, root: Path) -> bool:
    file = getattr(module, "__file__", None)
    if file is None or Path(file).resolve() != root / package / "__init__.py":
        return False
    return package != "autograd" or getattr(module, "COURSE", None) == MARKER
