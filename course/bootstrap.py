"""Makes `import autograd` mean this course's package, whatever else of that name is installed.

Another package named `autograd` is preinstalled on Colab. A path appended after it would import it silently, and so
would a module already in `sys.modules`; so the root goes first, strangers are forgotten, and a marker is checked.
Notebooks run this file by its path (see `bootstrap_cell.py`): it must not depend on `import course` working yet.
"""

import gc
import importlib
import re
import sys
from pathlib import Path

PACKAGES = ("autograd", "course")
MARKER = "autograd-from-first-principles"

# A notebook needs a version of the course that has at least the names which it uses. names.txt lists every name of our
# packages that a notebook has ever used, so its length grows whenever a notebook begins to use something new.
# scripts/address.py keeps the list, and writes its length into the bootstrap cell as `needs`.
NAMES = Path(__file__).with_name("names.txt")
VERSION = len(NAMES.read_text(encoding="utf-8").splitlines()) if NAMES.is_file() else 0

# How many new objects Python's garbage collector waits for until it looks for cycles: by itself 700, or 2,000.
# A graph of single numbers is thousands of objects without a cycle, and the search took 20 to 40 % of the time of a
# training in Part I. A node with a closure, as in micrograd, is a cycle: there a training took up to 130 MB more.
NEW_OBJECTS = 10_000


def prepare(root: str | Path) -> None:
    """Put the repository at `root` first on the path, check that its packages are imported, and limit NumPy's threads.

    The garbage collector runs less often from then on (see NEW_OBJECTS), unless it is off or waits longer already.
    From then on a guess that was left open is printed as "(no guess)" (see `course.guesses`).

    Silent and safe to run twice: modules of ours that are already imported stay the same objects.
    Raises RuntimeError, in words, when a file of the course is missing or another package is still in the way.
    """
    root = Path(root).resolve()
    for package in PACKAGES:
        if not (root / package / "__init__.py").is_file():
            raise RuntimeError(_incomplete(root, f"{package}/__init__.py"))
    sys.path[:] = [str(root), *(entry for entry in sys.path if entry != str(root))]
    for package in PACKAGES:
        if package in sys.modules and not _is_ours(sys.modules[package], package, root):
            forget(package)
    importlib.invalidate_caches()  # a folder that was cloned a moment ago may not be known yet
    for package in PACKAGES:
        try:
            module = importlib.import_module(package)
        except ImportError as error:
            if (file := _missing(error, root)) is None:
                raise
            raise RuntimeError(_incomplete(root, file)) from None
        if not _is_ours(module, package, root):
            raise RuntimeError(
                f"`import {package}` gives {getattr(module, '__file__', None)}, which is not this course's package in "
                f"{root}. Restart the kernel and run this cell first."
            )
    if 0 < gc.get_threshold()[0] < NEW_OBJECTS:
        gc.set_threshold(NEW_OBJECTS)
    if sys.platform == "emscripten":  # Python in a web browser
        importlib.import_module("course.browser").prepare()
    importlib.import_module("course.threads").limit()  # also where NumPy was loaded before, as on Colab
    importlib.import_module("course.guesses").watch()


def forget(package: str) -> None:
    """Remove a package and everything below it from the modules Python has already imported."""
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]


def _missing(error: ImportError, root: Path) -> str | None:
    """Return the file of ours that is not there and that an import failed for; None if it failed for another reason."""
    package = (error.name or "").replace(".", "/")
    part = re.match(r"cannot import name '(\w+)' from", str(error))  # `from package import part`
    file = Path(package, part[1]) if part else Path(package)
    if file.parts[:1] not in [(ours,) for ours in PACKAGES] or not (root / file.parent).is_dir():
        return None
    return None if (root / file).is_dir() or (root / f"{file}.py").is_file() else f"{file.as_posix()}.py"


def _incomplete(root: Path, file: str) -> str:
    return (
        f"The course in {root} is not complete: {file} is missing. In that folder, `git status` shows what else is "
        "missing, and `git restore FILE` brings it back. Or download the course again, into another folder."
    )


def _is_ours(module: object, package: str, root: Path) -> bool:
    file = getattr(module, "__file__", None)
    if file is None or Path(file).resolve() != root / package / "__init__.py":
        return False
    return package != "autograd" or getattr(module, "COURSE", None) == MARKER
