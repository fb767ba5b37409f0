"""The teachers' pages say what is there: minutes, cells, wrong answers, and results that are computed here again."""

import ast
import functools
import importlib.util
import re
from urllib.parse import unquote

import exam_answers
import pytest
from notebook_files import CHAPTERS, ROOT, cells, headings, role

from course import checks, lesson

DOCS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("teaching*.md"))}
PLANS, CHAPTER_PAGE, EXAM = DOCS["teaching"], DOCS["teaching_chapters"], DOCS["teaching_exam"]
PARTS = ["start", "1", "2", "3", "4", "5", "break", "second", "library", "end"]
NAMED = {"You will be able to": "start", "Warm-up": "start", "Break it": "break", "Second route": "second"}
NAMED |= {"In the library": "library", "Recap": "end", "Questions": "end", "Next": "end"}
FILES = {path.name[:2]: path for path in CHAPTERS}
NUMBERS = list(FILES)
TAUGHT = [number for number in NUMBERS if number < "20"]  # Parts I and II: what the plans and the exam are about


# ---- what stands in the chapters


def part_of(heading: str) -> str:
    return NAMED.get(heading) or heading.split(" · ")[0]


@functools.cache
def parts(number: str) -> dict[str, list]:
    """Return the cells of a chapter by the part in which they stand."""
    found, here = {part: [] for part in PARTS}, "start"
    for cell in cells(FILES[number]):
        if cell["cell_type"] == "markdown" and (heading := re.match(r"## (.+)", cell["source"])):
            here = part_of(heading[1].strip())
        found[here].append(cell)
    return found


