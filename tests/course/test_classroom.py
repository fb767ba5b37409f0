"""What a teacher hands out: a release without solutions, written whole, and never over what somebody changed."""

import errno
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import ended
from notebook_files import CHAPTERS, ROOT, cells, exercises, role

from course import copy, lab
from course.classroom import __main__ as classroom
from course.classroom import assignment, release
from course.classroom.grade import again_since, is_late, is_newer, overlooked, require_submissions, submission
from course.classroom.needed import needed
from course.copy import stripped

TWO = [path.stem for path in CHAPTERS if path.name[:2] in ("02", "04")]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A plain release of two chapters."""
    folder = tmp_path_factory.mktemp("plain") / "autumn"
    release.release(folder, ["4", "02_expression_graphs"])
    return folder


@pytest.fixture
def small(tmp_path):
    """A course of few files, so that many releases can be made of it."""
    for name in ("autograd/__init__.py", "course/__init__.py", "requirements.txt"):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text("# one\n", encoding="utf-8")
    for number in ("02", "04"):
        chapter(tmp_path / "root", number, "one")
    return tmp_path / "root"


def chapter(root, number, text):
    path = root / "notebooks" / f"{number}_chapter.ipynb"
    path.parent.mkdir(exist_ok=True)
    cell = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {text}"}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(arguments, capsys):
    """Run the command, which must end with one sentence and no file, and return the sentence."""
    code, printed, error = ended(classroom.main, arguments, capsys)
    assert (code, printed, error.count("\n")) == (1, "", 1)
    return error


def test_a_release_has_what_a_machine_needs_and_no_solution(plain):
    names = set(contents(plain))
    assert {"README.md", "requirements.txt", "constraints.txt", "scripts/environment.py", "LICENSE"} <= names
    assert {"data/names.txt", "data/course.txt", "course/lab.py", "autograd/scalar/engine.py"} <= names
    assert sorted(name for name in names if name.endswith(".ipynb")) == [f"notebooks/{name}.ipynb" for name in TWO]
    assert [name for name in names if re.search("__pycache__|mnist|solutions|tests/", name)] == ["course/mnist.py"]
    first = release.without_solutions(stripped(CHAPTERS[0]), set())
    assert "an exercise, its check and its hints (exercise 00.1)" in "".join(map(release.text, first["cells"]))
    for name in TWO:
        path = plain / "notebooks" / f"{name}.ipynb"
        text = path.read_text(encoding="utf-8")
        assert [words for words in ("solutions/", "olution tells", "For instructors") if words in text] == []
        assert [cell for cell in cells(path, "code") if cell["outputs"] or cell["execution_count"]] == []
        original = ROOT / "notebooks" / path.name
        assert [cell["source"] for cell in cells(path, "code")] == [cell["source"] for cell in cells(original, "code")]
        assert "nbgrader" not in text


def test_a_release_starts_as_its_readme_says(plain):
    readme = (plain / "README.md").read_text(encoding="utf-8")
    for program in re.findall(r"(?:python3|py) (\S+\.py)", readme):
        assert (plain / program.replace("\\", "/")).is_file()
    assert {*re.findall(r"python -m ([\w.]+)", readme)} == {"course.lab"}
    done = subprocess.run([sys.executable, "-m", "course.copy"], cwd=plain, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (plain / "my-course").glob("*.ipynb")) == [f"{name}.ipynb" for name in TWO]
    for name in TWO:  # to make a copy of a copy changes nothing
        handed_out, copied = (cells(plain / folder / f"{name}.ipynb") for folder in ("notebooks", "my-course"))
        assert copied == handed_out
    assert lab.first(plain) == f"my-course/{TWO[0]}.ipynb"
    checked = "from course import check; check('02.2', ...)"
    done = subprocess.run([sys.executable, "-c", checked], cwd=plain, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Exercise 02.2 · not attempted yet.")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_exercise_has_points_by_its_difficulty_and_a_hidden_test(path):
    marked = assignment.marked(stripped(path))
    graded = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in marked["cells"] if "nbgrader" in cell["metadata"]
    }
    for id, parts in exercises(path).items():
        stub, check = graded.pop(f"answer-{id.replace('.', '-')}"), graded.pop(f"exercise-{id.replace('.', '-')}")
        dots = re.search(r"[●○]{3}", parts["card"]["source"])[0]
        assert check["metadata"]["nbgrader"]["points"] == dots.count("●")
        assert check["metadata"]["nbgrader"]["locked"] and stub["metadata"]["nbgrader"]["solution"]
        compile(check["source"], "check", "exec")
        assert f'judge("{id}", ' in check["source"].split("### BEGIN HIDDEN TESTS")[1]
    assert all(cell["cell_type"] == "markdown" and entry.startswith("words-") for entry, cell in graded.items())


def test_questions_that_want_words_get_a_cell_that_is_graded_by_hand():
    found = [
        cell["metadata"]["course"]["exercise"]
        for path in CHAPTERS
        for cell in assignment.marked(stripped(path))["cells"]
        if role(cell) == "words"
    ]
    cards = [(id, parts["card"]["source"]) for path in CHAPTERS for id, parts in exercises(path).items()]
    asking = [
        id for id, text in cards if re.search(r"^.*\b(on|On) paper\b.*\?|^.*\bgo further\b.*\?", text, re.MULTILINE)
    ]
    assert found == asking and len(found) >= 7


def test_the_hidden_test_judges_and_neither_prints_nor_stores(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_ANSWERS", str(tmp_path))
    [check] = [cell for cell in assignment.marked(stripped(CHAPTERS[0]))["cells"] if role(cell) == "check"]
    hidden = check["source"].split("### BEGIN HIDDEN TESTS")[1]
    space = {}
    exec(exercises(ROOT / "notebooks" / "solutions" / CHAPTERS[0].name)["00.1"]["solution"]["source"], space)
    exec(hidden, space)
    for wrong in (lambda scores, labels: 0.5, ...):
        with pytest.raises(AssertionError):
            exec(hidden, {"accuracy": wrong})
    assert capsys.readouterr() == ("", "") and [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("nbgrader", [False, True])
def test_an_untouched_release_is_renewed_and_grows(small, tmp_path, nbgrader):
    folder = tmp_path / "autumn"
    release.release(folder, ["02"], nbgrader, small)
    submitted = folder / "submitted" / "ada" / "02_chapter" / "02_chapter.ipynb"
    submitted.parent.mkdir(parents=True)
    submitted.write_text("what Ada wrote", encoding="utf-8")
    (small / "course" / "new.py").write_text("# new\n", encoding="utf-8")
    (small / "requirements.txt").unlink()
    said = release.release(folder, ["04"], nbgrader, small)
    assert "2 chapters: 02_chapter, 04_chapter" in said[0]
    fresh = tmp_path / "fresh"
    release.release(fresh, ["02", "04"], nbgrader, small)
    assert contents(folder) == contents(fresh) | {"submitted/ada/02_chapter/02_chapter.ipynb": b"what Ada wrote"}
    release.release(folder, ["04"], nbgrader, small)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["autumn", "fresh", "root"]


def test_what_somebody_changed_is_never_replaced(small, tmp_path):
    folder = tmp_path / "autumn"
    release.release(folder, ["02"], root=small)
    for change in ("notebooks/02_chapter.ipynb", "notebooks/04_chapter.ipynb"):
        (folder / change).write_text("the teacher's own", encoding="utf-8")
        before = contents(folder)
        with pytest.raises(release.Refusal, match=rf"changed since it was released \({re.escape(change)}\)"):
            release.release(folder, ["04"], root=small)
        assert contents(folder) == before
        (folder / change).unlink()
    with pytest.raises(release.Refusal, match="without nbgrader: name another folder"):
        release.release(folder, ["04"], nbgrader=True, root=small)


@pytest.mark.parametrize("moment", range(1, 7))
def test_a_release_that_is_interrupted_is_finished_by_the_next(small, tmp_path, monkeypatch, moment):
    folder = tmp_path / "autumn"
    release.release(folder, ["02"], root=small)
    chapter(small, "02", "two")
    replace, calls = release.os.replace, []

    def interrupted(source, target):
        calls.append(target)
        if len(calls) == moment:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(release.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        release.release(folder, ["04"], root=small)
    monkeypatch.undo()
    release.release(folder, ["04"], root=small)
    release.release(tmp_path / "fresh", ["02", "04"], root=small)
    assert contents(folder) == contents(tmp_path / "fresh")


@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_leaves_everything_as_it_was(small, tmp_path, monkeypatch, capsys, there):
    folder = tmp_path / "autumn"
    if there:
        release.release(folder, ["02"], root=small)
    before, write = contents(tmp_path), Path.write_bytes

    def full(path, content):
        if path.name == "README.md":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(classroom, "release", lambda *arguments: release.release(*arguments, root=small))
    said = told(["release", folder, "04"], capsys)
    assert (
        said.startswith("The release could not be written, and nothing of yours was changed: ")
        and "No space left" in said
    )
    monkeypatch.undo()
    assert contents(tmp_path) == before and folder.exists() == there


def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path, capsys, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    (tmp_path / "file").touch()
    known = ", ".join(path.name[:2] for path in CHAPTERS)
    assert told(["release", tmp_path / "new", "42"], capsys) == f"There is no chapter 42: the course has {known}.\n"
    assert told(["release", tmp_path / "mine", "02"], capsys).startswith(
        f"{tmp_path / 'mine'} exists and is no release"
    )
    assert (
        told(["release", tmp_path / "file", "02"], capsys) == f"{tmp_path / 'file'} is no folder: name another one.\n"
    )
    assert f"File exists ({tmp_path / 'file'})" in told(["release", tmp_path / "file" / "below", "02"], capsys)
    monkeypatch.setattr(classroom, "find_spec", lambda name: "found")
    assert "is no release for nbgrader" in told(["grade", tmp_path / "new"], capsys)
    monkeypatch.setattr(classroom, "find_spec", lambda name: None)
    for arguments in (["release", tmp_path / "new", "02", "--nbgrader"], ["grade", tmp_path / "new"]):
        assert (
            told(arguments, capsys)
            == "nbgrader is not installed here: `python -m pip install nbgrader==0.9.6` installs it.\n"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys, monkeypatch):
    def refused(*arguments, **named):  # whoever runs the tests may be allowed everything
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr(release.tempfile, "mkdtemp", refused)
    said = told(["release", tmp_path / "new", "02"], capsys)
    assert said.startswith("The release could not be written") and "Permission denied" in said and str(tmp_path) in said


CELLS = [
    "import math\nimport random\nLIMIT = 3",
    "table = {}\nother = [n for n in range(3)]\nx = 1",
    "table['a'] = math.pi\nother.append(x)\nrandom.seed(0)",
    "def helper(n):\n    return later(n) + table['a']",
    "%matplotlib inline\nfor number in range(LIMIT):\n    print(number)",
    "this is no Python",
    "def later(n):\n    return n",
    "unused = helper(1)\ndef answer(n):\n    return helper(n)",
]


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("later", 6, ["6 def later(n):"]),
        ("number", None, ["0 LIMIT = 3", "4 for number in range(LIMIT):"]),
        ("other", None, ["1 other = [n for n in range(3)]", "1 x = 1", "2 other.append(x)"]),
        (
            "answer",
            7,
            ["0 import math", "1 table = {}", "2 table['a'] = math.pi", "3 def helper(n):", "6 def later(n):"]
            + ["7 unused = helper(1)", "7 def answer(n):"],
        ),
    ],
)
def test_an_answer_brings_what_it_needs_and_nothing_else(name, own, expected):
    found = needed(CELLS, own, name)
    assert [
        f"{s.cell} {release.text({'source': [CELLS[s.cell]]}).splitlines()[s.node.lineno - 1]}" for s in found
    ] == expected


def test_a_cell_nested_too_deeply_to_be_read_is_no_python():
    assert needed(["x = " + "-" * 200_000 + "1", "y = 2"], 0, "y")[0].cell == 1


def test_an_assignment_is_made_when_there_is_none_and_when_it_was_renewed(tmp_path):
    source, made = tmp_path / "source", tmp_path / "made"
    for folder in (source, made):
        folder.mkdir()
    (source / "02.ipynb").touch()
    assert is_newer(source, made) and is_newer(source, tmp_path / "nowhere")
    (made / "02.ipynb").touch()
    os.utime(source / "02.ipynb", (1, 1))
    assert not is_newer(source, made)
    os.utime(made / "02.ipynb", (0, 0))
    assert is_newer(source, made)


def test_what_was_handed_in_and_is_not_graded_is_named(tmp_path):
    name = "02_expression_graphs"
    files = {
        f"submitted/ada/{name}/{name}.ipynb": "right",
        f"submitted/ada/{name}/.ipynb_checkpoints/{name}.ipynb": "made by JupyterLab",
        f"submitted/bob/graphs/{name}.ipynb": "wrong folder",
        f"submitted/cy/{name}.ipynb": "no folder",
        f"downloaded/{name}/archive/dee_{name}.ipynb": "right",
        f"downloaded/{name}/extracted/dee_{name}.ipynb": "right",
        f"downloaded/{name}/archive/Eve.ipynb": "no chapter in its name",
        f"downloaded/{name}/extracted/Eve.ipynb": "no chapter in its name",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    found = [sentence.split(" is not graded")[0] for sentence in overlooked(tmp_path, [name])]
    assert found == [
        str(tmp_path / "submitted" / "bob" / "graphs" / f"{name}.ipynb"),
        str(tmp_path / "submitted" / "cy" / f"{name}.ipynb"),
        str(tmp_path / "downloaded" / name / "extracted" / "Eve.ipynb"),
    ]
    archive = tmp_path / "downloaded" / name / "archive"
    (archive / f"dee_{name}.ipynb").write_text("a second time", encoding="utf-8")
    (archive / f"fay_{name}.ipynb").write_text("late", encoding="utf-8")
    last = overlooked(tmp_path, [name])[-1]
    assert last.startswith(f"dee_{name}.ipynb, fay_{name}.ipynb came after ") and "zip_collect" in last
    assert last.endswith(f"`grade {tmp_path} --again dee fay`.")
    (archive / "all.ipynb").touch()  # nobody knows whose
    assert overlooked(tmp_path, [name])[-1].endswith(f"`grade {tmp_path} --again`.")


def test_a_second_file_after_grading_is_noticed(tmp_path):
    name = "02_expression_graphs"
    graded = tmp_path / "autograded" / "ada" / name / f"{name}.ipynb"
    for path in (submission(tmp_path, "ada", name), graded):
        path.parent.mkdir(parents=True)
        path.write_text("", encoding="utf-8")
    os.utime(graded, (1000, 1000))
    os.utime(submission(tmp_path, "ada", name), (999, 999))
    assert not is_late(tmp_path, "ada", name)
    os.utime(submission(tmp_path, "ada", name), (1001, 1001))
    assert is_late(tmp_path, "ada", name)
    assert again_since(tmp_path, "ada", name).endswith(f"`grade {tmp_path} --again ada` grades it.")


@pytest.mark.parametrize(
    ("arguments", "again", "students"),
    [
        ("autumn", False, []),
        ("autumn --again", True, []),
        ("--again autumn", True, []),
        ("autumn --again ada", False, ["ada"]),
        ("autumn --again ada bob", False, ["ada", "bob"]),
        ("autumn --again ada --again bob", False, ["ada", "bob"]),
        ("--again ada --again -- autumn", True, ["ada"]),
    ],
)
def test_who_is_graded_again_can_be_named(monkeypatch, arguments, again, students):
    asked = []
    monkeypatch.setattr(classroom, "find_spec", lambda name: True)
    monkeypatch.setattr(classroom, "grade", lambda *given: asked.append(given) or ([], True))
    assert classroom.main(["grade", *arguments.split()]) == 0
    assert asked == [(Path("autumn"), again, students)]


@pytest.mark.parametrize("arguments", ["", "--again", "--again ada bob"])
def test_without_a_folder_it_is_said_where_it_stands(arguments, capsys):
    with pytest.raises(SystemExit):
        classroom.main(["grade", *arguments.split()])
    assert "the FOLDER of the release is missing: it comes first" in capsys.readouterr().err


def test_who_has_handed_in_nothing_is_named_before_anybody_is_graded(tmp_path):
    name = "02_expression_graphs"
    submission(tmp_path, "ada", name).parent.mkdir(parents=True)
    archive = tmp_path / "downloaded" / name / "archive"
    archive.mkdir(parents=True)
    (archive / f"bob_{name}.ipynb").touch()
    require_submissions(tmp_path, [name], ["ada", "bob"])
    with pytest.raises(release.Refusal) as refusal:
        require_submissions(tmp_path, [name], ["ada", "adda", "zed"])
    assert str(refusal.value) == (
        "adda, zed have handed in nothing, so nobody was graded. Names are those of the folders in "
        f"{tmp_path / 'submitted'}: ada, bob. Similar names: adda: ada."
    )
    (archive / "all.zip").touch()  # what is in it is known when it is unpacked
    require_submissions(tmp_path, [name], ["zed"])


def test_the_classroom_needs_nbgrader_only_where_it_grades():
    program = "import sys; import course.classroom.__main__; print('nbgrader' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n" and importlib.util.find_spec("course.classroom.grading")
    assert copy.ROOT == ROOT
