"""`course.demo()`: the list of what is worth showing live is made from the chapter that is open."""

import re
import sys
from types import SimpleNamespace

import pytest
from notebook_files import CHAPTERS, ROOT, cells

import course
from course import lesson, live
from course.findings import GUESS


@pytest.fixture
def notebook(monkeypatch):
    """A notebook in which nothing was run yet; `shown` collects what is displayed."""
    display = pytest.importorskip("IPython.display")
    shown = []
    history = SimpleNamespace(input_hist_parsed=[""])
    shell = SimpleNamespace(user_ns={}, history_manager=history)
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    monkeypatch.setattr(display, "display", lambda data, raw: shown.append(data))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return SimpleNamespace(shell=shell, run=history.input_hist_parsed.append, shown=shown)


def links(page):
    return re.findall(r'<a href="([^"]*)">', page)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem[:2])
def test_every_prediction_and_every_moving_picture_of_a_chapter_is_listed_once(path):
    book = cells(path)
    found = live.live(book)
    assert {item.count for item in found if item.kind == "moving picture"} == {
        cell["execution_count"] for cell in book if cell["cell_type"] == "code" and live.MOVES.search(cell["source"])
    }
    guesses = [place for place, cell in enumerate(book) if GUESS.search(cell["source"])]
    questions = {max(n for n in range(place) if book[n]["cell_type"] == "markdown") for place in guesses}
    missing = {book[place]["id"] for place in questions} - {item.id for item in found}
    assert missing <= {"resume-question"}, (
        "that one is asked before the question before it is answered: one line for both"
    )
    assert len({item.count for item in found}) == len(found) > 4
    assert all(item.title and item.section and not re.search(r"[`$\\]|\*\*", item.title) for item in found)
    assert {item.id for item in found} <= {cell["id"] for cell in book}
    minutes = [item.minute for item in found]
    assert minutes == sorted(minutes) and minutes[-1] < lesson.pace(book)[1] and min(i.minutes for i in found) >= 1


def test_in_plain_python_the_list_is_printed(capsys):
    course.demo("04")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["04 · Backward: what to show live, in 80 minutes", "Live demo: the widget."]
    assert any(
        re.fullmatch(r" +\d+'  +\d min  moving picture  At which step do the two part\?", line) for line in lines
    )
    assert "experiment      Build a graph for which it does not: change build" in "\n".join(lines)


def test_in_jupyterlab_the_chapter_is_found_and_each_line_leads_to_its_cell(notebook, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "my-course/04_backward.ipynb")
    course.demo()
    (data,) = notebook.shown
    assert data["text/plain"].startswith("04 · Backward")
    found = live.live(cells(CHAPTERS[4]))
    assert links(data["text/html"]) == [f"04_backward.ipynb#cell-id={item.id}" for item in found]
    course.demo(8)
    assert links(notebook.shown[1]["text/html"])[0].startswith("08_moons.ipynb#cell-id=")


@pytest.mark.parametrize(
    ("opened", "first"),
    [
        ("my-course/04_backward-Copy1.ipynb", "04_backward-Copy1.ipynb#"),
        ("notebooks/solutions/04_backward.ipynb", "../04_backward.ipynb#"),
        ("C:\\course\\my-course\\04_backward.ipynb", "04_backward.ipynb#"),
    ],
)
def test_links_lead_from_where_the_reader_is(notebook, monkeypatch, opened, first):
    monkeypatch.setenv("JPY_SESSION_NAME", opened)
    course.demo()
    assert links(notebook.shown[0]["text/html"])[0].startswith(first)


def test_an_editor_names_the_notebook_and_links_lead_nowhere_there(notebook):
    notebook.shell.user_ns["__vsc_ipynb_file__"] = "/course/my-course/12_softmax_and_cross_entropy.ipynb"
    course.demo()
    assert notebook.shown[0]["text/plain"].startswith("12 · Softmax")
    assert links(notebook.shown[0]["text/html"]) == []


def test_where_nobody_names_the_notebook_the_cells_that_were_run_do(notebook, capsys):
    """As on Colab, or in a notebook that was renamed."""
    book = cells(CHAPTERS[8], "code")
    notebook.run(book[0]["source"])
    course.demo()
    assert capsys.readouterr().out == live.WHICH + "\n" and notebook.shown == []
    for cell in book[1:4]:
        notebook.run(cell["source"] + "\n")
    course.demo()
    assert notebook.shown[0]["text/plain"].startswith("08 · Two moons") and links(notebook.shown[0]["text/html"]) == []


@pytest.mark.parametrize("chapter", ["20", 99, "moons", "", -1])
def test_a_chapter_that_does_not_exist_is_named_with_those_that_do(chapter):
    with pytest.raises(ValueError, match=re.escape(f"there is no chapter {chapter!r}") + ".*00, 01, .*19"):
        course.demo(chapter)


def test_without_a_chapter_in_plain_python_one_sentence_asks_for_it(capsys):
    course.demo()
    assert capsys.readouterr().out == live.WHICH + "\n"


def test_what_a_notebook_says_is_shown_as_text(notebook):
    card = {"cell_type": "markdown", "metadata": {}, "id": "a", "source": "## 1 · <b>\n\n**Is 1 < 2 & 3?**"}
    code = {"cell_type": "code", "metadata": {}, "id": "b", "execution_count": 1, "source": "guess = ...\n1"}
    title = {"cell_type": "markdown", "metadata": {}, "id": "t", "source": "# A & B\n\n**9 minutes**"}
    live.show([title, card, code | {"outputs": [{"output_type": "stream", "text": "1"}]}], "a.ipynb")
    page = notebook.shown[0]["text/html"]
    assert "A &amp; B" in page and "Is 1 &lt; 2 &amp; 3?" in page and "1 · &lt;b&gt;" in page and "<b>" not in page


# ---- what the list is made from


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "6 is wrong. The *first one* waits. **Which? And why?**",
            ["6 is wrong.", "The *first one* waits.", "**Which? And why?**"],
        ),
        ("See `a. B` and $x. Y$ here, e.g. Z. Then 1.5 cm.", ["See `a. B` and $x. Y$ here, e.g. Z.", "Then 1.5 cm."]),
        ('He said "no." Then **a term** came.', ['He said "no."', "Then **a term** came."]),
        ("**Ask this?** (One number: `guess = 3`.)", ["**Ask this?**", "(One number: `guess = 3`.)"]),
    ],
)
def test_text_is_cut_into_sentences_and_never_inside_code_or_bold(text, expected):
    assert lesson.sentences(text) == expected


def test_a_question_is_bold_and_longer_than_a_term():
    for sentence in ("**What is it?**", "So **write the whole table down.**", "**Which? (10 is about 9.)**"):
        assert lesson.is_question(sentence)
    for sentence in ("What is it?", "This is a **secant**.", "the **chain rule** says", "**Two knobs.**"):
        assert not lesson.is_question(sentence)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem[:2])
def test_the_minutes_are_those_of_the_teachers_page(path):
    book = cells(path)
    starts, total = lesson.pace(book)
    page = (ROOT / "docs" / "teaching_chapters.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| {path.stem[:2]} \|(.+)\|$", page, re.MULTILINE)[1].split("|")
    assert lesson.promised(book) == int(row[-1])
    assert starts == sorted(starts) and starts[0] == 0 and total - 2 < starts[-1] < total + 0.5
    for place, cell in enumerate(book):
        if lesson.role(cell) == "stub":
            card = re.search(r"· (\d+) min(, optional)?", book[place - 1]["source"])
            assert starts[place + 1] - starts[place] == pytest.approx(0 if card[2] else int(card[1]))
