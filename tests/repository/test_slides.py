"""The decks are built once from the stored notebooks, and every slide of every deck is measured in a real browser.

They need what requirements-site.txt and .ci/requirements.txt name, which .ci/run installs.
"""

import html
import itertools
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from installed import need_chromium_and
from notebook_files import CHAPTERS, ROOT, exercises, role

from course import lesson
from course.findings import GUESS

need_chromium_and(
    "sphinx_revealjs", "latex2mathml", "markdown_it", "mdit_py_plugins", "playwright", "axe_playwright_python"
)

sys.path.insert(0, str(ROOT / "site"))
import decks  # noqa: E402
from PIL import Image  # noqa: E402
from slides import blocks, figures, listing, prose, rules, sizes  # noqa: E402

# What is wrong with the slides of a deck. All are laid out at once in their real size, with everything shown that
# comes at a press. Indices in formulas are smaller than the formula, as everywhere, and what a figure says is its own.
MEASURE = """() => {
  const style = document.createElement('style');
  style.textContent = `.reveal .slides section { display: block !important; position: relative !important;
      transform: none !important; visibility: visible !important; top: 0 !important; left: 0 !important }
    .reveal .slides > section { width: 1280px !important; height: auto !important }`;
  document.head.append(style);
  const slides = [...document.querySelectorAll('.slides section section')];
  const faults = [];
  for (const slide of slides) {
    const box = slide.getBoundingClientRect();
    const say = (what, element) => faults.push(`${slide.id}: ${what}: ${element.outerHTML.slice(0, 150)}`);
    if (Math.round(box.width) !== 1280 || Math.round(box.height) !== 720) say('not 1280 x 720', slide);
    if (!slide.querySelector('.body > *')) say('empty', slide);
    for (const element of slide.querySelectorAll('header, header *, .body, .body *')) {
      if (element.closest('math') && element.tagName !== 'math') continue;
      const r = element.getBoundingClientRect();
      if (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1)
        say('outside of the slide', element);
      const flows = getComputedStyle(element).display !== 'inline' && element.clientWidth > 0;
      if (flows && element.scrollWidth > element.clientWidth + 1) say('wider than its box', element);
    }
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const parent = texts.currentNode.parentElement;
      if (!texts.currentNode.textContent.trim() || parent.closest('aside')) continue;
      const size = parseFloat(getComputedStyle(parent.closest('math') || parent).fontSize);
      if (size < 0.04 * 720) say(`letters of ${size} pixels`, parent);
    }
    for (const image of slide.querySelectorAll('img')) {
      if (!image.complete || !image.naturalWidth) say('not shown', image);
      if (!image.alt) say('without words', image);
      const shape = image.width / image.height * image.naturalHeight / image.naturalWidth;
      if (Math.abs(shape - 1) > 0.02) say(`stretched by ${shape}`, image);
    }
  }
  return [slides.length, faults];
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the decks, and how they were made."""
    folder = tmp_path_factory.mktemp("slides")
    command = [sys.executable, "-W", "error", "site/decks.py", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def made():
    """What the rules make of two chapters, before it becomes HTML."""
    chosen = [CHAPTERS[4], CHAPTERS[12]]
    return {name: rules.Deck(name, laid_out) for name, laid_out in listing.narrow(chosen).items()}


@pytest.fixture
def page(browser):
    """A page in its own context that writes down what is asked of other hosts, and what goes wrong."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.trouble = []
    asked = lambda request: request.url.startswith(("file:", "data:", "about:")) or page.trouble.append(request.url)  # noqa: E731
    context.on("request", asked)
    page.on("console", lambda message: page.trouble.append(message.text))
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    yield page
    context.close()


def test_every_chapter_has_a_deck_and_solutions_have_none(built):
    assert sorted(path.stem for path in built.iterdir()) == [path.stem for path in CHAPTERS]
    text = (built / "04_backward.html").read_text(encoding="utf-8")
    assert "<title>04 · Backward: slides</title>" in text and "reveal.js 5" in text


# ---- in a browser


def test_every_slide_fits_its_letters_are_large_and_it_asks_no_other_host(built, page):
    counted = {}
    for path in sorted(built.iterdir()):
        page.goto(path.as_uri())
        counted[path.stem], faults = page.evaluate(MEASURE)
        assert faults == [], f"{path.stem}: {len(faults)} faults\n" + "\n".join(faults[:20])
    assert page.trouble == []
    assert min(counted.values()) > 40 and len(counted) == len(CHAPTERS), counted


# Not followed by what it is lower or higher than: then it is a place on a page, which is on another slide or on none.
PLACE = re.compile(
    r"\b(?:below|above)\b(?!\s+(?:[-−–]?\d|log|eps|its\b|it\b|that\b|Adam|rng|p\b|the best))|\bcells?\b", re.I
)
# A leaf of a graph, the height over a plane, and a place in the drawing on the same slide.
NO_PLACES = ("each leaf below", "seen from above", "below, d and e both use c")
ABOUT_NOTEBOOKS = "00"  # shows what a cell is


def test_no_sentence_points_to_a_place_that_only_the_notebook_has(built):
    found = []
    for path in sorted(built.iterdir()):
        for slide in re.findall(r"<section id=.*?<aside", path.read_text(encoding="utf-8"), re.DOTALL):
            number = re.match(r'<section id="slide-(\d+)"', slide)[1]
            for paragraph in re.findall(r"<p>(.*?)</p>", slide, re.DOTALL):
                said = html.unescape(re.sub(r"<[^>]+>", "", paragraph))
                place = PLACE.search(said)
                if place and not any(words in said for words in NO_PLACES):
                    if not (path.name.startswith(ABOUT_NOTEBOOKS) and "cell" in place[0].lower()):
                        found.append(f"{path.stem} {number}: {said}")
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The next cell tries it. Compare.", ["The code tries it.", "Compare."]),
        ("Below, a file holds it. Below are two.", ["Here, a file holds it.", "Here are two."]),
        ("**Will they differ?** Write a guess, then run both cells.", ["**Will they differ?**"]),
        ("How much? (Write it into the line above.)", ["How much?"]),
        ("So it bends. Move it: in the last cell, change 2 to 3.", ["So it bends."]),
        ("(Run each of these cells once.)", []),
    ],
)
def test_what_is_said_to_somebody_in_front_of_the_notebook_is_said_to_a_class(text, expected):
    assert prose.essence(text) == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("body.innerHTML += '<p>A line.</p>'.repeat(20)", "outside of the slide"),
        ("body.innerHTML += '<p style=\"font-size: 28px\">A line.</p>'", "letters of 28 pixels"),
        ("body.innerHTML += '<pre><code style=\"white-space: pre\">' + 'x'.repeat(80) + '</code></pre>'", "wider than"),
        ("body.innerHTML += `<img width=9 height=9 src='${pixel}'>`", "without words"),
        ("body.innerHTML += `<img alt=a width=9 height=18 src='${pixel}'>`", "stretched by 0.5"),
        ("body.innerHTML += '<img alt=a src=\"file:///nothing.png\">'", "not shown"),
        ("body.innerHTML = ''", "empty"),
    ],
)
def test_what_is_wrong_with_a_slide_is_found(built, browser, change, said, wounded={}):  # noqa: B006 one page for all
    if not wounded:
        wounded["page"] = browser.new_page(viewport={"width": 1280, "height": 720})
        wounded["page"].goto((built / "00_start_here.html").as_uri())
    page = wounded["page"]
    program = f"""async () => {{
      const body = document.querySelector('#slide-2 .body'), before = body.innerHTML;
      const pixel = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAAA';
      {change};
      await Promise.all([...body.querySelectorAll('img')].map(i => i.decode().catch(() => 0)));
      const found = ({MEASURE})();
      body.innerHTML = before;
      return found[1];
    }}"""
    found = page.evaluate(program)
    assert found and all(fault.startswith("slide-2: ") for fault in found)
    assert any(said in fault for fault in found), found


def test_keys_lead_through_a_deck_and_what_is_hidden_comes_at_a_press(built, page):
    page.goto((built / "04_backward.html").as_uri())
    seen = []
    for _ in range(5):
        seen.append(page.evaluate("Reveal.getCurrentSlide().id"))
        box = page.locator(f"#{seen[-1]}").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 1280, "height": 720}
        page.keyboard.press("ArrowRight")
    assert seen == ["slide-1", "slide-2", "slide-3", "slide-3", "slide-4"], "slide 3 is a question, then its answer"
    page.keyboard.press("End")
    last = page.evaluate("[Reveal.getCurrentSlide().id, Reveal.isLastSlide()]")
    assert last == [page.locator(".slides section section").last.get_attribute("id"), True]
    assert page.trouble == []


def test_the_speaker_sees_the_whole_text_and_the_clock_without_a_network(built, page):
    path = built / "04_backward.html"
    page.goto(path.as_uri() + "#/slide-6")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes .value")
    notes.get_by_text("Minute").wait_for(timeout=20_000)
    assert "Let everybody write down a guess" in notes.inner_text() and "So why wait?" in notes.inner_text()
    opened.value.get_by_text("Pacing").wait_for(timeout=20_000)
    page.keyboard.press("ArrowRight")
    notes.get_by_text("backward_eager(parent)").wait_for(timeout=20_000)
    assert page.trouble == []


def test_a_deck_can_be_read_in_the_dark(built, browser):
    context = browser.new_context(color_scheme="dark", viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto((built / "01_derivatives.html").as_uri())
    program = """() => {
      const light = text => {
        const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(n => (n / 255) ** 2.2);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = element => {
        const color = getComputedStyle(element).backgroundColor;
        return color === 'rgba(0, 0, 0, 0)' ? ground(element.parentElement) : light(color);
      };
      const texts = ':is(h1, h2, p, a, code span, math, th, td, .count)';
      const all = [...document.querySelectorAll('section section ' + texts)];
      const least = Math.min(...all.filter(e => !e.closest('aside')).map(e => {
        const [a, b] = [light(getComputedStyle(e).color), ground(e)].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
      }));
      return [all.length, least, ground(document.body), Math.min(...[...document.images].map(ground))];
    }"""
    count, contrast, ground, behind_figures = page.evaluate(program)
    assert count > 300 and contrast >= 4.5 and ground < 0.05 and behind_figures == 1
    context.close()


def test_slides_meet_the_rules_of_wcag_2_2_aa_that_a_program_can_check(built, browser):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto((built / "12_softmax_and_cross_entropy.html").as_uri())
    kinds = ["title", "predict", "code", "card", "figure"]
    program = """kinds => {  // one slide of each kind, as axe looks at the whole page each time
      const kept = new Set(kinds.map(kind => document.querySelector(`[data-kind=${kind}]`)));
      document.querySelectorAll('section section').forEach(slide => kept.has(slide) || slide.remove());
      document.querySelectorAll('.slides > section').forEach(stack => stack.children.length || stack.remove());
      Reveal.sync();
      Reveal.slide(0, 0);
    }"""
    page.evaluate(program, kinds)
    for kind in kinds:
        assert page.evaluate("Reveal.getCurrentSlide().dataset.kind") == kind
        found = Axe().run(
            page,
            context="section section.present",
            options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
        )
        assert found.violations_count == 0, f"{kind}\n{found.generate_report()}"
        page.keyboard.press("ArrowRight")
    page.close()


# ---- the rules


def shown(slide):
    """The words of a slide as plain text."""
    return html.unescape(re.sub(r"<[^>]+>", "", "\n".join(block.html for block in slide.blocks)))


def kinds(slide):
    return {block.kind for block in slide.blocks}


def test_a_prediction_is_a_slide_and_its_answer_comes_later(made):
    for deck in made.values():
        guesses = [n for n, cell in enumerate(deck.cells) if GUESS.search(lesson.source(cell))]
        asked = {slide.cell: slide for slide in deck.slides if slide.kind == "predict"}
        for guess in guesses:
            question = max(n for n in range(guess) if deck.cells[n]["cell_type"] == "markdown")
            slide = asked.pop(question)
            assert "question" in kinds(slide) and not kinds(slide) & {"code", "printed", "figure"}
            following = deck.slides[deck.slides.index(slide) + 1 :]
            answer = next(s for s in following if kinds(s) & {"printed", "figure"})
            assert answer.cell >= guess
            between = following[: following.index(answer)]
            assert all(kinds(s) <= {"asked", "code", "text"} for s in between)
        assert not asked and len(guesses) > 5
        everything = "\n".join(map(shown, deck.slides))
        assert "your guess" not in everything and "(no guess)" not in everything


def test_a_figure_has_its_words_and_not_its_code(made):
    for deck in made.values():
        for place, cell in enumerate(deck.cells):
            stored = [o for o in cell.get("outputs", []) if {"image/png", "image/svg+xml"} & o.get("data", {}).keys()]
            if not stored:
                continue
            slides = [slide for slide in deck.slides if slide.cell == place]
            code = "\n".join(shown(s) for s in slides if "code" in kinds(s))
            assert not re.search(r"\bplt\.|\baxe?s?\.|figures\.|moving\.", code)
            images = [block.html for s in slides for block in s.blocks if block.figure]
            alts = [html.unescape(alt) for image in images for alt in re.findall(r'alt="([^"]*)"', image)]
            words = stored[0]["metadata"].get("image/png", {}).get("alt")
            assert alts and (words is None or " ".join(alts) == words)


def test_an_exercise_is_its_card_and_its_stub_and_hints_are_for_the_speaker(made):
    for path in (CHAPTERS[4], CHAPTERS[12]):
        deck = made[path.stem]
        for id, parts in exercises(path).items():
            (first, *_), notes = zip(*((s, s.notes) for s in deck.slides if f"Exercise {id}" in s.title), strict=True)
            minutes = re.search(r"· (\d+ min)", parts["card"]["source"])[1]
            assert minutes in shown(first) and "in your notebook" in shown(first)
            name = re.search(r"^(?:def |class )?(\w+)", parts["stub"]["source"])[1]
            stubs = [s for s in deck.slides if f"Exercise {id}" in s.title and "code" in kinds(s)]
            assert name in shown(stubs[0])
            assert f"{id}, a nudge" in str(notes) and "a nudge" not in "".join(map(shown, deck.slides))


def letters(markup):
    """The letters of HTML, without those of its marks."""
    return re.sub(r"\W", "", html.unescape(re.sub(r"<[^>]+>", "", markup)))


def test_what_was_left_out_of_the_prose_stands_in_the_notes(made):
    for deck in made.values():
        notes = letters("".join(note for slide in deck.slides for note in slide.notes))
        slides = letters("".join(block.html for slide in deck.slides for block in slide.blocks))
        paragraphs = [
            piece.text
            for cell in deck.cells[3:]
            for piece in (prose.pieces(cell["source"]) if cell["cell_type"] == "markdown" and not role(cell) else [])
            if piece.kind == "text"
        ]
        assert [text for text in paragraphs if letters(prose.rendered(text)) not in notes] == []
        sentences = [sentence for text in paragraphs for sentence in lesson.sentences(text)]
        on_slides = sum(letters(prose.rendered(sentence)) in slides for sentence in sentences)
        assert 0.6 < on_slides / len(sentences) < 0.95


def test_all_code_of_a_chapter_that_draws_nothing_is_shown(made):
    for deck in made.values():
        slides = re.sub(r"\s", "", "".join(map(shown, deck.slides)))
        for cell in deck.cells:
            draws = any({"image/png", "image/svg+xml"} & o.get("data", {}).keys() for o in cell.get("outputs", []))
            shows = cell["cell_type"] == "code" and role(cell) in ("", "stub") and "show_source(" not in cell["source"]
            for part in listing.steps(listing.for_class(cell["source"])) if shows and not draws else []:
                assert re.sub(r"\s", "", part) in slides, part


def test_the_minutes_of_the_slides_are_those_of_the_chapter(made):
    for deck in made.values():
        timings = [decks.seconds(deck, place) for place in range(len(deck.slides))]
        assert abs(sum(timings) - 60 * deck.total) < 60 and min(timings) >= 0
        minutes = [slide.minute for slide in deck.slides]
        assert minutes == sorted(minutes)
        assert f"of {lesson.promised(deck.cells)}." in deck.slides[0].notes[0]
        assert "For instructors" not in "".join(deck.slides[0].notes) and "Usual wrong answers" in "".join(
            deck.slides[0].notes
        )


def test_long_code_is_cut_where_it_is_least_indented_and_nothing_is_lost():
    text = "\n".join(f"def f{n}():\n    x = {n}\n    return x\n" for n in range(12)).strip()
    parts = listing.steps(text)
    assert len(parts) == 3 and all(part.startswith("def f") for part in parts)
    assert all(sizes.code(part.split("\n")) <= sizes.ROOM for part in parts)
    assert "\n".join(itertools.chain.from_iterable(p.split("\n") for p in parts)).replace("\n\n", "\n") == text.replace(
        "\n\n", "\n"
    )


def test_code_is_not_cut_inside_brackets_or_text_where_a_whole_statement_fits():
    body = "".join(f"    x = {n}\n" for n in range(13))
    first, second = listing.steps(f"def f(\n    a,\n    b,\n    c,\n):\n{body}")
    assert first.startswith("def f(\n    a,\n    b,\n    c,\n):") and second.startswith("    x = ")
    assert listing.in_brackets("a = f(\n    1,\n)\nb = 1") == {1, 2}
    assert listing.in_brackets('a = """\none\n"""\nb = 1') == {1, 2}
    assert listing.in_brackets("(an open\none") == set()


def test_of_two_layouts_of_code_the_one_with_fewer_slides_is_shown():
    lines = [f"values[{n}] = function(first_argument_{n}, second_argument_{n})" for n in range(9)]
    wide = "\n".join(lines)
    narrow = "\n".join(re.sub(r"\((.*), (.*)\)", r"(\n    \1,\n    \2,\n)", line) for line in lines)
    assert (len(listing.steps(narrow)), len(listing.steps(wide))) == (3, 1)
    assert listing.fewer_slides(narrow, wide) == wide and listing.fewer_slides("x = 1", "x = (1)") == "x = 1"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('print(f"a is {a:g}   your guess: {guess}")', 'print(f"a is {a:g}")'),
        ('x = 1\nprint("your guess:", guess)', "x = 1"),
        ('print(x, "  your guess:", guess)', "print(x)"),
        ('print(x, "parameters   your guess:", guess)', 'print(x, "parameters")'),
        ('print(x, "guess:", guess, sep="\\n")', 'print(x, sep="\\n")'),
        ("guess = ...\nnumbers = [1, 2]", "numbers = [1, 2]"),
        ("import math\n\nx = math.pi\nassert x > 3", "x = math.pi"),
        ("import math", "import math"),
    ],
)
def test_code_is_shown_without_the_guess_the_imports_and_the_claims(code, expected):
    assert listing.for_class(code) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a is 6   your guess: (no guess)\n", "a is 6"),
        ("a\nyour guess:\n(no guess)\n", "a"),
        ("measured: 55   your ways: (no guess), which add up to ?", "measured: 55"),
        ("a\nagreed: no guess yet\nb", "a\nb"),
        ("\x1b[31mred\x1b[0m\n  2", "red\n  2"),
        (listing.LIVE, ""),
    ],
)
def test_printed_text_is_shown_without_the_guess_that_nobody_wrote_down(text, expected):
    assert listing.printed(text) == expected


def test_what_is_printed_stands_on_one_line_and_says_the_same():
    code = 'print(\n    "a",\n    f(\n        [1, 2],\n    ),\n)\n'
    assert listing.joined(code) == 'print("a", f([1, 2]))\n'
    for as_it_is in ("print(\n    a,  # why\n)", "print(a)", "paint(\n    a,\n)"):
        assert listing.joined(as_it_is) == as_it_is


def test_a_strip_is_cut_in_the_white_between_its_stills():
    ink = np.array([1] * 30 + [0] * 10 + [1] * 22 + [0] * 4 + [1] * 34, dtype=bool)
    assert figures.cuts(ink, 3) == [0, 35, 64, 100]
    assert figures.cuts(np.ones(90, dtype=bool), 3) == [0, 30, 60, 90], "no white: equal parts"
    image = Image.fromarray(np.where(np.outer(ink[:60], ink), 0, 255).astype("uint8"))
    found = figures.stills(image, ["0. First.", "1. Second.", "2. Third."], 50)
    assert [(one.width, one.height, one.alt) for one in found] == [
        (17.5, 30, "0. First."),
        (14.5, 30, "1. Second."),
        (18, 30, "2. Third."),
    ]


def test_a_figure_keeps_three_quarters_of_its_size_beside_text():
    figure = figures.Figure("data:,", "A line.", 700, 350)
    whole = blocks.figure_block(figure)
    assert (whole.height, whole.least) == (584, 438) and sizes.ROOM == 600
    slide = blocks.Slide("", "figure", [blocks.Block("text", "", 120), whole])
    assert slide.fits() and slide.fits(blocks.Block("text", "", 6)) and not slide.fits(blocks.Block("text", "", 7))
    slide.fit()
    assert slide.height == sizes.ROOM and slide.blocks[1].html.endswith('width="924" height="462">')


def test_an_svg_without_a_frame_is_named():
    with pytest.raises(ValueError, match="without a viewBox cannot be scaled"):
        figures.figures({"data": {"image/svg+xml": "<svg></svg>", "text/plain": "a"}, "metadata": {}})


def test_printed_text_that_is_too_long_keeps_its_beginning_and_its_end():
    text = "\n".join(f"line {n}" for n in range(40))
    short = listing.shortened(text).split("\n")
    assert short[0] == "line 0" and short[-1] == "line 39" and sizes.code(short) <= sizes.ROOM
    (gap,) = (line for line in short if "…" in line)
    assert gap == f"… {40 - len(short) + 1} lines more …"


@pytest.mark.parametrize(
    ("text", "asks", "expected"),
    [
        ("One. Two three four. **A rule.** Five six.", False, ["One.", "**A rule.**", "Two three four."]),
        ("First here. Then that. **What is it?**", True, ["**What is it?**", "Then that."]),
        ("One two. Three four five six seven. It is", False, ["One two.", "It is"]),
        ("(We say: so.) One two three. Four five six.", False, ["One two three.", "Four five six."]),
    ],
)
def test_of_a_long_paragraph_the_first_sentence_what_is_bold_and_what_comes_before_a_question_stay(
    text, asks, expected
):
    kept = prose.essence(text, 6, asks)
    assert set(kept) == set(expected) and kept == [s for s in lesson.sentences(text) if s in kept]


def test_a_full_stop_stays_with_the_formula_before_it():
    found = prose.inline("It is $x + 1$, or $y$. So")
    assert re.findall(r"</math></span>(.{8})", found) == [",</span>", ".</span>"] and found.count('class="whole"') == 2


def test_the_estimated_width_of_text_is_at_least_the_real_one(built, browser):
    page = browser.new_page()
    page.goto((built / "00_start_here.html").as_uri())
    for text in ("Every number remembers how it was computed.", "WWW iii 123 – (0.5)"):
        program = """text => { const span = document.createElement('span'); span.textContent = text;
          span.style.font = '31px "Deck"'; document.body.append(span); return span.getBoundingClientRect().width; }"""
        real = page.evaluate(program, text)
        assert real <= sizes.width(text, 31) <= 1.25 * real
    page.close()


def test_without_its_packages_it_is_said_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(decks.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(decks, "importlib", SimpleNamespace(util=decks.importlib.util))
    assert decks.build(tmp_path / "slides") == 1
    assert "`make slides` installs what the slides need" in capsys.readouterr().err
    assert not (tmp_path / "slides").exists()
