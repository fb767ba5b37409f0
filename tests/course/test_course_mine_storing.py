"""Stored answers are whole or not there; the course's own takes the place of a damaged, changed or hanging one."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from mine_answers import ANSWERS

from course import copy, mine
from course.mine import answers
from course.mine.assemble import SAID

ROOT = Path(__file__).resolve().parents[2]
GOOD = ANSWERS["05.1"][0]


def used(id="05.1"):
    return id in mine.chapter(8)._used


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_stored_answer_is_used_in_its_chapter_and_later(store, capsys):
    store("05.1", GOOD)
    assert [number for number in range(1, 10) if "05.1" in mine.chapter(number)._used] == [5, 6, 7, 8, 9]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-10], "it was edited, and it stopped with SyntaxError"),
        (lambda text: "", "it was edited, and it defines no function agrees"),
        (
            lambda text: text.replace("<=", ">"),
            "it was edited, and it does not pass its check: agrees(12.0, cube, 2.0)",
        ),
        (lambda text: text.replace("measured =", "measured = unknown +"), "name 'unknown' is not defined"),
        (lambda text: text + "\nwhile True:\n    pass\n", "it was still running after 1 seconds"),
        (
            lambda text: text.replace("measured =", "while True: pass\n    measured ="),
            "was still running after 0.5 seconds",
        ),
        (lambda text: text + "\nraise SystemExit\n", "it left Python by exit()"),
        (lambda text: text + "\nimport os\nos._exit(1)\n", "it was edited, and os._exit() is refused"),
        (lambda text: text + "\nimport numpy\n", "it imports numpy"),
        (lambda text: text.replace("def agrees", "def agree"), "it defines no function agrees"),
        (
            lambda text: text.replace("def agrees(claimed, f, x):", "agrees = 3\ndef f():"),
            "it defines no function agrees",
        ),
        (lambda text: "# Exercise\n# The answer is (", "it defines no function agrees"),
    ],
    ids="cut empty wrong name hangs-early hangs exits ends imports renamed number nonsense".split(),
)
def test_a_damaged_answer_is_named_once_and_the_courses_own_takes_its_place(store, capsys, monkeypatch, damage, said):
    monkeypatch.setattr("course.mine.load.guarded.__defaults__", (1.0,))  # a reader's may take five times as long
    path = store("05.1", GOOD)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert not used()
    assert mine.chapter(8).agrees(12.0, lambda x: x**3, 2.0)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Your answer to 05.1 (") and "05.1.py) is not used: " in line and said in line
    assert line.endswith("The course's own takes its place.")
    mine.chapter(8)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"def agrees():\n    return '\xe9'\n", b"\0" * 100])
def test_a_file_that_is_no_text_is_named(store, capsys, content):
    store("05.1", GOOD).write_bytes(content)
    assert not used()
    assert "05.1.py) is not used: it " in capsys.readouterr().out


def test_a_folder_in_place_of_a_file_is_named(folder, capsys):
    (folder / "05.1.py").mkdir(parents=True)
    assert not used()
    assert "is not used: it cannot be read (" in capsys.readouterr().out


def test_an_answer_that_was_edited_and_still_passes_is_used_and_sealed_anew(store, capsys):
    path = store("05.1", GOOD)
    edit(path, "measured", "found")
    assert answers.read(path).changed == "it was edited"
    assert used() and capsys.readouterr().out == ""
    assert answers.read(path).changed == "" and "found" in path.read_text(encoding="utf-8")


def test_a_file_without_the_first_lines_is_checked_and_used(folder):
    folder.mkdir(parents=True)
    (folder / "05.1.py").write_text("# by Ada\n" + GOOD, encoding="utf-8")
    assert used()
    text = (folder / "05.1.py").read_text(encoding="utf-8")
    assert text.startswith("# Exercise 05.1") and "\n# by Ada\n" in text


def test_comments_of_the_readers_own_at_the_top_stay(store):
    path = store("05.1", "# Exercise 05.1, my second try\n# The answer is below\n" + GOOD)
    assert answers.read(path).changed == "" and used()
    assert answers.read(path).source.startswith("# Exercise 05.1, my second try\n")


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(store):
    path = store("05.1", "# größer\n" + GOOD.strip())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert answers.read(path).changed == ""
    assert used()


def test_a_check_that_has_changed_is_asked_again(store, exercises, monkeypatch, capsys):
    path = store("05.1", GOOD)
    before = answers.hash_of_check
    monkeypatch.setattr(answers, "hash_of_check", lambda id: f"a0{before(id)}")
    assert answers.read(path).changed == "its check has changed"
    assert used() and answers.read(path).changed == ""
    monkeypatch.setattr(answers, "hash_of_check", lambda id: f"b0{before(id)}")

    def stricter(answer):
        answer.require(False, "there is more to it now")

    object.__setattr__(exercises["05.1"], "specification", stricter)
    from course.mine import verify

    verify.why_not.cache_clear()
    mine.assemble.ENGINES.clear()
    assert not used()
    said = capsys.readouterr().out
    assert "is not used: its check has changed, and it does not pass its check: there is more to it now." in said


def test_what_is_stored_or_removed_meanwhile_changes_the_engine_that_is_in_use(store, folder):
    engine = mine.chapter(5)
    value, own = engine.Value, engine.agrees
    path = store("05.1", GOOD)
    assert engine.agrees is own  # until it is asked for again
    assert mine.chapter(5) is engine and engine.agrees is not own and engine.Value is value
    path.unlink()
    assert mine.chapter(5).agrees is own


def test_methods_of_an_earlier_answer_do_not_stay(store):
    value = mine.chapter(4).Value
    before = dict(vars(value))
    path = store("02.1", ANSWERS["02.1"][1])
    mine.chapter(4)
    assert "_combine" in vars(value) and vars(value)["__neg__"] is not before["__neg__"]
    assert (2 - value(3.0) * value(2.0)).op == "-"
    path.unlink()
    mine.chapter(4)
    assert dict(vars(value)) == before


def test_two_answers_that_do_not_go_together_are_told_apart(store, capsys):
    store("05.3", ANSWERS["05.3"][1])  # makes lists of parents
    store("04.2", ANSWERS["04.2"][0].replace("for p in node.parents", "for p in () + node.parents"))  # wants tuples
    assert mine.chapter(8)._used.keys() == {"04.2"}
    said = capsys.readouterr().out
    assert "Your answer to 05.3" in said and "with it in the engine, it stopped with TypeError" in said


# ---- where answers are stored


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ("my-course", "my-course/answers"),
        ("my-course/solutions", "my-course/answers"),
        ("notebooks", None),
        ("tests", None),
        ("", None),
        ("..", "my-course/answers"),  # as on Colab
        ("../elsewhere", None),
    ],
)
def test_answers_are_stored_in_the_copy_and_on_colab_only(tmp_path, monkeypatch, here, expected):
    root = tmp_path / "course"
    place = root / here
    root.mkdir()
    place.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(answers, "ROOT", root)
    monkeypatch.setattr(answers, "COPY", root / "my-course")
    monkeypatch.chdir(place)
    monkeypatch.delenv("COURSE_ANSWERS", raising=False)
    assert answers.folder() == (root / expected if expected else None)
    monkeypatch.setenv("COURSE_ANSWERS", "OFF")
    assert answers.folder() is None
    monkeypatch.setenv("COURSE_ANSWERS", "somewhere")
    assert answers.folder() == Path.cwd() / "somewhere"


def test_tests_run_with_storing_off():
    assert os.environ["COURSE_ANSWERS"] == "off" and answers.folder() is None


def test_the_renewal_of_the_copy_leaves_answers_alone(store, folder, tmp_path):
    path = store("05.1", GOOD)
    before = path.read_bytes(), path.stat().st_mtime_ns
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    for _ in range(2):
        copy.renew(ROOT, folder.parent)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert sorted(file.name for file in folder.iterdir()) == ["05.1.py", "notes.txt"]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "my-course/" in ignored


def test_a_disk_that_cannot_be_written_gives_a_sentence(run, folder, capsys):
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("a file where the folder should be", encoding="utf-8")
    run("def agrees(c, f, x):\n    return abs(c - (f(x + 1e-5) - f(x - 1e-5)) / 2e-5) < 1e-6", 'check("05.1", agrees)')
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Exercise 05.1 · passed. Well done."
    assert said[1].startswith("  It could not be stored in ") and said[1].endswith("The chapter goes on without.")
    assert mine.chapter(8)._used == {}
    mine.report()


def test_a_disk_that_is_read_only_gives_a_sentence_and_answers_are_read(store, run, capsys, monkeypatch):
    path = store("05.1", GOOD)
    edit(path, "measured", "found")

    def refuse(path, write, rehearsal=False):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(answers, "write_whole", refuse)
    assert used()
    run(GOOD.replace("central_difference(f, x)", "(f(x + 1e-5) - f(x - 1e-5)) / 2e-5"), 'check("05.1", agrees)')
    assert "could not be stored" in (said := capsys.readouterr().out) and "Read-only file system" in said


PROGRAM = """
import os, sys
from pathlib import Path
os.environ["COURSE_ANSWERS"] = "off"
from course.mine import answers
place, marker, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
source = "\\n".join(f"line_{i} = '{marker}'" for i in range(500)) + "\\n"
for _ in range(times):
    answers.write(place, answers.Stored("02.2", "nodes_of", source))
    answers.write(place, answers.Stored("02.2", "nodes_of", source.upper()))
