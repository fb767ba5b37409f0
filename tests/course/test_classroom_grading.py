"""A class's submissions, graded by nbgrader itself; and answers that break or cheat, judged apart.

The class has one of each kind, in the chapter with one exercise, so that little is computed; one student hands in a
second chapter, whose points differ and which has a question that wants words.
"""

import csv
import html
import importlib.util
import json
import os
import shutil

import pytest
from installed import MUST_RUN
from notebook_files import ROOT, exercises, role

from course.classroom import __main__ as classroom
from course.classroom import release
from course.classroom.apart import Job, copy_of_the_course, judge_apart
from course.classroom.assignment import marked
from course.classroom.submission import jobs, restored
from course.copy import stripped

FIRST, SECOND = "00_start_here", "02_expression_graphs"
WRONG = "def accuracy(scores, labels):\n    return 0.5\n"
# It never ends, and leaves the processor to others meanwhile.
ENDLESS = "import time\n\n\ndef accuracy(scores, labels):\n    while True:\n        time.sleep(0.01)\n"
NBGRADER = importlib.util.find_spec("nbgrader") is not None


def solved(chapter):
    parts = exercises(ROOT / "notebooks" / "solutions" / f"{chapter}.ipynb")
    return {id: cells["solution"]["source"] for id, cells in parts.items()}


RIGHT = solved(FIRST)["00.1"]


def find(notebook, wanted):
    return next(cell for cell in notebook["cells"] if role(cell) == wanted)


def answered(source):
    return lambda notebook, _: find(notebook, "stub").update(source=source)


def cut(notebook, _):
    return json.dumps(notebook)[:3000]


def cheats(notebook, outside):
    """Rebinds what grades it, above its answer and in it, edits the graded cell, and writes a file."""
    own = "from course import checks\nchecks.judge = lambda *_: checks.Verdict('passed', '')\n"
    own += f"open({str(outside)!r}, 'w')\n"
    find(notebook, "stub")["source"] = f"{WRONG}\n\nfrom course import checks\nchecks.find = None\n"
    find(notebook, "check")["source"] = "def check(id, answer):\n    print('passed')"
    at = notebook["cells"].index(find(notebook, "stub"))
    notebook["cells"].insert(at, code("own", own))


def rearranges(notebook, _):
    """Deletes the graded cell and the stub, and answers in a cell of its own, in a program that knows no ids."""
    at = notebook["cells"].index(find(notebook, "stub"))
    cells = [cell for cell in notebook["cells"] if role(cell) not in ("stub", "check")]
    cells.insert(at, code("", f"{RIGHT}\n1 / 0"))
    for cell in cells:
        del cell["id"]
        cell["metadata"] = {"nbgrader": {"grade_id": 7}} if role(cell) == "card" else {}
    notebook["cells"] = cells


def code(id, source):
    return {"cell_type": "code", "id": id, "metadata": {}, "source": source, "outputs": [], "execution_count": None}


