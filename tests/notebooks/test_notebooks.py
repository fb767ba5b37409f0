"""The anatomy of a chapter: what CONTRIBUTING.md promises of every notebook, as claims about the stored files."""

import ast
import re
import statistics

import pytest
from notebook_files import CHAPTERS, EVERY, ROOT, SOLUTIONS, cells, exercises, headings, name, role, tags

from course.findings import GUESS, HEADING, findings

FIRST = ["You will be able to", "Warm-up"]
LAST = ["Break it", "Second route", "In the library", "Recap", "Questions", "Next"]
# Cells and words, from – to; the cells of exercises are not counted. Chapter 00 is read in a quarter of an hour.
# Chapter 19 takes two sittings: it ends Part II with a GPT, and runs one on the engines of Part I as well.
SIZES = {"00": ((25, 70), (900, 2500)), "19": ((40, 80), (1500, 3000))}
SIZE = ((40, 70), (1500, 2500))
LINES = {"19": 280}  # of code, at most; in other chapters 238

every_notebook = pytest.mark.parametrize("path", EVERY, ids=name)
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=name)


def prose(path):
    """Return a notebook's words: Markdown without code, links' targets, formatting, and the line for every notebook."""
    text = "\n".join(cell["source"] for cell in cells(path, "markdown"))
    text = re.sub(r"^\[I found a mistake\].*", " ", text, flags=re.MULTILINE)
    text = re.sub(r"```.*?```|<[^>]+>|\]\([^)]*\)|\$[^$]*\$|[`*#|]", " ", text, flags=re.DOTALL)
    return re.findall(r"\w[\w'’.-]*", text)


def code_lines(cell):
    return [line for line in cell["source"].splitlines() if line.strip()]


def guesses(path):
    """Yield for each guess what the reader has seen before it, and the cells that answer it, up to the text below.

    What is folded is not seen. The answer is an output, so the cells end with the first Markdown cell after an output.
    """
    found = cells(path)
    for i, cell in enumerate(found):
        if cell["cell_type"] == "code" and re.search(r"^\w*guess\w* = \.\.\.", cell["source"], re.MULTILINE):
            seen = "\n".join(earlier["source"] for earlier in found[:i])
            answering = []
            for later in found[i + 1 :]:
                if later["cell_type"] == "code":
                    answering.append(later)
                elif any(code["outputs"] for code in answering):
                    break
            yield re.sub(r"<details>.*?</details>", "", seen, flags=re.DOTALL), answering


