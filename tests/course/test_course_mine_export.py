"""The reader's engine computes what the course's own does, and is exported as one file that needs nothing else."""

import ast
import itertools
import os
import random
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from mine_answers import ANSWERS
from notebook_files import CHAPTERS, exercises

from course import mine
from course.mine import __main__ as command
from course.mine import answers, cells, exporting, own, trial
from course.mine.parts import LAST, LAST_SCALAR, PARTS, SCALAR, parts
from course.mine.rename import renamed

ROOT = Path(__file__).resolve().parents[2]


def losses(engine, steps=2, count=10, widths=(8, 4, 2)):
    """The losses of a small training on two arcs, as chapter 08 trains."""
    points = [[(i % 5) / 5 - 0.3 * (i % 2), (i % 3) / 2] for i in range(2 * count)]
    training, labels, *_ = engine.split(points, [i % 2 for i in range(2 * count)], 0.5, random.Random(1))
    network = engine.MLP(2, list(widths), random.Random(0), "relu")
    optimizer, rng, found = engine.SGD(network.parameters(), 0.1), random.Random(0), []
    for _ in range(steps):
        for batch in engine.minibatches(count, 5, rng):

            def loss_of(batch=batch):
                return sum(engine.cross_entropy(network(training[i]), labels[i]) for i in batch) / len(batch)

            found += engine.fit(loss_of, optimizer, 1)
    return found


def styles():
    """Which answers are stored: none, all in each style, halves of them, and some at random.

    The halves are those whose places have the same digit in the binary system. Any two places differ in a digit, so
    each part is the course's own beside every other of the reader's.
    """
    every = sorted(ANSWERS)
    yield {}
    for style in range(3):
        yield {id: ANSWERS[id][min(style, len(ANSWERS[id]) - 1)] for id in every}
    for digit in range(len(every).bit_length()):
        for side in (0, 1):
            yield {id: ANSWERS[id][0] for place, id in enumerate(every) if place >> digit & 1 == side}
    rng = random.Random(0)
    for _ in range(4):
        yield {id: rng.choice(ANSWERS[id]) for id in every if rng.random() < 0.6}


def test_whichever_answers_are_stored_the_losses_are_the_same(store, folder, monkeypatch):
    same, compared = trial.require_same, []
    monkeypatch.setattr(trial, "require_same", lambda *tried: same(*tried) or compared.append(tried))
    expected = losses(own.own_engine(LAST_SCALAR))
    assert len(expected) == 4 and len(set(expected)) == 4
    for chosen in styles():
        for path in folder.glob("*.py"):
            path.unlink()
        for id, source in chosen.items():
            store(id, source)
        engine, arrays = mine.chapter(LAST_SCALAR), mine.chapter(LAST)
        assert engine._used.keys() == chosen.keys() & parts(LAST_SCALAR).keys() and engine._refused == {}
        assert losses(engine) == pytest.approx(expected, rel=1e-12, abs=0), sorted(chosen)
        assert arrays._used.keys() == chosen.keys() & parts(LAST).keys() and arrays._refused == {}
        assert not arrays._used or (arrays._module, LAST) in compared
        compared.clear()


def test_a_step_of_the_moons_is_the_same_with_every_part_the_readers(store):
    for id, written in ANSWERS.items():
        store(id, written[-1])
    engine = mine.chapter(LAST_SCALAR)
    assert engine._used.keys() == parts(LAST_SCALAR).keys()
    expected, _ = trial.reference(LAST_SCALAR, trial.MOONS)
    got = trial.training(engine._module, *trial.MOONS)
    for what, numbers in got.items():
        assert numbers == pytest.approx(expected[what], rel=1e-9, abs=1e-15)
    assert len(got["the slopes of a training step"]) == 2 * 32 + 32 + 32 * 16 + 16 + 16 * 2 + 2


def test_every_part_has_its_place_in_the_engine_and_an_answer_here():
    marks = {file: re.findall(r"# Exercise (\d\d\.\d)", file.read_text(encoding="utf-8")) for file in own.SOURCES}
    assert list(dict.fromkeys(marks[own.SOURCE])) == list(SCALAR)
    assert sorted(set(sum(marks.values(), []))) == list(PARTS) == sorted(ANSWERS)


def test_every_part_has_the_name_that_its_exercise_asks_for():
    stubs = {id: parts["stub"]["source"] for path in CHAPTERS for id, parts in exercises(path).items()}
    asked = {id: [n for node in ast.parse(stubs[id]).body for n in cells.bound(node)] for id in PARTS}
    assert {id: names for id, names in asked.items() if PARTS[id].answer not in names} == {}
    methods = re.findall(r"def (\w+)\(.*\):\n        return \.\.\.", stubs["02.1"])
    assert sorted(methods) == sorted(PARTS["02.1"].methods)


