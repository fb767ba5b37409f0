"""Opens the course in JupyterLab, on every system in the same way: python -m course.lab [options of JupyterLab]

`make lab` calls it, and so do the lines for Windows and for uv in the README. First the reader's copy of the chapters
is made or renewed (`course.copy`), then JupyterLab opens the first chapter of it.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = "my-course/00_start_here.ipynb"
# No question about news (a setting, in this folder), and no request for them or for newer versions of JupyterLab.
SETTINGS = ROOT / "course" / "jupyter"
QUIET = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
]


def options(environment: Mapping[str, str], platform: str, root: bool) -> list[str]:
    """Return what JupyterLab has to be told on this machine: `root` is whether the administrator runs it."""
    screen = platform in ("win32", "darwin") or environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    chosen = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/{first()}", *QUIET]
    return chosen + ["--allow-root"] * root + ["--no-browser"] * (not screen)


def first(root: Path = ROOT) -> str:
    """Return the path of the first chapter in the reader's copy: 00, unless a teacher has handed out others."""
    there = sorted((root / "my-course").glob("[0-9][0-9]_*.ipynb"))
    return there[0].relative_to(root).as_posix() if there else FIRST


def use_folders_that_can_be_written() -> None:
    """Let JupyterLab and its kernels write to a temporary folder what cannot be written to the user's home."""
    from course import folders  # which needs JupyterLab, and is therefore not asked before that is known to be there

    if not folders.replacements(Path()):
        return
    parent = Path(tempfile.mkdtemp(prefix="course-"))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    os.environ.update(folders.replacements(parent))
    print(
        f"Your home folder cannot be written to: until JupyterLab ends, its settings are kept in {parent}.", flush=True
    )


def main(arguments: Sequence[str] = ()) -> int:
    """Make or renew the reader's copy and run JupyterLab until it is ended; return 0, or 1 with a message."""
    if sys.version_info < (3, 11):  # noqa: UP036 (the README's lines can be given to any Python)
        print(f"The course needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    if find_spec("jupyterlab") is None:
        print(f"{sys.executable} has no JupyterLab; README.md, Start, says how to install it.", file=sys.stderr)
        return 1
    try:
        use_folders_that_can_be_written()
    except OSError as error:
        print(f"JupyterLab needs a folder that it can write to: set TMPDIR to one ({error}).", file=sys.stderr)
        return 1
    copied = subprocess.run([sys.executable, "-m", "course.copy"], cwd=ROOT, check=False).returncode
    if copied:
        return copied
    from jupyterlab.labapp import main as run

    os.chdir(ROOT)
    paths = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    sys.argv[0] = "jupyter-lab"
    return run([*options(os.environ, sys.platform, getattr(os, "geteuid", lambda: 1)() == 0), *arguments]) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
