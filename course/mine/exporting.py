"""Writes the reader's engine as one file that needs nothing of the course, with a test beside it."""

import keyword
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from autograd.files import write_whole
from course.mine import own, trial
from course.mine.answers import hash_of
from course.mine.assemble import chapter
from course.mine.load import Loaded, Refused, guarded
from course.mine.merge_source import Merger
from course.mine.parts import CARRIED_ON, LAST, LAST_SCALAR, SCALAR, TENSOR, Part


class Engine(NamedTuple):
    """What is exported: the sources of the course's own, the parts, the last chapter that builds one, and the tests."""

    computes_with: str
    needs: str
    sources: Sequence[Path]
    parts: dict[str, Part]
    last: int
    tests: Sequence[Path]


FIRST, ARRAYS, LAYERS = (Path(__file__).with_name(f"exported_{name}tests.py") for name in ("", "tensor_", "layer_"))
SOURCES = [path for path in own.SOURCES if path != own.SOURCE]
OF_NUMBERS = Engine("single numbers", "the standard library", [own.SOURCE], SCALAR, LAST_SCALAR, [FIRST])
OF_ARRAYS = Engine("arrays", "NumPy", SOURCES, TENSOR, LAST, [ARRAYS, LAYERS])
SEAL = "# Checksum of all lines above, by which the course knows an export that nobody has changed: "
TITLE = """\
An automatic-differentiation engine for {what}, and the networks that are trained with it.

I wrote {count} of its {all} parts in the course "Autograd from First Principles". Each is marked with its exercise,
and what is the course's is marked as well: a mark holds until the next one. It needs {needs} alone,
and `{test}` compares it with finite differences.
"""


class Refusal(ValueError):
    """The export cannot be made like this; the text says why, and what can be done."""


def export(file: str | Path = "my_autograd.py", replace: bool = False, tensor: bool = False) -> None:
    """Write the reader's engine to a file and its tests beside it; print what was done, or why it cannot be done.

    It is the engine of single numbers, which Part I builds, or with `tensor` the one of arrays.
    """
    try:
        print("\n".join(write(Path(file), replace, tensor)))
    except Refusal as error:
        print(f"Nothing was exported: {error}")


def write(path: Path, replace: bool = False, tensor: bool = False) -> list[str]:
    """Write the engine to `path` and its tests beside it; return what was done, in sentences.

    Another file of these names is not overwritten unless `replace` says so; an earlier export that nobody has changed
    is. Raises Refusal, in words, where it cannot be done.
    """
    engine = OF_ARRAYS if tensor else OF_NUMBERS
    tests = path.with_name(f"test_{path.name}")
    require_name(path)
    for file in (path, tests):
        if file.exists() and not replace and not is_ours(file):
            raise Refusal(
                f"{file} is there already, and is no export that was left as it was. Choose another name, or say "
                "that it may be replaced: --replace in a terminal, replace=True in a notebook."
            )
    used = {id: answer for id, answer in chapter(engine.last)._used.items() if id in engine.parts}
    text, merged_in, count, left_out = exported(path.name, engine, used)
    test_text = tests_of(engine).replace("my_autograd", path.stem)
    for file, content in ((path, text), (tests, test_text)):
        try:
            write_whole(file, lambda f, content=content: f.write(sealed(content).encode()))
        except OSError as error:
            raise Refusal(f"{file} cannot be written: {error.strerror or error}") from None
    said = [
        f"{path}: the engine of {engine.computes_with}; {len(merged_in)} of its {count} parts are yours. "
        f"Test it: python {tests}"
    ]
    said += [f"Your answer to {id} is not in it: {reason}." for id, reason in left_out.items()]
    return said if tensor else said + of_the_other_engine(path)


def tests_of(engine: Engine) -> str:
    """The tests as one file: those of other files, without title and imports, stand before the program of the first."""
    first, *others = [path.read_text(encoding="utf-8") for path in engine.tests]
    tests, main, program = first.partition("\n\n\nif __name__ == ")
    return "\n\n\n".join([tests, *(text.split("\n\n\n", 1)[1].rstrip("\n") for text in others)]) + main + program