def test_the_courses_engine_needs_the_standard_library_alone():
    program = "import sys; import scalar_engine; print(scalar_engine.Value(2.0) * 3)"
    command_line = [
        sys.executable,
        "-I",
        "-c",
        f"import sys; sys.path.insert(0, {str(own.SOURCE.parent)!r}); {program}",
    ]
    assert subprocess.run(command_line, capture_output=True, text=True, check=True).stdout == "Value(6.0)\n"


def test_the_report_says_whose_each_part_is(store, capsys):
    for id in ("02.1", "04.3"):
        store(id, ANSWERS[id][0])
    answers.write(answers.folder(), answers.Stored("07.2", "fit", "fit = 1\n", beside="it is too slow"))
    store("05.1", "def agrees(c, f, x):\n    return True\n").write_text("agrees = 1", encoding="utf-8")
    mine.report()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Your answer to 05.1")
    assert lines[1] == f"2 of the {len(PARTS)} parts of the engine are yours."
    whose = {line.split()[0]: line for line in lines[2:]}
    assert whose["02.1"].endswith(" yours") and whose["04.3"].endswith(" yours")
    assert whose["07.2"].endswith("the course's: it is too slow") and whose["08.3"].endswith(" the course's")
    assert "the course's: it was edited" in whose["05.1"]


def test_progress_shows_every_exercise_on_one_page(store, capsys):
    store("02.2", ANSWERS["02.2"][0])
    mine.progress()
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"1 of \d\d exercises passed \(x\)\. \* marks parts of the engine\.", lines[0])
    assert "02 · Expression graphs" in lines
    assert next(line for line in lines if "02.2" in line).startswith("  x 02.2* ")
    assert next(line for line in lines if "02.3" in line).startswith("  · 02.3* ")
    assert next(line for line in lines if "04.3" in line) == "  · 04.3* backward"  # a page of plain text


def test_where_nothing_is_stored_report_and_progress_say_so(capsys, monkeypatch):
    monkeypatch.setenv("COURSE_ANSWERS", "off")
    for show in (mine.report, mine.progress):
        show()
        assert capsys.readouterr().out.splitlines()[-1] == answers.OFF


# ---- the exported file


@pytest.fixture
def exported(store, tmp_path):
    """Export an engine with these answers, and return the path."""

    def make(chosen, name="my_autograd.py"):
        for id, source in chosen.items():
            store(id, source)
        return tmp_path / name, exporting.write(tmp_path / name)

    return make


def run_alone(path, *command_line):
    """Run a program in an environment that has nothing but Python, in the folder of a file."""
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # by Python, on Windows
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **needed}
    done = subprocess.run(command_line, cwd=path.parent, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clean_python(tmp_path_factory):
    place = tmp_path_factory.mktemp("clean")
    venv.create(place, with_pip=False, symlinks=sys.platform != "win32")
    return str(place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


@pytest.mark.parametrize("style", range(4))
def test_an_export_runs_where_nothing_is_installed(exported, clean_python, style):
    some = dict(itertools.islice(ANSWERS.items(), 0, None, 2)) if style == 3 else ANSWERS
    every = {id: written[min(style, len(written) - 1)] for id, written in some.items()}
    path, said = exported(every)
    chosen = every.keys() & SCALAR.keys()
    tests = path.with_name("test_my_autograd.py")
    parts = f"{len(chosen)} of its {len(SCALAR)} parts are yours"
    assert said[0] == f"{path}: the engine of single numbers; {parts}. Test it: python {tests}"
    assert len(said) == 2 and said[1].startswith(
        "The engine of arrays, of which you wrote parts as well, is another file."
    )
    printed = run_alone(path, clean_python, "test_my_autograd.py")
    assert printed.count("passed: ") == 11
    modules = run_alone(path, clean_python, "-c", "import my_autograd, sys; print(*sorted(sys.modules))").split()
    assert not {"autograd", "course", "numpy"} & set(modules)
    text = path.read_text(encoding="utf-8")
    marks = re.findall(r"^ *# Exercise ([\d.]+): my own code$", text, re.MULTILINE)
    assert set(marks) == chosen
    assert set(re.findall(r"^ *# Exercise ([\d.]+): the course's code$", text, re.MULTILINE)) == SCALAR.keys() - chosen


def test_pytest_runs_the_exported_tests_too(exported):
    path, _ = exported({id: written[0] for id, written in ANSWERS.items()})
    command_line = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent))
    assert "11 passed" in run_alone(path, *command_line, "test_my_autograd.py")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return b, a", "return a, b"),
        ("parent.grad += node.grad * slope", "parent.grad = node.grad * slope"),
        ("1 - y * y", "1 - y"),
        ("root.grad += 1.0", "root.grad = 1.0\n    for node in order:\n        node.grad = float(node is root)"),
        ("return total.log() - shifted[label]", "return total.log() + shifted[label]"),
        ("parameter.data -= self.lr", "parameter.data += self.lr"),
        ("largest = max(score.data for score in scores)", "largest = 0.0"),
        ("for node in (*ys, *xs)", "for node in (*xs, *ys)"),
        ("1e-6 * max(1.0, abs(measured))", "1.0"),
    ],
)
def test_the_exported_tests_find_a_wrong_engine(exported, old, new):
    path, _ = exported({})
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = subprocess.run([sys.executable, "test_my_autograd.py"], cwd=path.parent, capture_output=True, check=False)
    assert done.returncode == 1


