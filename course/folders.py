"""Folders that Jupyter, IPython and Matplotlib write to: those of the user's home, or others where it is read-only."""

import os
import sys
from pathlib import Path

from jupyter_core import paths

FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")


def used(variable: str) -> list[Path]:
    """Return the folders that are written to as long as the environment variable is as it is, one of FOLDERS."""
    home = Path.home()
    if variable == "MPLCONFIGDIR" and variable not in os.environ:
        if sys.platform in ("win32", "darwin"):
            return [home / ".matplotlib"]
        parents = (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"))
        return [Path(os.environ.get(name) or home / usual) / "matplotlib" for name, usual in parents]
    usual = {
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir,
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir,
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir,
        "IPYTHONDIR": lambda: home / ".ipython",
    }
    return [Path(os.environ.get(variable) or usual[variable]())]


def can_be_written(folder: Path) -> bool:
    """Return whether files can be made in this folder, or in the first one above it that is there."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def replacements(parent: Path) -> dict[str, str]:
    """Return, for each folder that cannot be written to, its environment variable and a folder in `parent` for it."""
    return {name: str(parent / name.lower()) for name in FOLDERS if not all(map(can_be_written, used(name)))}
