"""Executes notebooks on a clean kernel and stores their outputs: python scripts/store.py notebooks/01_derivatives.ipynb

What is stored is the same to the byte when done again: cells counted 1, 2, 3 …, no times, no personal metadata, keys in
order. A notebook in which a cell fails (and is not tagged `raises-exception`) is left as it was.

The sentence in italics under a figure becomes the figure's `alt`, the text for those who cannot see it, in the metadata
of the output. So it stands nowhere in the cell that draws, where it would give the answer away.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograd.files import write_whole  # noqa: E402

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_CELL_METADATA = ("course", "slideshow", "tags")
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = ("image/png", "image/svg+xml")
SHOWN = ("alt", "height", "width")  # what is kept of the metadata of a picture: its text and its size on the page


def execute(path: Path, timeout: int = 120) -> nbformat.NotebookNode:
    """Return the notebook at `path` with fresh outputs; its folder is the working directory, as in JupyterLab."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    return normalized(notebook)


def normalized(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what depends on who executed the notebook, and join text that arrived in pieces."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA})
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            for output in cell.outputs:
                if "metadata" in output:
                    output.metadata = nbformat.from_dict(of_pictures(output.metadata))
                # A widget lives only as long as its kernel, under a random name; what it shows without one stays.
                if output.get("data", {}).pop(WIDGET, None) and not set(PICTURES) & set(output.data):
                    output.data = nbformat.from_dict({"text/plain": "(something live: run this cell to see it)"})
    for cell, below in zip(notebook.cells, notebook.cells[1:], strict=False):
        for output in cell.get("outputs", []):
            for kind in (kind for kind in PICTURES if kind in output.get("data", {})):
                if alt := caption(below):
                    output.metadata.setdefault(kind, nbformat.from_dict({})).setdefault("alt", alt)
    nbformat.validate(notebook)
    return notebook


def of_pictures(metadata: dict) -> dict:
    """Return what is kept of an output's metadata: text and size of each picture."""
    kept = {kind: {k: v for k, v in metadata.get(kind, {}).items() if k in SHOWN} for kind in PICTURES}
    return {kind: values for kind, values in kept.items() if values}


def caption(cell: nbformat.NotebookNode) -> str:
    """Return the sentence in italics with which a Markdown cell begins, without its marks; "" if there is none."""
    found = re.match(r"\*(?![*\s])(.+?)(?<![*\s])\*(?=\n|$)", cell.source, re.DOTALL)
    if cell.cell_type != "markdown" or not found:
        return ""
    return " ".join(re.sub(r"[`$]|\*\*", "", found[1]).split())


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the outputs with neighbouring pieces of the same stream as one: how a stream is cut is chance."""
    result: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and result and result[-1].get("name") == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook in one step, so that a crash leaves the old one."""
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def main() -> int:
    parser = argparse.ArgumentParser(description="Execute notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="+", type=Path)
    failed = 0
    for path in parser.parse_args().notebooks:
        try:
            write(execute(path.resolve()), path)
            print(f"stored {path}")
        except CellExecutionError as error:
            failed += 1
            print(f"{path} is left as it was, because a cell failed:\n{error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
