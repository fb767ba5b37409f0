"""The reader's copy: made, renewed around what the reader wrote, and never lost, whenever it is interrupted."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import CHAPTERS, EVERY, ROOT, cells, role

from course import copy, findings
from course.merge import merged

STUB, ANSWER = "def double(x):\n    return ...", "def double(x):\n    y = x + x\n    return y"


def code(id, source, printed="", role=""):
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    metadata = {"slideshow": {"slide_type": "-"}} | ({"course": {"role": role}} if role else {})
    shown = {"outputs": outputs, "execution_count": 1}
    return {"cell_type": "code", "id": id, "metadata": metadata, "source": source.splitlines(True)} | shown


def text(id, source):
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": source}


def notebook(*cells):
    return {"cells": list(cells), "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}


def chapter(title="One", sum="print(1 + 1)"):
    start = code("bootstrap", "import course", role="bootstrap")
    guess, answer = code("guess", "guess = ..."), code("sum", sum, "2\n")
    return notebook(text("title", f"# {title}"), start, guess, answer, code("stub", STUB), text("end", "## Next"))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def sources(notebook):
    return ["".join(cell["source"]) for cell in notebook["cells"]]


class World:
    """A course of two chapters and a solution, and the copy that a reader has of it."""

    def __init__(self, root):
        self.root, self.mine = root, root / "my-course"
        self.publish("01_one.ipynb", chapter())
        self.publish("02_two.ipynb", notebook(text("two", "# Two"), code("last", "2 * 2", "4\n")))
        self.publish("solutions/01_one.ipynb", notebook(code("solved", ANSWER, "passed\n")))
        self.renew()

    def publish(self, name, content):
        write(self.root / "notebooks" / name, content)

    def withdraw(self, name):
        (self.root / "notebooks" / name).unlink()

    def renew(self):
        return copy.renew(self.root)

    def work(self, name="01_one.ipynb", **changed):
        """Change cells of the copy, as a reader does; what JupyterLab stores beside them changes as well."""
        opened = read(self.mine / name)
        for cell in opened["cells"]:
            if cell["id"] in changed:
                cell["source"] = changed[cell["id"]]
        opened["metadata"]["language_info"] = {"name": "python", "version": "3.12.1"}
        write(self.mine / name, opened)

    def files(self):
        return {path.relative_to(self.mine): path.read_bytes() for path in self.mine.rglob("*.ipynb")}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_new_copy_has_the_same_cells_without_outputs(world):
    mine = read(world.mine / "01_one.ipynb")
    assert sources(mine) == sources(chapter())
    shown = [(cell["outputs"], cell["execution_count"]) for cell in mine["cells"] if cell["cell_type"] == "code"]
    assert shown == [([], None)] * 4
    folded = [cell["id"] for cell in mine["cells"] if cell["metadata"].get("jupyter", {}).get("source_hidden")]
    assert folded == ["bootstrap"]


def test_a_second_call_changes_nothing(world):
    before = world.files()
    assert world.renew() == [] and world.files() == before


@pytest.mark.parametrize("opened", [False, True])
def test_a_chapter_that_was_not_touched_is_replaced_also_if_it_was_opened(world, opened):
    if opened:
        world.work()
    world.publish("01_one.ipynb", chapter(title="One, better", sum="print(3)"))
    assert world.renew() == ["Notebooks: 1 that you had not changed replaced by the course's new version."]
    assert sources(read(world.mine / "01_one.ipynb")) == sources(chapter(title="One, better", sum="print(3)"))
    assert not (world.mine / "before").exists()


def test_a_chapter_that_was_worked_in_is_renewed_around_the_work(world):
    world.work(guess="guess = 7", stub=ANSWER)
    opened = read(world.mine / "01_one.ipynb")
    opened["cells"].insert(4, text("note", "I had forgotten the brackets."))
    opened["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2\n"}]
    write(world.mine / "01_one.ipynb", opened)
    was = (world.mine / "01_one.ipynb").read_bytes()
    better = chapter(title="One, better")
    better["cells"][4]["source"] = "def double(value):\n    return ..."
    better["cells"].insert(1, text("promise", "You will double."))
    world.publish("01_one.ipynb", better)
    (said,) = world.renew()
    mine = read(world.mine / "01_one.ipynb")
    note = "I had forgotten the brackets."
    assert sources(mine) == [
        *("# One, better", "You will double.", "import course", "guess = 7", "print(1 + 1)", note, ANSWER, "## Next")
    ]
    assert mine["cells"][4]["outputs"][0]["text"] == "2\n"
    assert mine["metadata"]["language_info"]["version"] == "3.12.1"
    kept = said.split("As it was: ")[1]
    assert said.startswith("01_one.ipynb has the course's changes around what you wrote.")
    assert (world.root / kept).read_bytes() == was
    assert world.renew() == []


def test_what_only_ran_keeps_its_outputs_unless_the_cell_is_new(world):
    opened = read(world.mine / "01_one.ipynb")
    for cell, printed in ((opened["cells"][2], "a\n"), (opened["cells"][3], "2\n")):
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": printed}]
    write(world.mine / "01_one.ipynb", opened)
    world.publish("01_one.ipynb", chapter(sum="print(3)"))
    world.renew()
    mine = read(world.mine / "01_one.ipynb")
    assert mine["cells"][2]["outputs"][0]["text"] == "a\n" and mine["cells"][3]["outputs"] == []


def test_a_cell_that_was_deleted_stays_deleted_and_one_that_the_course_drops_stays_if_it_was_changed(world):
    opened = read(world.mine / "01_one.ipynb")
    del opened["cells"][5]
    opened["cells"][2]["source"] = "guess = 7"
    write(world.mine / "01_one.ipynb", opened)
    shorter = chapter(title="Short")
    shorter["cells"] = [cell for cell in shorter["cells"] if cell["id"] not in ("guess", "sum")]
    world.publish("01_one.ipynb", shorter)
    world.renew()
    assert sources(read(world.mine / "01_one.ipynb")) == ["# Short", "import course", "guess = 7", STUB]


def test_a_renewal_can_follow_another(world):
    world.work(guess="guess = 7")
    for title in ("Second", "Third", "Fourth"):
        world.publish("01_one.ipynb", chapter(title=title))
        world.renew()
        assert sources(read(world.mine / "01_one.ipynb"))[::2] == [f"# {title}", "guess = 7", STUB]
    assert len(list((world.mine / "before").iterdir())) == 3


DAMAGED = [b"", b"{", b"\xff\x00", b"[1]", b'{"cells": 3}', b'{"cells": [4]}', b'{"cells": [], "metadata": 1}']
DAMAGED += [b'{"cells": [{"cell_type": null}]}', b'{"cells": [{"cell_type": "code", "source": [1]}]}']
DAMAGED += [b'{"cells": [{"cell_type": "raw", "id": []}]}', b'{"cells": [{"cell_type": "code", "metadata": [1]}]}']


@pytest.mark.parametrize("damage", DAMAGED, ids=repr)
def test_a_damaged_chapter_is_kept_and_a_new_one_made(world, damage):
    (world.mine / "01_one.ipynb").write_bytes(damage)
    (said,) = world.renew()
    assert said.startswith("01_one.ipynb could not be read")
    assert (world.root / said.split("As it was: ")[1]).read_bytes() == damage
    assert sources(read(world.mine / "01_one.ipynb")) == sources(chapter())


def test_a_copy_that_was_cut_off_is_kept(world):
    world.work(guess="guess = 7")
    whole = (world.mine / "01_one.ipynb").read_bytes()
    (world.mine / "01_one.ipynb").write_bytes(whole[: len(whole) // 2])
    world.renew()
    kept = next((world.mine / "before").iterdir())
    assert kept.read_bytes() == whole[: len(whole) // 2]


def test_a_chapter_that_was_deleted_is_made_again(world):
    (world.mine / "02_two.ipynb").unlink()
    world.renew()
    assert sources(read(world.mine / "02_two.ipynb")) == ["# Two", "2 * 2"]


@pytest.mark.parametrize("worked", [False, True])
def test_a_renamed_chapter_keeps_the_work(world, worked):
    if worked:
        world.work(guess="guess = 7")
    world.withdraw("01_one.ipynb")
    world.publish("05_first.ipynb", chapter(title="First"))
    world.renew()
    assert not (world.mine / "01_one.ipynb").exists()
    assert sources(read(world.mine / "05_first.ipynb"))[:3:2] == ["# First", "guess = 7" if worked else "guess = ..."]
    assert world.renew() == []


def test_a_chapter_that_is_gone_stays_only_if_it_was_worked_in(world):
    world.work(guess="guess = 7")
    world.withdraw("01_one.ipynb")
    world.withdraw("solutions/01_one.ipynb")
    said = world.renew()
    assert said[0] == "01_one.ipynb is no longer part of the course; your copy stays where it is."
    assert said[1].startswith("solutions/01_one.ipynb is no longer part of the course. As it was: my-course/before/")
    assert sources(read(world.mine / "01_one.ipynb"))[2] == "guess = 7"
    assert not (world.mine / "solutions" / "01_one.ipynb").exists()


def test_notebooks_of_the_readers_own_are_left_alone(world):
    write(world.mine / "09_experiments.ipynb", notebook(code("x", "1 / 3")))
    before = world.files()
    assert world.renew() == [] and world.files() == before


def test_cells_without_ids_are_recognized_by_their_text(world):
    opened = read(world.mine / "01_one.ipynb")
    opened["cells"][4]["source"] = ANSWER
    for cell in opened["cells"]:
        del cell["id"]
    write(world.mine / "01_one.ipynb", opened)
    world.publish("01_one.ipynb", chapter(title="One, better"))
    world.renew()
    assert sources(read(world.mine / "01_one.ipynb")) == [
        *("# One, better", "import course", "guess = ...", "print(1 + 1)", ANSWER, "## Next")
    ]


def test_a_copy_that_lost_its_version_is_compared_with_the_nearest(world):
    world.work(guess="guess = 7")
    opened = read(world.mine / "01_one.ipynb")
    del opened["metadata"]["course"]
    write(world.mine / "01_one.ipynb", opened)
    world.publish("01_one.ipynb", chapter(title="One, better"))
    world.renew()
    assert sources(read(world.mine / "01_one.ipynb"))[:3] == ["# One, better", "import course", "guess = 7"]


def test_a_cell_that_the_reader_copied_with_its_id_is_kept_beside_its_model(world):
    opened = read(world.mine / "01_one.ipynb")
    opened["cells"].insert(5, {**opened["cells"][4], "source": ANSWER})
    write(world.mine / "01_one.ipynb", opened)
    world.publish("01_one.ipynb", chapter(title="One, better"))
    world.renew()
    mine = read(world.mine / "01_one.ipynb")
    assert sources(mine)[4:6] == [STUB, ANSWER]
    assert len({cell["id"] for cell in mine["cells"]}) == 7


def test_half_a_character_does_not_stop_it(world):
    world.work(guess="guess = '\ud83d'")
    world.publish("01_one.ipynb", chapter(title="One, better"))
    world.renew()
    assert sources(read(world.mine / "01_one.ipynb"))[2] == "guess = '\ud83d'"


def test_a_chapter_that_is_saved_at_that_moment_is_looked_at_again(world, monkeypatch):
    world.work(guess="guess = 7")
    world.publish("01_one.ipynb", chapter(title="One, better"))
    keep = copy.Copy.keep

    def saved_meanwhile(self, path, content):
        monkeypatch.setattr(copy.Copy, "keep", keep)
        world.work(guess="guess = 8")
        return keep(self, path, content)

    monkeypatch.setattr(copy.Copy, "keep", saved_meanwhile)
    world.renew()
    assert sources(read(world.mine / "01_one.ipynb"))[2] == "guess = 8"


class Killed(BaseException):
    pass


def third(title):
    """Return a chapter whose cells have ids of their own."""
    cells = chapter(title=title)["cells"]
    return notebook(*({**cell, "id": f"third-{cell['id']}"} for cell in cells))


def changed_course(root):
    """A course that has changed in every way, and a reader who has worked in most of it."""
    world = World(root)
    world.publish("03_three.ipynb", third("Three"))
    world.publish("04_four.ipynb", notebook(text("four", "# Four")))
    world.renew()
    world.work(guess="guess = 7", stub=ANSWER)
    world.work("03_three.ipynb", **{"third-guess": "guess = 9"})
    (world.mine / "02_two.ipynb").write_bytes(b'{"cells": [')
    world.withdraw("03_three.ipynb")
    world.withdraw("04_four.ipynb")
    world.publish("01_one.ipynb", chapter(title="One, better"))
    world.publish("06_six.ipynb", third("Three, renamed"))
    world.publish("solutions/01_one.ipynb", notebook(code("solved", "another way")))
    return world


@pytest.fixture
def straight(tmp_path):
    """The course that has changed in every way, and the copy as one call renews it."""
    world = changed_course(tmp_path / "straight")
    world.renew()
    assert sources(read(world.mine / "06_six.ipynb"))[2] == "guess = 9"
    return world


@pytest.fixture
def renew_but(monkeypatch):
    """Renew a copy, and call `what` at one moment: before or after the change of a file. Return how many there are."""

    def renew(world, moment=0, what=None):
        moments = 0

        def counted(change):
            def step(*arguments, **named):
                nonlocal moments
                for before in (True, False):
                    moments += 1
                    if moments == moment:
                        what()
                    if before:
                        change(*arguments, **named)

            return step

        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", counted(os.replace))
            patched.setattr(Path, "unlink", counted(Path.unlink))
            world.renew()
        return moments

    return renew


def test_whenever_it_is_killed_the_next_call_finishes(tmp_path, straight, renew_but):
    """Stopped before and after each single change of a file, then called again: the same as without a stop."""

    def killed():
        raise Killed

    total = renew_but(changed_course(tmp_path / "counted"))
    assert total > 20
    for moment in range(1, total + 1):
        world = changed_course(tmp_path / str(moment))
        with pytest.raises(Killed):
            renew_but(world, moment, killed)
        world.renew()
        assert world.files() == straight.files(), moment


def test_whenever_another_call_does_all_of_the_work_both_finish(tmp_path, straight, renew_but):
    for moment in range(1, renew_but(changed_course(tmp_path / "counted")) + 1, 3):
        world = changed_course(tmp_path / str(moment))
        renew_but(world, moment, world.renew)
        assert world.files() == straight.files(), moment


def test_a_real_kill_at_any_moment_leaves_whole_files(tmp_path):
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from course import copy; print('go', flush=True)"
    rng = random.Random(0)
    for attempt in range(6):
        world = changed_course(tmp_path / str(attempt))
        program = f"{start}\ncopy.renew(copy.Path({str(world.root)!r}))"
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.06))
        process.kill()
        process.communicate()
        for path in (world.mine / "01_one.ipynb", *world.mine.glob("before/01*")):
            assert "guess = 7" in sources(read(path))
        world.renew()
        assert "guess = 7" in sources(read(world.mine / "01_one.ipynb"))
        assert "guess = 9" in sources(read(world.mine / "06_six.ipynb"))


ids = st.lists(st.sampled_from("abcdefgh"), unique=True)
versions = ids.flatmap(
    lambda names: st.tuples(*(st.tuples(st.just(n), st.sampled_from(["0", "1", "2"])) for n in names))
)


@settings(max_examples=200, deadline=None)
@given(base=versions, theirs=versions, own=st.lists(st.integers(0, 8), max_size=3), new=versions)
def test_whatever_both_changed_all_that_the_reader_wrote_is_there(base, theirs, own, new):
    base, theirs, new = (notebook(*(text(id, id + source) for id, source in v)) for v in (base, theirs, new))
    for number, place in enumerate(own):
        theirs["cells"].insert(place, text(f"own{number}", f"own {number}"))
    result = merged(base, theirs, new)
    before, after = sources(base), sources(result)
    assert all(source in after for source in sources(theirs) if source not in before)
    reader_has = {cell["id"] for cell in theirs["cells"]}
    known = {cell["id"] for cell in base["cells"]}
    assert {c["id"] for c in new["cells"] if c["id"] in reader_has or c["id"] not in known} <= {
        cell["id"] for cell in result["cells"]
    }
    assert len({cell["id"] for cell in result["cells"]}) == len(result["cells"])
    order = [cell["id"] for cell in result["cells"]]
    assert [id for id in order if id in {c["id"] for c in new["cells"]}] == [
        cell["id"] for cell in new["cells"] if cell["id"] in order
    ]
    assert merged(new, result, new)["cells"] == result["cells"]


def test_who_did_nothing_gets_the_new_version():
    base, new = chapter(), chapter(title="New", sum="3")
    assert sources(merged(base, base, new)) == sources(new)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_no_chapter_shows_a_result_in_the_copy(path):
    mine, course = copy.stripped(path), cells(path)
    for copied, cell in zip(mine["cells"], course, strict=True):
        assert unfolded(copied) == cell["source"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in mine["cells"])
    assert [role(cell) for cell in mine["cells"] if "jupyter" in cell["metadata"]] == ["bootstrap"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_what_came_out_of_a_guess_is_folded_until_the_reader_opens_it(path):
    folded = [cell for cell in copy.stripped(path)["cells"] if findings.SUMMARY in "".join(cell["source"])]
    assert len(folded) == sum(bool(findings.GUESS.search(cell["source"])) for cell in cells(path, "code"))
    for cell in folded:
        assert cell["cell_type"] == "markdown" and role(cell) == ""
        open_text = re.sub(r"<details>.*</details>", "", "".join(cell["source"]), flags=re.DOTALL)
        assert re.fullmatch(r"(## .*\n+)?", open_text), f"{cell['id']}: {open_text}"


def unfolded(cell):
    return (
        "".join(cell["source"])
        .replace(f"<details><summary>{findings.SUMMARY}</summary>\n\n", "")
        .removesuffix("\n\n</details>" if findings.SUMMARY in "".join(cell["source"]) else "")
    )


def test_the_text_below_an_answer_is_folded_and_the_rest_of_the_chapter_is_not():
    def exercise(cell):
        return cell | {"metadata": {"course": {"exercise": "01.1"}}}

    book = [
        code("shown", "print(2)", "2\n"),
        text("question", "**How many?**"),
        code("guess", "guess = ..."),
        code("nothing is shown", "x = 3"),
        text("between", "The next cell counts."),
        exercise(text("card", "### Exercise")),
        exercise(code("check", "check()", "not attempted\n")),
        code("answer", "print(x, guess)", "3\n"),
        text("finding", "## 2 · More\n\nThree.\n\n<details><summary>Why</summary>So.</details>\n"),
        text("more", "More."),
        code("own", "guess = ...\nprint(judged(guess))", "no guess yet\n"),
        text("finding of its own", "Four."),
        code("source", "show_source(f)\nguess = ...", "def f(): ...\n"),
        code("answer and question", "print(guess)\nguess = ...", "5\n"),
        text("finding and question", "Five. **And six?**"),
        code("last", "print(guess)", "6\n"),
        text("heading", "## Next"),
    ]
    before = {cell["id"]: "".join(cell["source"]) for cell in book}
    findings.fold_findings(book)
    start = f"<details><summary>{findings.SUMMARY}</summary>\n\n"
    assert {cell["id"]: after for cell in book if (after := "".join(cell["source"])) != before[cell["id"]]} == {
        "finding": f"## 2 · More\n\n{start}Three.\n\n<details><summary>Why</summary>So.</details>\n\n</details>",
        "finding of its own": f"{start}Four.\n\n</details>",
        "finding and question": f"{start}Five. **And six?**\n\n</details>",
    }


def test_what_is_published_has_the_names_of_the_course(tmp_path):
    assert copy.main(["--publish", str(tmp_path)]) == 0
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.ipynb")) == sorted(
        path.relative_to(ROOT) for path in EVERY
    )


@pytest.mark.skipif(shutil.which("bash") is None or shutil.which("git") is None, reason="needs bash and git")
def test_the_workflow_publishes_the_branch_that_the_badges_open(tmp_path):
    """The script of the workflow, run on the files of the course, with a folder in the place of GitHub."""
    workflow = (ROOT / ".github" / "workflows" / "learn.yml").read_text(encoding="utf-8")
    script = textwrap.dedent(workflow.split("run: |\n")[1])
    here, remote = tmp_path / "here", tmp_path / "remote.git"
    for folder in ("autograd", "course", "notebooks"):
        shutil.copytree(ROOT / folder, here / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "LICENSE", here)
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"REMOTE": str(remote), "GITHUB_SHA": "1234abcd", "PATH": path}
    for _ in range(2):
        subprocess.run(["bash", "-e", "-c", script], cwd=here, env=environment, check=True)
        shutil.rmtree(here / "learn")
    git = ["git", "--git-dir", str(remote)]
    listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "learn"], capture_output=True, text=True, check=True)
    assert set(listed.stdout.split()) == {"LICENSE", *(path.relative_to(ROOT).as_posix() for path in EVERY)}
    count = subprocess.run([*git, "rev-list", "--count", "learn"], capture_output=True, text=True, check=True)
    assert count.stdout.strip() == "1"


def test_the_command_says_in_one_sentence_what_stops_it(tmp_path, monkeypatch, capsys):
    world = World(tmp_path)
    monkeypatch.setattr(copy, "ROOT", tmp_path)
    monkeypatch.setattr(copy.renew, "__defaults__", (tmp_path, None))
    assert copy.main([]) == 0 and capsys.readouterr().out == ""
    for path in sorted(world.mine.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    world.mine.rmdir()
    world.mine.write_text("a file")
    assert copy.main([]) == 1
    assert capsys.readouterr().err.startswith("The copy of the course could not be made: ")