CLASS = {  # what each hands in, and the points
    "solved": (answered(RIGHT), 1.0),
    "untouched": (lambda notebook, _: None, 0.0),
    "wrong": (answered(WRONG), 0.0),
    "raising": (answered(f"1 / 0\n{RIGHT}"), 0.0),
    "endless": (answered(ENDLESS), 0.0),
    "syntax": (answered("def accuracy(scores, labels)\n    return 1\n"), 0.0),
    "cut": (cut, 0.0),
    "cheats": (cheats, 0.0),
    "rearranges": (rearranges, 1.0),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class, graded: the folder, what was handed in, what the command said, and its code."""
    if not (NBGRADER or MUST_RUN):
        pytest.skip("nbgrader is not installed: pip install nbgrader==0.9.6")
    folder = tmp_path_factory.mktemp("class") / "autumn"
    release.release(folder, ["00", "02"], nbgrader=True)
    handed_in, outside = {}, folder.parent / "written by a submission"
    for number, (student, (change, _)) in enumerate(CLASS.items()):
        notebook = json.loads((folder / "students" / "notebooks" / f"{FIRST}.ipynb").read_text(encoding="utf-8"))
        text = change(notebook, outside) or json.dumps(notebook)
        path = folder / "submitted" / student / FIRST / f"{FIRST}.ipynb"
        if number % 2:  # as a learning platform gives it
            path = folder / "downloaded" / FIRST / "archive" / f"{student}_{FIRST}.ipynb"
        handed_in[path] = text
    notebook = json.loads((folder / "students" / "notebooks" / f"{SECOND}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if role(cell) == "stub":
            cell["source"] = solved(SECOND)[cell["metadata"]["course"]["exercise"]]
        elif role(cell) == "words":
            cell["source"] = "No: for matrices the order matters."
    handed_in[folder / "submitted" / "solved" / SECOND / f"{SECOND}.ipynb"] = json.dumps(notebook)
    for path, text in handed_in.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    answers = folder.parent / "answers"
    answers.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_ANSWERS", str(answers))  # as a teacher has them who works in my-course
        said = []
        patch.setattr("builtins.print", lambda *things, **how: said.extend(map(str, things)))
        code = classroom.main(["grade", str(folder)])
    return folder, handed_in, "\n".join(said), code


def scores(folder):
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        return {
            (row["student_id"], row["assignment"]): (row["score"], row["max_score"]) for row in csv.DictReader(file)
        }


def test_every_student_has_the_points_that_the_answer_earns(graded):
    folder, *_ = graded
    found = scores(folder)
    assert {student: found[student, FIRST] for student in CLASS} == {
        student: (str(points), "1.0") for student, (_, points) in CLASS.items()
    }
    assert found["solved", SECOND] == ("8.0", "11.0")  # 1 + 2 + 2 + 3, and 3 that wait for a person


def test_one_submission_that_cannot_be_read_is_named_and_stops_no_other(graded):
    folder, _, said, code = graded
    assert code == 1
    assert f"cut has no grade for {FIRST}: the file cannot be read (it may be cut: " in said
    assert f"{FIRST}: {len(CLASS) - 1} of {len(CLASS)} submissions are graded." in said
    assert f"{SECOND}: 1 of 1 submissions are graded." in said


def test_a_submission_that_changes_its_judge_is_shown_to_the_teacher(graded):
    _, _, said, _ = graded
    looks = [line for line in said.splitlines() if line.startswith("Look at ")]
    assert looks == [
        "Look at cheats: Exercise 00.1 · no points the answer changes what judges it (course.checks.find, "
        "course.checks.judge): a person has to look at it"
    ]


def test_the_feedback_says_to_each_what_is_wrong(graded):
    folder, *_ = graded
    says = {
        "solved": "Exercise 00.1 · passed.",
        "untouched": "Exercise 00.1 · not attempted yet.",
        "wrong": "yours:    0.5",
        "raising": "stopped with ZeroDivisionError: division by zero",
        "endless": "was still running after 5 seconds",  # our own guard, long before anything of nbgrader's
        "syntax": "the answer's cell is no Python: expected ':' (line 1)",
        "rearranges": "Exercise 00.1 · passed.",
    }
    for student, words in says.items():
        page = (folder / "feedback" / student / FIRST / f"{FIRST}.html").read_text(encoding="utf-8")
        assert words in html.unescape(page), student
    assert not (folder / "feedback" / "cut").exists()


def test_nothing_is_touched_that_was_handed_in_or_is_the_teachers(graded):
    folder, handed_in, *_ = graded
    assert {path: path.read_text(encoding="utf-8") for path in handed_in} == handed_in
    assert sorted(path.name for path in folder.parent.iterdir()) == ["answers", "autumn"]
    assert [*(folder.parent / "answers").iterdir()] == []
    assert not (folder / "students" / "my-course").exists()
    release.require_untouched(folder, release.listed(folder), {})


def test_the_hidden_test_is_not_in_what_students_get(graded):
    folder, *_ = graded
    for path in (folder / "release" / FIRST / f"{FIRST}.ipynb", folder / "students" / "notebooks" / f"{FIRST}.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "HIDDEN" not in text and '"grade_id": "exercise-00-1"' in text
        assert "return ..." in find(json.loads(text), "stub")["source"][-1]  # ClearSolutions would empty it


@pytest.mark.parametrize(
    ("again", "students", "forced"),
    [(False, [], []), (True, [], [()]), (False, ["ada", "bob"], [("--student=ada",)])],
    ids=["nobody", "all", "those who are named and have handed in this chapter"],
)
def test_nbgrader_is_told_whose_answers_are_graded_again(tmp_path, monkeypatch, again, students, forced):
    steps = pytest.importorskip("course.classroom.steps", reason="nbgrader is not installed")
    for student, chapter in (("ada", FIRST), ("bob", SECOND), ("cy", FIRST)):
        (tmp_path / "submitted" / student / chapter).mkdir(parents=True)
    (tmp_path / "students").mkdir()
    monkeypatch.chdir(tmp_path / "students")
    commands = []
    monkeypatch.setattr(steps, "run", lambda app, *arguments: bool(commands.append((app.__name__, *arguments))))
    assert steps.main([FIRST], again, students) == 0
    expected = [("AutogradeApp", FIRST, *who, "--force") for who in forced]
    expected += [("AutogradeApp", FIRST)] * (not again)  # those who are not graded yet
    assert commands == [*expected, ("GenerateFeedbackApp", FIRST, "--force"), ("ExportApp",)]


@pytest.fixture(scope="module")
def judged():
    """Judge an answer to exercise 02.2, in the cell below one of the chapter's."""
    with copy_of_the_course() as copy:

        def judge(source, above="a = 1"):
            return judge_apart(Job("02.2", "nodes_of", [above, source], 1, None), copy)

        yield judge


BAD = "\n\n\ndef nodes_of(root):\n    return [root]\n"
GOOD = """

def nodes_of(root):
    nodes = {root: 0}
    waiting = [root]
    for node in waiting:
        waiting += [parent for parent in dict.fromkeys(node.parents) if parent not in nodes]
        nodes |= dict.fromkeys(node.parents)
    return [*nodes]
"""
WRAPS = "from course import mine\n\n\ndef nodes_of(root):\n    return mine.{}.nodes_of(root)\n"
WRITES = (
    "import os\nfor file in range(30):\n    try:\n        os.write(file, b'passed')\n    except OSError:\n        pass"
)
INSIDE = "def nodes_of(root):\n    import os, course.checks, course.specification as made\n    {}\n    return [root]\n"
PASS = "lambda *_, **__: course.checks.Verdict('passed', '')"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (INSIDE.format(f"course.checks._verdict = {PASS}"), "course.checks._verdict"),
        (f"from course.specification import Answer\nAnswer.close = Answer.require = lambda *_, **__: 0{BAD}", "Answer"),
        (
            f"import course.checks as c\nc._judge.__code__ = (lambda asked, subject: ('passed', '', '')).__code__{BAD}",
            "_judge",
        ),
        (f"from course.checks import EXERCISES\nvars(EXERCISES['02.2'])['specification'] = print{BAD}", "EXERCISES"),
    ],
    ids=["while it runs", "methods", "code", "specification"],
)
def test_an_answer_that_changes_its_judge_is_distrusted(judged, source, name):
    found = judged(source)
    assert (found.status, name in found.message) == ("distrusted", True), found


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        (f"import builtins\nbuiltins.len = builtins.set = lambda *_: 0{BAD}", "not yet", "not in the list"),
        (f"import sys\nsys.modules['course.checks'] = sys{BAD}", "not yet", "not in the list"),
        (f"{WRITES}{BAD}", "not yet", "not in the list"),
        ("from course.mine.scalar_engine import nodes_of", "not yet", "it is the course's own answer"),
        (
            "from course import mine\nnodes_of = mine.chapter(2).nodes_of",
            "not yet",
            "gives no nodes_of: 02.2 asks for it",
        ),
        (WRAPS.format("chapter(2)"), "not yet", "the engine of chapter 02 gives no nodes_of: 02.2 asks for it"),
        (WRAPS.format("chapter(9)"), "not yet", "the engine of chapter 09 gives no nodes_of: 02.2 asks for it"),
        (f"from course import mine\nValue = mine.chapter(2).Value{GOOD}", "passed", ""),
        (f"import sys\nsys.exit(){GOOD}", "not yet", "left Python by exit()"),
        (f"import itertools, os\nos.close(1)\nprint('x' * 10**7){GOOD}", "passed", ""),
        ("def other(root):\n    return []", "not yet", "nothing above the check is called nodes_of"),
        (INSIDE.format("bytearray(10**12)"), "not yet", "MemoryError"),
        (f"raise ValueError('\\ud800'){GOOD}", "not yet", "stopped with ValueError: ?"),
        (f"x = {'+'.join(['1'] * 20_000)}{GOOD}", "not yet", "nested too deeply"),
        (f"open('own.txt', 'w').close(){GOOD}", "passed", ""),
    ],
    ids=[
        "builtins",
        "modules",
        "pipes",
        "the course's own",
        "by its name",
        "by a call",
        "by a call of a later chapter's",
        "another part",
        "exit",
        "prints",
        "no name",
        "memory",
        "half a character",
        "deep",
        "own file",
    ],
)
def test_an_answer_gets_what_it_earns(judged, source, status, words):
    found = judged(source)
    assert (found.status, words in found.message, found.tried) == (status, True, []), found


