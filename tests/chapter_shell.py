"""Runs the cells of a chapter in IPython without a kernel, in a process of its own, and returns what each prints.

Where processes can be forked, every chapter's process is forked from one that has imported the libraries already. What
is shown besides text is made and thrown away: figures are not drawn, and pictures of `course.moving` not even made.
A kernel prints the same, and takes three seconds more for a chapter.
"""

import io
import multiprocessing
import os
import re
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

METHODS = multiprocessing.get_all_start_methods()
# What takes long to import. The course's own modules change nothing when they are imported.
LIBRARIES = [
    "ipywidgets",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "sklearn.datasets",
    "tqdm.auto",
    "autograd.scalar",
    "autograd.tensor",
    "course.checks",
    "course.figures",
]


class CellError(RuntimeError):
    """A cell raised an error, or asked IPython for something that there is not."""


class Unwritten(DisplayHook):
    """Makes the text and the pictures of a cell's result, and writes nothing."""

    def compute_format_data(self, result: Any) -> Any:
        if type(result).__module__.startswith("course.moving"):
            return {}, {}
        return super().compute_format_data(result)

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        pass


class Unpublished(DisplayPublisher):
    """Takes what `display` has made, and writes nothing."""

    def publish(self, data: Any, *args: Any, **kwargs: Any) -> None:
        pass


class Shell(InteractiveShell):
    """A shell that keeps the last error's traceback as text."""

    displayhook_class = Type(Unwritten)
    display_pub_class = Type(Unpublished)
    traceback = ""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.traceback = re.sub(r"\x1b\[[\d;]*m", "", self.InteractiveTB.stb2text(stb))  # without colours


def run(sources: Sequence[str], folder: str, environment: dict[str, str], may_fail: Sequence[bool]) -> list[str]:
    """Run cells one after another in this process; return what each printed. Raises CellError at the first error."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    import matplotlib

    matplotlib.use("template")  # Matplotlib's own example of a backend: it takes every call, and draws nothing
    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
    from matplotlib import pyplot

    pyplot.show = lambda *args, **kwargs: pyplot.close("all")  # as in a kernel, which closes what it has shown
    texts = []
    for number, (source, may) in enumerate(zip(sources, may_fail, strict=True)):
        shell.traceback = ""
        text = io.StringIO()
        with redirect_stdout(text), redirect_stderr(text):
            shell.run_cell(source, store_history=True)
        if shell.traceback and not may:
            raise CellError(f"cell {number} of {len(sources)}:\n{source}\n{text.getvalue()}\n{shell.traceback}")
        texts.append(text.getvalue())
        pyplot.close("all")  # a kernel shows what is left at the end of a cell
    return texts


def printed_by(sources: Sequence[str], folder: str, may_fail: Sequence[bool], seconds: float = 600) -> list[str]:
    """Return what each cell prints when all are run in the folder, in a process of their own.

    Raises CellError where a cell raises an error and may not, multiprocessing.TimeoutError after some minutes.
    """
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in METHODS else "spawn")
    if "forkserver" in METHODS:
        context.set_forkserver_preload([__name__, *LIBRARIES])
    with context.Pool(1) as pool:
        return pool.apply_async(run, (sources, folder, dict(os.environ), may_fail)).get(seconds)