"""


def start(folder, marker, times, program=PROGRAM):
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder), marker, str(times)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def test_two_kernels_that_write_the_same_answer_never_leave_half_of_one(folder):
    writers = [start(folder, marker, 40) for marker in ("a", "b")]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        path = folder / "02.2.py"
        if path.exists():
            stored = answers.read(path)
            assert stored.changed != "it was edited" and stored.source.count("\n") == 500
            seen.add(stored.source)
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    assert seen
    assert [file.name for file in folder.iterdir()] == ["02.2.py"]


def test_a_kernel_that_is_killed_while_it_writes_leaves_the_answer_as_it_was(store, folder):
    path = store("05.1", GOOD)
    before = path.read_bytes()
    killed = """
        import os, sys
        from pathlib import Path
        from course.mine import answers
        os.fsync = lambda file: os._exit(9)  # written in part, and not yet under its name
        answers.write(Path(sys.argv[1]), answers.Stored("05.1", "agrees", "new = 1\\n"))
    """
    program = start(folder, "", 0, killed)
    program.communicate()
    assert program.returncode == 9
    assert path.read_bytes() == before and len(list(folder.iterdir())) == 2
    assert used()
    store("05.1", GOOD + "\n\n# another")
    assert [file.name for file in folder.iterdir()] == ["05.1.py"]


def test_an_answer_that_is_stored_already_is_not_written_again(store):
    path = store("05.1", GOOD)
    before = path.stat().st_ino, path.stat().st_mtime_ns
    store("05.1", GOOD)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before


def test_other_files_among_the_answers_are_passed_over(store, folder):
    store("05.1", GOOD)
    for name in ("notes.py", "05.1 copy.py", "5.1.py", "05.1.py.host.123.abcdef01.part", "99.9.py"):
        (folder / name).write_text("raise SystemExit\n", encoding="utf-8")
    assert mine.chapter(8)._used.keys() == {"05.1"}
    assert not SAID


def test_inside_an_answer_that_is_being_checked_the_engine_is_not_renewed(run, folder, capsys):
    run(
        "def agrees(c, f, x):\n    return mine.chapter(5).agrees(c, f, x)",
        'check("05.1", agrees)',
    )
    assert "cannot become part of your engine: run by itself, it imports course" in capsys.readouterr().out