@pytest.mark.parametrize(
    ("wants", "tried"),
    [
        ("open(r'{outside}', 'w')", "writing"),
        ("os.open('x', os.O_CREAT | os.O_WRONLY, dir_fd=os.open(r'{parent}', 0))", "reading"),
        ("open(course.checks.__file__, 'a')", "writing"),
        ("open(r'{secret}').read()", "reading"),
        ("os.remove(r'{secret}')", "os.remove"),
        ("os.symlink(r'{parent}', 'link')", "os.symlink"),
        ("os.system('echo')", "os.system"),
        ("__import__('socket').create_connection(('127.0.0.1', 9))", "socket.getaddrinfo"),
        ("__import__('ctypes').string_at(0)", "ctypes.string_at"),
    ],
)
def test_what_an_answer_may_not_do_is_refused_and_told(judged, tmp_path, wants, tried):
    secret = tmp_path / "secret.txt"
    secret.write_text("the exam", encoding="utf-8")
    wants = wants.format(outside=tmp_path / "new.txt", parent=tmp_path, secret=secret)
    found = judged(INSIDE.format(f"print({wants})"))
    assert found.status == "not yet" and "is refused while an answer is graded" in found.message
    assert [told.split()[0] for told in found.tried] == [tried] and "the exam" not in found.message
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]
    assert secret.read_text(encoding="utf-8") == "the exam"


