"""What the course does where Python runs in a web browser (Pyodide); `course.bootstrap` calls `prepare` there alone.

The kernel loads a package that a cell imports before the cell runs. It does not see what our modules import, so `Loads`
does it for them. An edition that was built without Matplotlib gets `Replaces`: a figure is a sentence there, which says
what stands on it, and the chapter goes on.
"""

import importlib
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd.scalar import Value
from course.deep_graphs import free_step_by_step
from course.mine import scalar_engine

SAYS = "(This edition was built without Matplotlib: {what}.)"
# The modules that stand in, each with the folder of those of its submodules that work without Matplotlib.
REPLACED = {
    "matplotlib": [],
    "matplotlib.pyplot": [],
    "course.figures": [],
    "course.moving": [str(Path(__file__).with_name("moving"))],
}
COMPILED = {
    "numpy": "NumPy",
    "sklearn": "scikit-learn",
    "scipy": "SciPy",
    "PIL": "Pillow",
    "safetensors": "safetensors",
}


def prepare() -> None:
    """Let imports load what the edition has, and replace Matplotlib where it has none; safe to call twice."""
    if any(isinstance(finder, Loads) for finder in sys.meta_path):
        return
    free_step_by_step(Value, "_first", "_second")
    free_step_by_step(scalar_engine.Value, "parents")
    loads = Loads(packages())
    sys.meta_path.append(loads)
    if "matplotlib" not in loads.packages:
        sys.meta_path.insert(0, Replaces())


def packages() -> dict[str, str]:
    """Return the packages that the edition can load, by the names of their modules."""
    from pyodide_js import lockfile

    entries = lockfile.to_py()["packages"].values()
    return {imported: entry["name"] for entry in entries for imported in entry["imports"]}


class Loads:
    """The last finder that an import asks: it loads the package of a module, or says why there is none."""

    def __init__(self, packages: dict[str, str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if path is None and name in self.packages:
            from pyodide.ffi import can_run_sync, run_sync
            from pyodide_js import loadPackage

            if not can_run_sync():  # this browser cannot wait inside of Python
                raise ModuleNotFoundError(
                    f"{name} is not loaded yet: run `import {name}` in a cell of its own, then this cell again",
                    name=name,
                )
            run_sync(loadPackage(self.packages[name]))
            importlib.invalidate_caches()
            return PathFinder.find_spec(name)
        if name in COMPILED:
            raise ModuleNotFoundError(
                f"this edition was built without {COMPILED[name]}, which this cell needs: the README says how to run "
                "the chapter elsewhere",
                name=name,
            )
        return None


class Replaces:
    """The first finder: it gives stand-ins for Matplotlib, and for what the course draws with it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name in REPLACED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = REPLACED[module.__name__]


class StandIn(ModuleType):
    """A module whose every name may be called, and draws nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ == "matplotlib.pyplot":
            return {"subplots": subplots, "show": show}.get(name, Nothing())
        if self.__name__ == "course.moving":
            return lambda *_, **__: Moving()
        return Nothing()


class Nothing:
    """Stands for whatever Matplotlib has: it can be called, indexed, unpacked into one, and has every attribute."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Written(name) if name in WRITES else Nothing()

    def __call__(self, *_: Any, **named: Any) -> "Nothing":
        SAID.extend(f"{named[name]}" for name in ("title", "xlabel", "ylabel") if named.get(name))
        return Nothing()

    def __getitem__(self, _: Any) -> "Nothing":
        return Nothing()

    def __iter__(self) -> Iterator["Nothing"]:
        return iter([Nothing()])

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_: Any) -> None:
        pass


WRITES = ("set_title", "set_xlabel", "set_ylabel", "suptitle")
SAID: list[str] = []  # what was written on the figure that is shown next


class Written(Nothing):
    """A method that writes on a figure: what it writes is said when the figure would be shown."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, text: str = "", *_: Any, **__: Any) -> Nothing:
        SAID.append(text)
        return Nothing()


class Grid(list):  # type: ignore[type-arg]
    """The axes of a figure that has several: by place, one after another, and `flat`."""

    @property
    def flat(self) -> list[Any]:
        return [axes for row in self for axes in (row if isinstance(row, Grid) else [row])]


class Moving:
    """Stands for a picture that moves."""

    def __repr__(self) -> str:
        return SAYS.format(what="a picture that moves is left out here")


def subplots(rows: int = 1, columns: int = 1, **_: Any) -> tuple[Nothing, Any]:
    """Return a figure and its axes, arranged as Matplotlib arranges them."""
    grid = Grid(Grid(Nothing() for _ in range(columns)) for _ in range(rows))
    one = grid[0] if rows == 1 else Grid(row[0] for row in grid) if columns == 1 else grid
    return Nothing(), one[0] if rows == columns == 1 else one


def show() -> None:
    """Say what would be shown."""
    words = ", ".join(dict.fromkeys(text for text in SAID if text))
    SAID.clear()
    print(SAYS.format(what=f"a figure is left out here{f', with the words: {words}' if words else ''}"))