def exercise_minutes(number: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the minutes on the cards of a chapter: of the exercises that are asked for, and of the optional ones."""
    asked, optional = {}, {}
    for cell in cells(FILES[number], "markdown"):
        if role(cell) == "card":
            name, minutes, free = re.search(r"Exercise \d\d\.(\d) .*?(\d+) min(, optional)?", cell["source"]).groups()
            (optional if free else asked)[f"ex {name}"] = int(minutes)
    return asked, optional


def reading_minutes(found: list) -> float:
    return sum(map(lesson.reading_minutes, found))


# ---- what stands in the pages


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a page without their heads; a cell may hold a bar after a backslash."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text + "\n", re.M):
        rows = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in block.splitlines()]
        found.append([[cell.strip().replace("\\|", "|") for cell in row] for row in rows[2:]])
    return found


def sections(text: str) -> dict[str, str]:
    """Return the text under each heading of level 2."""
    pieces = re.split(r"^## (.+)\n", text, flags=re.M)
    return dict(zip(map(str.strip, pieces[1::2]), pieces[2::2], strict=True))


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def tight(text: str) -> str:
    """Return the text without what ends a line and follows it, so that code may stand in one line here."""
    return re.sub(r"\s+", " ", text)


def minutes_table() -> dict[str, dict[str, int]]:
    """Return the minutes that the page states: of the parts, of all exercises together, and of the whole."""
    columns = [*PARTS, "reading", "exercises", "optional", "whole"]
    rows = tables(sections(CHAPTER_PAGE)["Minutes"])[0]
    found = {row[0]: {c: int(v) for c, v in zip(columns, row[1:], strict=True) if v} for row in rows}
    return found


MINUTES = minutes_table()
SECTIONS = {heading[:2]: text for heading, text in sections(CHAPTER_PAGE).items() if heading[:2].isdigit()}


# ---- minutes


def test_the_minutes_are_those_of_the_formula():
    assert list(MINUTES)[: len(NUMBERS)] == NUMBERS
    wrong = []
    for number in NUMBERS:
        stated = MINUTES[number]
        for part, found in parts(number).items():
            minutes = reading_minutes(found)
            if abs(stated.get(part, 0) - minutes) > 1.5:
                wrong.append(f"{number} {part}: the page says {stated.get(part, 0)}, the formula {minutes:.1f}")
        asked, optional = exercise_minutes(number)
        if (stated["exercises"], stated["optional"]) != (sum(asked.values()), sum(optional.values())):
            wrong.append(f"{number}: exercises {sum(asked.values())}, optional {sum(optional.values())}")
    assert wrong == []


@pytest.mark.parametrize("number", NUMBERS)
def test_a_chapter_takes_the_same_minutes_wherever_it_is_said(number):
    book = cells(FILES[number])
    computed, optional = lesson.pace(book)[1], exercise_minutes(number)[1]
    stated = MINUTES[number]["whole"]
    more = "".join(f" ({stated + found} with exercise {number}.{name[3:]})" for name, found in optional.items())
    assert f"**{stated} minutes**{more}." in book[0]["source"]
    assert stated % 5 == 0 and -1 <= stated - computed <= 5, f"the formula gives {computed}: round it up to five"
    assert -3 <= stated - MINUTES[number]["reading"] - MINUTES[number]["exercises"] <= 7, "the parts are rounded"
    notes = lesson.for_instructors(book)
    assert notes and not re.search(r"\b(?:minutes?|hours?)\b", notes), "minutes have one source"


def test_the_minutes_add_up():
    for row in MINUTES.values():
        assert row["reading"] == sum(row.get(part, 0) for part in PARTS)
    *chapters, total = MINUTES.values()
    assert total == {column: sum(row.get(column, 0) for row in chapters) for column in total}


def cost(token: str) -> int:
    """Return the minutes of a part such as "01 ex 2" or "01 break"."""
    number, name = token.split(" ", 1)
    return exercise_minutes(number)[0][name] if name.startswith("ex") else MINUTES[number][name]


def tokens(text: str) -> list[str]:
    """Return the parts that a cell of a plan names, such as "01: start, 1–2, ex 1–2; 02: all"."""
    found = []
    for piece in filter(None, (piece.strip() for piece in text.split(";"))):
        number, names = piece.split(": ", 1)
        kind = ""
        for name in re.split(r",\s*", names):
            if name == "all":
                found += [f"{number} {token}" for token in everything(number)]
                continue
            kind, name = ("ex ", name[3:]) if name.startswith("ex ") else (kind, name)
            first, _, last = name.partition("–")
            names_ = [str(n) for n in range(int(first), int(last) + 1)] if last else [name]
            found += [f"{number} {kind}{each}" for each in names_]
    return found


def everything(number: str) -> list[str]:
    """Return all parts of a chapter and the exercises that are asked for."""
    return [part for part in PARTS if MINUTES[number].get(part)] + list(exercise_minutes(number)[0])


PLAN = re.compile(r"^(\d+) weeks")


@pytest.mark.parametrize("heading", [heading for heading in sections(PLANS) if PLAN.match(heading)])
def test_a_plan_adds_up_and_leaves_nothing_out_unsaid(heading):
    text, weeks = sections(PLANS)[heading], int(PLAN.match(heading)[1])
    rows = tables(text)[0]
    seen, in_class, at_home = [], 0, 0
    assert [int(row[0]) for row in rows] == sorted(list(range(1, weeks + 1)) * 2), "two classes a week"
    for _, class_, minutes, home, home_minutes in rows:
        taught, left = (tokens(cell) if re.match(r"\d\d: ", cell) else None for cell in (class_, home))
        if taught is not None:
            assert sum(map(cost, taught)) == int(minutes), f"{class_}: {sum(map(cost, taught))}"
        assert sum(map(cost, left or [])) == int(home_minutes), f"{home}: {sum(map(cost, left or []))}"
        assert int(minutes) <= 60, f"{class_} takes {minutes} of the 60 minutes that are planned of 75"
        seen += (taught or []) + (left or [])
        in_class, at_home = in_class + int(minutes), at_home + int(home_minutes)
    left_out = re.search(r"^\*\*Left out:\*\* (.+?)\.\n\n", text, re.M | re.S)
    out = tokens(tight(left_out[1])) if left_out else []
    whole = {f"{number} {part}" for number in TAUGHT for part in everything(number)}
    assert len(seen + out) == len(set(seen + out)), "something is planned twice"
    assert set(seen + out) == whole, sorted(whole ^ set(seen + out))
    sums = r"(\d+) classes of 75 minutes, (\d+) hours; (\d+) minutes of material in class, (\d+) at home"
    said = re.search(sums, tight(text))
    assert said, "the plan states no sums"
    assert list(map(int, said.groups())) == [2 * weeks, 2 * weeks * 75 // 60, in_class, at_home]


def test_the_first_class_takes_75_minutes_and_is_that_of_the_plans():
    (rows,) = (table for table in tables(sections(PLANS)["Before the first class"]))
    assert sum(int(minutes) for minutes, _, _ in rows) == 75
    assert all(sum(map(cost, tokens(part))) == int(minutes) for minutes, part, _ in rows if part)
    planned = tables(sections(PLANS)["6 weeks: one number at a time"])[0][0][1]
    assert sorted(token for _, part, _ in rows for token in tokens(part)) == sorted(tokens(planned))


# ---- the chapters one by one


def in_one_cell(number: str, part: str, code: str) -> bool:
    """Say whether exactly one code cell of a part holds the code."""
    found = [cell for cell in parts(number)[part] if cell["cell_type"] == "code" and code in tight(cell["source"])]
    return len(found) == 1


def shown_in(number: str, part: str) -> str:
    """Return what the reader sees in a part of a chapter: text, and the outputs that are stored."""
    text = []
    for cell in parts(number)[part]:
        text.append(cell["source"] if cell["cell_type"] == "markdown" else "")
        for output in cell.get("outputs", []):
            text.append("".join(output.get("text") or output.get("data", {}).get("text/plain", "")))
    return tight("\n".join(text)).replace("$", "")


def place(text: str) -> tuple[str, str]:
    """Return part and code of a place such as "*4*: `code`"."""
    name, code = re.match(r"\*([^*]+)\*[:,] `([^`]+)`", text).groups()
    return part_of(name), code


def test_every_chapter_has_its_section_with_title_room_and_demonstration():
    titles = [headings(path, 1)[0] for path in CHAPTERS]
    assert [heading for heading in sections(CHAPTER_PAGE) if heading[:2].isdigit()] == titles
    for number, text in SECTIONS.items():
        room, shown = re.match(r"\s*\*\*Room:\*\* (.+?)\s\*\*Show:\*\* (.+?)\n\n", text, re.S).groups()
        assert len(room) > 10
        part, code = place(tight(shown))
        assert in_one_cell(number, part, code), f"{number}: {part} has not one cell with {code}"


@pytest.mark.parametrize("number", NUMBERS)
def test_where_to_stop_there_is_a_cell_that_shows_what_the_page_says(number):
    rows = tables(SECTIONS[number])[0]
    assert len(rows) >= 3
    for before, ask, many, comes, say in rows:
        part, code = place(before)
        assert in_one_cell(number, part, code), f"{part} has not one cell with {code}"
        assert ask.endswith("?") and many and len(say) > 20
        assert codes(comes), f"{ask}: nothing to compare"
        for quoted in codes(comes):
            assert quoted in shown_in(number, part), f"{part}: {quoted!r} is not shown"


@functools.cache
def mutants(number: str):
    """Return for each exercise of a chapter its wrong answers, each with its source."""
    file = ROOT / "tests" / "notebooks" / "mutants" / f"ch{number}.py"
    text = file.read_text(encoding="utf-8")
    importlib.import_module(f"course.exercises.ch{number}")
    spec = importlib.util.spec_from_file_location(f"teaching_mutants_{number}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines, tree = text.splitlines(), ast.parse(text).body

    def source(node: ast.AST) -> str:
        return "\n".join(lines[node.lineno - 1 : node.end_lineno])

    defined = {node.name: source(node) for node in tree if hasattr(node, "name")}
    (table,) = (n.value for n in tree if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "MUTANTS")
    found = {}
    for key, listed in zip(table.keys, table.values, strict=True):
        sources = []
        for element in listed.elts:
            named = {node.id for node in ast.walk(element) if isinstance(node, ast.Name)} & set(defined)
            sources.append("\n".join([source(element), *(defined[name] for name in sorted(named))]))
        answers = module.MUTANTS[key.value]
        if len(sources) != len(answers):  # an element with * stands for several
            sources = ["\n".join(sources)] * len(answers)
        found[key.value] = list(zip(answers, map(tight, sources), strict=True))
    return found


@pytest.mark.parametrize("number", NUMBERS)
def test_the_check_says_of_a_usual_wrong_answer_what_the_page_says(number):
    rows = tables(SECTIONS[number])[1]
    assert len(rows) >= 3
    for id, code, words in rows:
        candidates = [answer for answer, source in mutants(number)[id] if tight(codes(code)[0]) in source]
        assert candidates, f"{id}: no wrong answer in the tests has {code}"
        assert words
        messages = []
        for answer in candidates:
            messages.append(checks.judge(id, answer).message)
            if words in messages[-1]:
                break
        else:
            raise AssertionError(f"{id}, {code}: the check says\n" + "\n".join(messages))


def test_every_chapter_says_of_which_exercises_wrong_answers_are_usual():
    for number, text in SECTIONS.items():
        assert {row[0][:2] for row in tables(text)[1]} == {number}


# ---- the exam


QUESTION = re.compile(r"^(\d+) · (.+) \((\d+) marks?, chapters? ([\d, ]+)\)$")


def questions() -> dict[int, tuple[str, str, int, list[str]]]:
    """Return text, answer, marks and chapters of each question of the exam."""
    found = {}
    for heading, text in sections(EXAM).items():
        if match := QUESTION.match(heading):
            asked, answer = text.split("**Answer.**")
            found[int(match[1])] = asked, answer, int(match[3]), match[4].split(", ")
    return found


def test_there_are_twenty_questions_about_the_whole_course_with_a_hundred_marks():
    found = questions()
    assert list(found) == list(range(1, 21))
    assert sum(marks for _, _, marks, _ in found.values()) == 100
    assert {chapter for *_, chapters in found.values() for chapter in chapters} == set(TAUGHT) - {"00"}
    for number, (_, answer, marks, _) in found.items():
        given = sum(int(share) for share in re.findall(r"\((\d+) marks?\)", tight(answer)))
        assert given == marks, f"question {number}: the answer gives {given} of {marks} marks"


RESULT = re.compile(r"^(.+?) = (-?[\d.,]+)$")


def results(answer: str) -> dict[str, str]:
    """Return the results in an answer, which stand there as `name = number`."""
    text = tight(re.sub(r"```.*?```", "", answer, flags=re.S))
    return dict(found.groups() for found in map(RESULT.match, codes(text)) if found)


@pytest.mark.parametrize("number", range(1, 21))
def test_the_answer_of_a_question_is_computed_by_another_route(number):
    asked, answer, *_ = questions()[number]
    computed = getattr(exam_answers, f"question_{number}")()
    stated = results(answer)
    assert set(stated) == set(computed), f"the page {sorted(stated)}, computed {sorted(computed)}"
    assert stated
    for name, value in computed.items():
        digits = stated[name].replace(",", "")
        places = len(digits.partition(".")[2])
        assert abs(float(digits) - value) <= 0.5 * 10.0**-places + 1e-12, f"{name}: the page {digits}, computed {value}"


@pytest.mark.parametrize("number", [n for n, (asked, *_) in questions().items() if "```python" in asked])
def test_the_program_of_a_question_prints_what_its_answer_says(number, capsys):
    asked, answer, *_ = questions()[number]
    program = re.search(r"```python\n(.*?)```", asked, re.S)[1]
    try:
        exec(program, {"__name__": "question"})
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
    printed = capsys.readouterr().out.strip()
    if printed:
        said = re.search(r"```text\n(.*?)```", answer, re.S)
        assert said and printed == said[1].strip()


# ---- links


@pytest.mark.parametrize("page", sorted(DOCS))
def test_the_links_of_the_teachers_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", DOCS[page]):
        if not target.startswith("http"):
            assert (ROOT / "docs" / unquote(target.partition("#")[0])).exists(), target


def test_the_start_page_and_the_readme_lead_to_the_teachers_pages():
    start = (ROOT / "site" / "index.md").read_text(encoding="utf-8")
    assert all(f"docs/{page}" in start for page in DOCS)
    assert "](docs/teaching.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"]({page}.md)" in PLANS for page in DOCS if page != "teaching")