def titles(code):
    """Return the text of every title that the code gives to a figure; of an f-string, what is not computed."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.keyword) and node.arg == "title":
            found.append(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("set_title", "suptitle"):
            found += node.args
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "title":
            found.append(node.value)
    parts = [part.value for title in found for part in ast.walk(title) if isinstance(part, ast.Constant)]
    return [part for part in parts if isinstance(part, str)]


def stems(text):
    """Return the first four letters of each longer word, so that the forms of a word count as one."""
    return {word[:4].lower() for word in re.findall(r"[A-Za-z]{4,}", text)}


def test_there_are_notebooks_to_test():
    assert CHAPTERS
    assert [path.name for path in CHAPTERS] == [path.name for path in SOLUTIONS]


@every_notebook
def test_outputs_are_stored_with_counts_1_to_n(path):
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert any(cell["outputs"] for cell in code)


@every_notebook
def test_no_stored_errors_warnings_or_addresses(path):
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                assert "raises-exception" in tags(cell), cell["id"]
            text = "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            assert output.get("name") != "stderr" or "nbval-ignore-output" in tags(cell), f"{cell['id']}: {text}"
            assert not re.search(r"\b0x[0-9a-f]{6,}|ipykernel_\d+", text), f"{cell['id']}: {text}"
            # `guess = ...` becomes "(no guess)" after its cell, so the cell that prints it has to be another one.
            assert "Ellipsis" not in text, f"{cell['id']}: {text}"


@every_notebook
def test_at_most_two_cells_in_five_are_not_compared(path):
    code = cells(path, "code")
    loose = [cell["id"] for cell in code if {"nbval-ignore-output", "nbval-skip"} & set(tags(cell))]
    assert len(loose) <= 0.4 * len(code), loose


@every_notebook
def test_every_notebook_starts_our_package_with_the_same_cell(path):
    text = (ROOT / "course" / "bootstrap_cell.py").read_text(encoding="utf-8")
    expected = re.search(r"# <cell>\n(.*?)\n# </cell>", text, re.DOTALL).group(1)
    assert [cell["source"] for cell in cells(path, "code")[:1]] == [expected]
    assert [role(cell) for cell in cells(path)].count("bootstrap") == 1


@every_notebook
def test_images_have_alt_text_and_links_lead_somewhere(path):
    for cell in cells(path, "markdown"):
        for alt, _ in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", cell["source"]):
            assert len(alt) > 5, f"{cell['id']}: an image needs a description"
        assert "<img" not in cell["source"] or 'alt="' in cell["source"], cell["id"]
        for target in re.findall(r"\]\(([^)\s]+)\)", cell["source"]):
            if not re.match(r"https?:|#|mailto:", target):
                file = target.split("#")[0]
                assert (path.parent / file).exists(), f"{cell['id']}: {target}"


@every_notebook
def test_cells_have_stable_ids_and_a_place_on_a_slide(path):
    found = cells(path)
    ids = [cell["id"] for cell in found]
    assert len(set(ids)) == len(ids)
    for cell in found:
        assert cell["metadata"].get("slideshow", {}).get("slide_type"), cell["id"]
        assert set(cell["metadata"]) <= {"slideshow", "tags", "course"}, cell["id"]


@every_notebook
def test_code_cells_are_short(path):
    lengths = [len(code_lines(cell)) for cell in cells(path, "code") if role(cell) not in ("bootstrap", "solution")]
    assert max(lengths) <= 40
    assert sum(length <= 20 for length in lengths) >= 0.9 * len(lengths)
    assert statistics.median(lengths) <= 6


@every_notebook
def test_no_cell_ends_in_a_semicolon(path):
    assert not [cell["id"] for cell in cells(path, "code") if cell["source"].rstrip().endswith(";")]


@every_notebook
def test_a_number_that_begins_a_paragraph_is_that_of_a_list(path):
    """Markdown takes "69. It needs" for the 69th point of a list: write "69\\. It needs"."""
    for cell in cells(path, "markdown"):
        text = re.sub(r"```.*?```", "", cell["source"], flags=re.DOTALL)
        numbers = [int(number) for number in re.findall(r"^(\d+)[.)] ", text, re.MULTILINE)]
        assert [n for before, n in zip([0, *numbers], numbers, strict=False) if n not in (1, before + 1)] == []


@every_chapter
def test_a_chapter_has_the_headings_of_all_chapters_in_order(path):
    number = path.name[:2]
    assert len(headings(path, 1)) == 1
    assert headings(path, 1)[0].startswith(f"{number} · ")
    found = headings(path, 2)
    sections = found[len(FIRST) : -len(LAST)]
    assert found[: len(FIRST)] == FIRST
    assert found[-len(LAST) :] == LAST
    assert 3 <= len(sections) <= 5
    assert [section.split(" · ")[0] for section in sections] == [str(i + 1) for i in range(len(sections))]


@every_chapter
def test_a_chapter_fits_into_one_sitting(path):
    (fewest, most), (least_words, most_words) = SIZES.get(path.name[:2], SIZE)
    assert fewest <= sum("exercise" not in cell["metadata"].get("course", {}) for cell in cells(path)) <= most
    assert least_words <= len(prose(path)) <= most_words
    # The cell that all notebooks share is not the chapter's: readers' copies have it folded.
    lines = sum(len(code_lines(cell)) for cell in cells(path, "code") if role(cell) != "bootstrap")
    assert lines <= LINES.get(path.name[:2], 238)


@every_chapter
def test_a_chapter_opens_with_badges_minutes_and_ends_with_folded_answers(path):
    opening = cells(path)[0]["source"]
    assert "mybinder.org" in opening
    assert "colab.research.google.com" in opening
    assert re.search(r"\d+ minutes", opening)
    text = "\n".join(cell["source"] for cell in cells(path, "markdown"))
    assert text.split("## Warm-up")[1].split("\n## ")[0].count("<details>") == 2
    assert text.split("## Questions")[1].split("\n## ")[0].count("<details>") == 6


@every_chapter
def test_a_chapter_asks_for_predictions_and_has_notes_for_the_instructor(path):
    assert any(re.search(r"^\w*guess\w* = \.\.\.", cell["source"], re.MULTILINE) for cell in cells(path, "code"))
    assert any(cell["metadata"]["slideshow"]["slide_type"] == "notes" for cell in cells(path, "markdown"))


@every_chapter
def test_cells_that_answer_a_guess_hold_no_claim_about_the_answer(path):
    for _, answering in guesses(path):
        for cell in answering:
            for node in ast.walk(ast.parse(cell["source"])):
                if isinstance(node, ast.Assert):
                    values = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                    numbers = [value for value in values if isinstance(value, int | float)]
                    assert not numbers, f"{cell['id']}: {numbers} can be read before the run; assert it further down"
                if isinstance(node, ast.ExceptHandler):
                    caught = ast.unparse(node.type)
                    assert caught == "Exception", f"{cell['id']}: {caught} says before the run what will happen"


VIEW = 768  # pixels of a page: more than is seen at once on a screen of 1366 x 768


def height(cell, folded):
    """Return about how many pixels of JupyterLab's page a cell takes before it was run, 1366 pixels wide."""
    if cell["cell_type"] == "code":
        return 36 + 17 * len(cell["source"].splitlines())
    shown = HEADING.match(cell["source"])[0] + "\n\n(one line)" if folded else cell["source"]
    shown = re.sub(r"<details>.*?</details>", "(one line)", shown, flags=re.DOTALL)
    return 10 + sum(14 + 22 * -(-len(paragraph) // 130) for paragraph in shown.split("\n\n"))


def assigned(cells_):
    """Return the names that cells bind at their top level, in loops too."""
    nodes = (node for cell in cells_ for node in ast.walk(ast.parse(cell["source"])))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


@every_chapter
def test_no_claim_about_the_answer_is_in_view_below_it(path):
    """The finding is folded until the cells have run; a bound that stands right below it is not.

    In view is what would stand on a screen of 768 pixels, with the cell of the guess at its top.
    How close two routes are answers no guess, unless it was asked how far they are apart.
    """
    found = cells(path)
    folded = [id(cell) for cell in findings(found)]
    for place, cell in enumerate(found):
        if cell["cell_type"] != "code" or not GUESS.search(cell["source"]):
            continue
        question = [c["source"] for c in found[:place] if c["cell_type"] == "markdown"][-1]
        asked = re.findall(r"\*\*(.+?)\*\*", question, re.DOTALL)[-1:]
        gaps_too = asked and re.search(r"how (far|much|large a|many digits)", asked[0], re.IGNORECASE)
        answering, at, answered = [], 0, False
        for later in found[place:]:
            if later["cell_type"] == "code" and "course" not in later["metadata"]:
                names = assigned(answering) if answered else set()
                for node in ast.parse(later["source"]).body:
                    if not isinstance(node, ast.Assert) or at + 17 * node.lineno > VIEW:
                        continue
                    read = names & {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                    close = re.search(r"abs\(.*\) < 1e-(?:0[6-9]|\d\d)$", ast.unparse(node))
                    assert not read or (close and not gaps_too), f"{later['id']}: {ast.unparse(node)} answers {asked}"
                if not answered:
                    answering.append(later)
            answered = answered or (later["cell_type"] == "markdown" and any(c["outputs"] for c in answering))
            at += height(later, id(later) in folded)


@every_chapter
def test_how_far_two_results_are_apart_is_not_said_by_the_one_bound_that_is_tried(path):
    """Below `below 1e-8: {gap < 1e-8}` nobody guesses; with several bounds the guess is still open."""
    for seen, answering in guesses(path):
        asked = re.findall(r"\*\*(.+?)\*\*", seen[-700:], re.DOTALL)[-1:]
        if asked and re.search(r"how (far|much|large a|many digits)", asked[0], re.IGNORECASE):
            bounds = {}
            for node in (node for cell in answering for node in ast.walk(ast.parse(cell["source"]))):
                if isinstance(node, ast.Compare) and isinstance(bound := node.comparators[0], ast.Constant):
                    if isinstance(bound.value, float) and 0 < bound.value < 0.01:
                        bounds.setdefault(ast.unparse(node.left), []).append(bound.value)
            alone = {what: found for what, found in bounds.items() if len(found) == 1}
            assert not alone, f"{answering[0]['id']}: {alone} says before the run what '{asked[0]}' asks"


@every_chapter
def test_titles_in_cells_that_answer_a_guess_say_only_what_is_shown(path):
    """A title that states the answer often needs a word that is new in the chapter: of 18 such titles, 11 did."""
    for seen, answering in guesses(path):
        for cell in answering:
            for title in titles(cell["source"]):
                new = stems(title) - stems(seen)
                assert not new, f"{cell['id']}: '{title}' may say the answer before the run; new to the reader: {new}"


def test_how_to_write_a_guess_stands_before_the_first_one():
    seen, _ = next(guesses(CHAPTERS[0]))
    assert re.search(r"`guess = [^.`]+`", seen)


@every_chapter
def test_figures_have_a_description_under_them(path):
    found = cells(path)
    for cell, below in zip(found, found[1:], strict=False):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            assert below["cell_type"] == "markdown", f"{cell['id']} shows a figure, and no text follows it"


@every_chapter
def test_exercises_are_complete(path):
    found = exercises(path)
    solved = exercises(ROOT / "notebooks" / "solutions" / path.name)
    count = len(found)
    assert count == 1 if path.name[:2] == "00" else 3 <= count <= 5
    assert list(found) == [f"{path.name[:2]}.{i + 1}" for i in range(count)]
    assert set(solved) == set(found)
    for exercise, parts in found.items():
        assert list(parts) == ["card", "stub", "check", "hints"], exercise
        assert re.search(rf"^### Exercise {exercise} · .+ [●○]{{3}} · \d+ min", parts["card"]["source"]), exercise
        assert parts["hints"]["source"].count("<details>") >= 3, exercise
        assert f"solutions/{path.name}" in parts["hints"]["source"], exercise
        assert "nbval-ignore-output" in tags(parts["check"]), exercise
        assert f'check("{exercise}"' in parts["check"]["source"], exercise
        stub, solution = parts["stub"]["source"], solved[exercise]["solution"]["source"]
        assert "..." in stub, exercise
        assert stub.strip() != solution.strip(), exercise
