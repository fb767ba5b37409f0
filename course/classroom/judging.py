"""The program in which one answer is judged, and nothing else: `python -m course.classroom.judging < job.json`

`course.classroom.apart` starts it in an empty folder with a copy of the course, and gives it the cells above the
check. It writes one line: the token of its job, and the verdict as JSON. What the answer prints goes nowhere, and
what it may do is fenced in (see `course.classroom.fences`).
"""

import ast
import importlib
import json
import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from course import checks, guard
from course.classroom.fences import Fences
from course.classroom.needed import needed, readable
from course.classroom.seal import Seal
from course.mine.assemble import WITHHELD
from course.mine.keep import origin
from course.mine.parts import PARTS
from course.mine.sources import OURS
from course.wording import explain, line_of

SECONDS = 20.0  # for what stands above the check
DISTRUSTED, BEGINS = "distrusted", "begins"


def main() -> None:
    """Read the job, judge, write the verdict, and end without giving the answer's code another turn."""
    job = json.load(sys.stdin)
    result, nowhere = os.dup(1), os.open(os.devnull, os.O_RDWR)
    for name in job["modules"]:  # while nothing is refused yet
        importlib.import_module(name)

    def begin() -> None:
        os.write(result, f"\n{job['token']} {BEGINS}\n".encode())
        for number in (0, 1, 2):
            os.dup2(nowhere, number)

    tried: list[str] = []
    found = judged(job["exercise"], job["name"], job["cells"], job["own"], job["bootstrap"], begin, tried)
    status, message = found
    message = message.encode("utf-8", "replace").decode()  # half characters cannot be stored
    os.write(result, f"\n{job['token']} {json.dumps([status, message, tried])}\n".encode())
    os._exit(0)


def judged(
    id: str,
    name: str,
    sources: list[str],
    own: int | None,
    bootstrap: int | None,
    begin: Callable[[], None],
    tried: list[str],
) -> tuple[str, str]:
    """Return the status and the message of the answer that `name` stands for at the end of the cells.

    `begin` is called before anything of the notebook is run; `tried` gets what the answer was refused.
    """
    head = f"Exercise {id} · "
    asked = checks.find(id)
    if own is not None and (mistake := syntax_error(sources[own])):
        return checks.NOT_YET, f"{head}not yet\n  the answer's cell is no Python: {mistake}"
    try:
        statements = needed(sources, own, name, bootstrap)
    except (RecursionError, MemoryError):
        return checks.NOT_YET, f"{head}not yet\n  a cell above the check is nested too deeply to be read"
    space = ModuleType("__main__")
    for number, source in enumerate(sources):
        linecache.cache[file_of(number)] = (len(source), None, source.splitlines(True), file_of(number))
    stopped: dict[int, str] = {}
    if part := PARTS.get(asked.id):
        WITHHELD[part.name] = f"{asked.id} asks for it"
    seal, sys.modules["__main__"] = Seal(), space
    space.__dict__["display"] = lambda *things, **how: None
    Fences(Path.cwd()).raise_up(tried)
    begin()
    outcome = guard.guarded(lambda: run(statements, vars(space), stopped), SECONDS)
    if broken := seal.broken():
        return distrusted(head, broken)
    if outcome.stopped and name not in vars(space):
        return checks.NOT_YET, f"{head}not yet\n  {unfinished(outcome)}"
    if name not in vars(space):
        why = stopped.get(own if own is not None else -1, "")
        said = (
            f"the answer's cell did not run to its end: {why}" if why else f"nothing above the check is called {name}"
        )
        return checks.NOT_YET, f"{head}not yet\n  {said}"
    answer = vars(space)[name]
    if (module := origin(answer).split(".")[0]) in OURS:
        return checks.NOT_YET, f"{head}not yet\n  this {name} comes from {module}: it is the course's own answer"
    verdict = checks.judge(asked.id, answer)
    if broken := seal.broken():
        return distrusted(head, broken)
    return verdict.status, verdict.message


def unfinished(outcome: guard.Outcome) -> str:
    """What to say where the cells above a check do not come to their end."""
    why = "were filling the memory" if outcome.stopped == "memory" else f"were still running after {SECONDS:g} seconds"
    line = line_of(outcome.still_in)
    return f"the cells that it needs {why}" + (f", at {line}" if line else "")


def distrusted(head: str, broken: list[str]) -> tuple[str, str]:
    names = ", ".join(broken[:3])
    return DISTRUSTED, f"{head}no points\n  the answer changes what judges it ({names}): a person has to look at it"


def run(statements: list[Any], space: dict[str, Any], stopped: dict[int, str]) -> None:
    """Run statements as a notebook does: an error ends its cell, and the next cell is run all the same."""
    for number, node, _, _ in statements:
        if number in stopped:
            continue
        try:
            exec(compile(ast.Module([node], []), file_of(number), "exec", dont_inherit=True), space)
        except BaseException as error:
            if isinstance(error, guard.Stop):
                raise
            stopped[number] = explain(error)
        finally:
            guard.put_back()


def file_of(number: int) -> str:
    return f"<cell {number + 1}>"


def syntax_error(source: str) -> str:
    """What is wrong with a cell that is no Python, or ""."""
    try:
        compile(readable(source), "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    except ValueError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main()