# Goes down the frames to the judge's own, and writes a verdict with the password that it finds there.
FORGES = """def forge(frame):
    import json, os
    while frame is not None:
        found = frame.f_locals
        if "job" in found and "result" in found:
            os.write(found["result"], f"\\n{found['job']['token']} {json.dumps(['passed', '', []])}\\n".encode())
            os._exit(0)
        frame = frame.f_back
"""


@pytest.mark.parametrize(
    ("way", "tried"),
    [
        ("import sys\nforge(sys._getframe())", "sys._getframe"),
        ("import sys\nfor frame in sys._current_frames().values():\n    forge(frame)", "sys._current_frames"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    forge(error.__traceback__.tb_frame)", "tb_frame"),
        ("import inspect\nforge(inspect.currentframe())", "sys._getframe"),
    ],
    ids=["frame", "threads", "traceback", "inspect"],
)
def test_an_answer_that_forges_a_verdict_is_refused_and_told(judged, way, tried):
    found = judged(f"{FORGES}{way}{BAD}")
    assert (found.status, found.tried) == ("not yet", [tried]), found


def test_an_answer_may_use_libraries_that_look_at_frames(judged):
    uses = "from collections import namedtuple\nfrom typing import NamedTuple\nimport enum, logging, traceback\n"
    uses += "namedtuple('P', 'a')\nNamedTuple('T', [('a', int)])\nenum.Enum('E', 'A')\nlogging.warning('x')\n"
    uses += "try:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()\n"
    found = judged(f"{uses}{GOOD}")
    assert (found.status, found.tried) == ("passed", []), found


@pytest.mark.skipif(os.name != "posix", reason="only here can a process stop itself")
@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("import posix\nposix.abort()", "it ended Python before the check had a verdict"),
        (
            "import _signal\n_signal.raise_signal(_signal.SIGSTOP)",
            "it could not be stopped, and was ended after 13 seconds",
        ),
    ],
)
def test_an_answer_that_ends_or_stops_its_process_gets_no_points(judged, monkeypatch, does, words):
    monkeypatch.setattr("course.classroom.apart.START", 10.0)
    monkeypatch.setattr("course.classroom.apart.SECONDS", 0.0)
    found = judged(f"{does}{GOOD}")
    assert (found.status, words in found.message) == ("crashed", True), found