def of_the_other_engine(path: Path) -> list[str]:
    """A sentence on how the engine of arrays is exported; none where the reader has not begun it."""
    used = chapter(LAST)._used.keys() & TENSOR.keys()
    if used <= set(CARRIED_ON):
        return []
    name = f"{path.stem}_arrays.py"
    return [
        "The engine of arrays, of which you wrote parts as well, is another file. It is written by "
        f'mine.export("{name}", tensor=True), in a terminal by python -m course.mine export {name} --tensor'
    ]


def exported(name: str, engine: Engine, answers: dict[str, Loaded]) -> tuple[str, list[str], int, dict[str, str]]:
    """The text of the file, the exercises whose answers are in it, the number of its parts, and why others are not."""
    left_out: dict[str, str] = {}
    fine = list(answers.values())
    try:
        text, unneeded = merged(name, engine, fine)
    except Refused:
        fine, left_out = those_that_work(name, engine, answers)
        text, unneeded = merged(name, engine, fine)
    merged_in = [one.stored.exercise for one in fine if one.stored.exercise not in unneeded]
    left_out |= {id: "no other part uses it" for id in answers if id in unneeded and id not in left_out}
    return text, merged_in, len(engine.parts) - len(unneeded), left_out


def those_that_work(name: str, engine: Engine, answers: dict[str, Loaded]) -> tuple[list[Loaded], dict[str, str]]:
    """The answers with which the file works, and why it does not with others."""
    fine: list[Loaded] = []
    left_out: dict[str, str] = {}
    for id, one in answers.items():  # one after the other, so that the one with which it goes wrong is named
        try:
            merged(name, engine, [*fine, one], trial.SMALL)
            fine.append(one)
        except Refused as reason:
            left_out[id] = str(reason)
    return fine, left_out


def merged(name: str, engine: Engine, answers: list[Loaded], size: tuple = trial.MOONS) -> tuple[str, set[str]]:
    """The file with these answers in it, and the parts that it does not need.

    Raises Refused unless it runs and works as the course's own does.
    """
    merger = Merger(engine.sources, engine.parts, answers)
    title = TITLE.format(
        what=engine.computes_with,
        count=sum(one.stored.exercise not in merger.unneeded for one in answers),
        all=len(engine.parts) - len(merger.unneeded),
        needs=engine.needs,
        test=f"test_{name}",
    )
    text = merger.text(title)
    module = ModuleType("an_exported_engine")
    sys.modules[module.__name__] = module  # where dataclasses look
    try:
        guarded(lambda: exec(compile(text, f"<{name}>", "exec", dont_inherit=True), module.__dict__))
        trial.require_same(module, engine.last, size)
    finally:
        del sys.modules[module.__name__]
    return text, merger.unneeded


def require_name(path: Path) -> None:
    """Raise Refusal unless the file can be imported by its name, and does not hide a module of Python's."""
    stem = path.stem
    if path.suffix != ".py" or not stem.isidentifier() or keyword.iskeyword(stem):
        raise Refusal(f"{path.name} cannot be imported: choose a name such as my_autograd.py")
    if stem in sys.stdlib_module_names or stem in ("autograd", "course", "numpy"):
        raise Refusal(f"{path.name} would hide the module {stem}: choose a name such as my_autograd.py")
    if not path.parent.is_dir():
        raise Refusal(f"there is no folder {path.parent}")


def sealed(text: str) -> str:
    """The text with a last line by which a later export knows that it is unchanged."""
    return f"{text}\n\n{SEAL}{hash_of(text)}\n"


def is_ours(path: Path) -> bool:
    """Whether a file is an export that was not changed since."""
    try:
        text, found, seal = path.read_text(encoding="utf-8").rpartition(f"\n\n{SEAL}")
    except (OSError, ValueError):
        return False
    return bool(found) and seal.strip() == hash_of(text)