def test_helpers_of_one_name_do_not_meet(exported):
    path, _ = exported({id: written[-1] for id, written in ANSWERS.items()})
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(names) == len(set(names))
    assert {"push", "push_02_3", "push_03_3", "push_04_2", "push_05_2", "sigmoid_08_2"} <= set(names)


def test_a_helper_that_two_answers_have_in_common_is_written_once(exported):
    helper = "def above(node):\n    return node.parents\n\n\n"
    chosen = {id: helper + ANSWERS[id][0].replace("node.parents", "above(node)") for id in ("02.3", "04.2")}
    path, said = exported(chosen)
    assert f"; 2 of its {len(SCALAR)} parts are yours" in said[0]
    assert path.read_text(encoding="utf-8").count("def above") == 1


def test_functions_without_a_docstring_get_the_courses(exported):
    path, _ = exported({id: written[0] for id, written in ANSWERS.items()})
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {n.name: ast.get_docstring(n) for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    assert docs["topological_order"] == "Leaves first, the result last."
    assert docs["backward"] == "Add to every leaf's `grad` the slope of `root` with respect to it."
    assert docs["inputs_first"] == "Return all nodes of a graph, each after its parents, `root` last."
    assert docs["Value"].startswith("A number in a graph") and docs["Neuron"].startswith("bend(bias")


def test_tabs_and_odd_characters_are_merged(exported):
    tabs = {id: ANSWERS[id][0].replace("    ", "\t") for id in ("02.1", "04.3", "06.1")}
    tabs["04.3"] = "# \x0c\u2028\n" + tabs["04.3"]
    path, said = exported(tabs)
    assert f"; 3 of its {len(SCALAR)} parts are yours" in said[0], said
    assert '\t"""Add to every' in path.read_text(encoding="utf-8")


def test_an_answer_that_cannot_be_merged_is_named_and_the_courses_stands_in(exported):
    inherits = ANSWERS["02.1"][0].replace("class MyValue:", "class Base:\n    pass\n\n\nclass MyValue(Base):")
    path, said = exported({"02.1": inherits, "04.3": ANSWERS["04.3"][0]})
    assert f"; 1 of its {len(SCALAR)} parts are yours" in said[0]
    assert said[1] == "Your answer to 02.1 is not in it: its class is not written out in one place."


def test_another_file_is_not_overwritten(exported, tmp_path):
    path, _ = exported({})
    tests = tmp_path / "test_my_autograd.py"
    exporting.write(path)  # an export as it was left is replaced
    for file in (path, tests):
        mine_now = file.read_text(encoding="utf-8") + "# my own line\n"
        file.write_text(mine_now, encoding="utf-8")
        with pytest.raises(exporting.Refusal, match=f"{file.name} is there already.*--replace"):
            exporting.write(path)
        assert file.read_text(encoding="utf-8") == mine_now
        exporting.write(path, replace=True)
        assert "my own line" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("my-autograd.py", "cannot be imported"),
        ("engine", "cannot be imported"),
        ("class.py", "cannot be imported"),
        ("random.py", "would hide the module random"),
        ("autograd.py", "would hide the module autograd"),
        ("nowhere/mine.py", "there is no folder"),
    ],
)
def test_a_name_that_would_not_work_is_refused(folder, tmp_path, name, why, capsys):
    assert command.main(["export", str(tmp_path / name)]) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_the_command_reports_exports_and_takes_answers_over(store, folder, tmp_path, capsys, monkeypatch):
    for id in ("04.3", "05.1"):
        store(id, ANSWERS[id][0])
    assert command.main([]) == 0 and f"2 of the {len(PARTS)} parts" in capsys.readouterr().out
    assert command.main(["export", str(tmp_path / "engine.py")]) == 0
    assert "import engine as engine" in (tmp_path / "test_engine.py").read_text(encoding="utf-8")
    sent = tmp_path / "sent"
    folder.rename(sent)
    (sent / "05.1.py").write_text("def agrees(claimed, f, x):\n    return True\n", encoding="utf-8")
    (sent / "03.3.py").write_bytes(b"\xff")
    store("04.3", ANSWERS["04.3"][1])
    capsys.readouterr()
    assert command.main(["import", str(sent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("03.3: not taken, since it cannot be read")
    assert lines[1] == "04.3: not taken, since another answer is stored already; --replace takes it."
    assert lines[2].startswith("05.1: not taken, since it does not pass its check")
    assert command.main(["import", str(sent), "--replace"]) == 0
    assert "04.3: taken." in capsys.readouterr().out
    assert answers.read(folder / "04.3.py").source == ANSWERS["04.3"][0].strip() + "\n"
    assert command.main(["import", str(tmp_path / "nowhere")]) == 1
    monkeypatch.setenv("COURSE_ANSWERS", "off")
    assert command.main(["import", str(sent)]) == 1


def test_a_notebook_can_export_too(store, tmp_path, capsys, monkeypatch):
    store("04.3", ANSWERS["04.3"][0])
    monkeypatch.chdir(tmp_path)
    mine.export()
    mine.export("engine.py")
    said = capsys.readouterr().out.splitlines()
    parts = f"1 of its {len(SCALAR)} parts are yours"
    assert said[0] == f"my_autograd.py: the engine of single numbers; {parts}. Test it: python test_my_autograd.py"
    assert len(said) == 2  # with no part of the engine of arrays, nothing is said of it
    assert (tmp_path / "engine.py").exists()
    (tmp_path / "engine.py").write_text("mine = 1", encoding="utf-8")
    mine.export("engine.py")
    assert capsys.readouterr().out.startswith("Nothing was exported: engine.py is there already")
    assert (tmp_path / "engine.py").read_text(encoding="utf-8") == "mine = 1"


def test_a_disk_that_is_read_only_gives_a_sentence(store, tmp_path, capsys, monkeypatch):
    def refuse(path, write):
        raise OSError(30, "Read-only file system", f"{path}.part")

    monkeypatch.setattr(exporting, "write_whole", refuse)
    mine.export(tmp_path / "engine.py")
    said = f"Nothing was exported: {tmp_path / 'engine.py'} cannot be written: Read-only file system\n"
    assert capsys.readouterr().out == said


def test_the_command_finds_the_answers_of_the_copy_from_anywhere(store, folder, tmp_path, capsys, monkeypatch):
    store("04.3", ANSWERS["04.3"][0])
    monkeypatch.setattr(answers, "COPY", folder.parent)
    monkeypatch.delenv("COURSE_ANSWERS")
    monkeypatch.chdir(tmp_path)
    assert command.main([]) == 0
    assert capsys.readouterr().out.startswith(f"1 of the {len(PARTS)} parts of the engine are yours.")


# ---- names


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def old(x):\n    return old(x - 1)  # old\n", "def new(x):\n    return new(x - 1)  # old\n"),
        ("def f(old):\n    return old.old + g(old=old)\n", None),
        ("def f():\n    old = 1\n    return [old for old in (old,)]\n", None),
        ("y = [old for x in old]\n", "y = [new for x in new]\n"),
        ("class A:\n    old = 1\n    b = old\n    def m(self): return old, self.old\n",
         "class A:\n    old = 1\n    b = old\n    def m(self): return new, self.old\n"),
        ("def f():\n    global old\n    old = 2\n", "def f():\n    global new\n    new = 2\n"),
        ("def f(x: old) -> old:\n    y: old = x\n    return lambda z=old: (z, old)\n",
         "def f(x: new) -> new:\n    y: new = x\n    return lambda z=new: (z, new)\n"),
        ("class old(old.Base): pass\n", "class new(new.Base): pass\n"),
        ("ä = 'ö'; old = old + ä\n", "ä = 'ö'; new = new + ä\n"),
        ("async def old(): return 'old'\n", "async def new(): return 'old'\n"),
        ("@old\ndef f(): nonlocal_ = old; return f'{old}'\n", "@new\ndef f(): nonlocal_ = new; return f'{new}'\n"),
    ],
)  # fmt: skip
def test_global_names_change_and_nothing_else(source, expected):
    assert renamed(source, {"old": "new"}) == (source if expected is None else expected)