def test_a_judge_that_cannot_start_is_no_fault_of_the_answers(tmp_path):
    with copy_of_the_course() as copy:
        shutil.rmtree(copy / "course" / "exercises")
        with pytest.raises(RuntimeError, match="the process that judges did not start: .*exercises"):
            judge_apart(Job("02.2", "nodes_of", [GOOD], 0, None), copy)


def test_answers_of_arrays_and_of_the_chapter_above_are_judged():
    notebook = json.loads((ROOT / "notebooks" / "10_tensor_engine.ipynb").read_text(encoding="utf-8"))
    answers = solved("10_tensor_engine")
    for cell in notebook["cells"]:
        if role(cell) == "stub":
            cell["source"] = answers[cell["metadata"]["course"]["exercise"]]
    found = {job.exercise: job for _, job in jobs(marked(notebook))}
    assert list(found) == list(answers)
    with copy_of_the_course() as copy:
        assert [judge_apart(found[id], copy).status for id in ("10.1", "10.2")] == ["passed", "passed"]


def test_a_submission_is_put_into_the_order_of_the_assignment():
    source = marked(stripped(ROOT / "notebooks" / f"{SECOND}.ipynb"))
    theirs = json.loads(json.dumps(source))
    theirs["cells"] = [cell for cell in theirs["cells"] if cell["id"] not in ("ex-02-2-check", "words-02-4")][::-1]
    for cell in theirs["cells"]:
        cell["metadata"]["nbgrader"] = "nonsense"
    stub = next(cell for cell in theirs["cells"] if cell["id"] == "ex-02-1-stub")
    stub.update(cell_type="markdown", source="changed")
    warned = []
    found = restored(source, theirs, warned.append)
    assert [cell["id"] for cell in found["cells"]] == [cell["id"] for cell in source["cells"]]
    entries = [[cell["metadata"].get("nbgrader") for cell in cells] for cells in (found["cells"], source["cells"])]
    assert entries[0] == entries[1] and warned == []
    changed = next(cell for cell in found["cells"] if cell["id"] == "ex-02-1-stub")
    assert (changed["cell_type"], changed["source"]) == ("code", "changed")
    restored(source, {**theirs, "cells": [code("other", "1")]}, warned.append)
    bootstrap = next(cell for cell in source["cells"] if role(cell) == "bootstrap")
    restored(source, {**theirs, "cells": [bootstrap]}, warned.append)  # it stands in every chapter
    assert warned == ["None of the cells is one of the assignment's: is it another notebook?"] * 2
