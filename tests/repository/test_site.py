"""The web site is built once from the stored notebooks, and opened in a real browser as a folder of files.

It needs what requirements-site.txt and .ci/requirements.txt name, which .ci/run installs.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from installed import need_chromium_and
from notebook_files import CHAPTERS, EVERY, ROOT, cells, headings, name
from test_public_names import PUBLIC

from course import findings

need_chromium_and("sphinx", "myst_nb", "sphinx_book_theme", "latex2mathml", "playwright", "axe_playwright_python")

sys.path.insert(0, str(ROOT / "site"))
import build  # noqa: E402

START, CHAPTER, SOLUTION = "index.html", "notebooks/01_derivatives.html", "notebooks/solutions/01_derivatives.html"
ANSWERED = re.compile(r"^\w*guess\w* = \.\.\.", re.MULTILINE)


class Page(HTMLParser):
    """What the tests ask of a page: its links, pictures, names of places, and text outside of code."""

    def __init__(self, path):
        super().__init__()
        self.links, self.pictures, self.loaded, self.places, self.text = [], [], [], set(), []
        self.inside = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.places |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "img":
            self.pictures.append(found)
        if tag in ("img", "script", "link", "iframe", "source"):
            self.loaded += [found[key] for key in ("src", "href") if key in found]
        if tag in ("pre", "code", "script"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def built(folder, *before):
    """Build the site into a folder in a process of its own, after the statements `before`; return what ended.

    Without the slides, which test_slides.py builds.
    """
    program = ["import sys; sys.path.insert(0, 'site'); import build; from pathlib import Path", *before]
    program.append(f"sys.exit(build.build(Path({str(folder)!r}), False))")
    command = [sys.executable, "-c", "; ".join(program)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "site"
    done = built(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return folder


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site by its path."""
    files = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    return {path.relative_to(site).as_posix(): Page(path) for path in files}


# ---- what is there


def test_every_chapter_and_every_solution_is_a_page_that_the_start_page_leads_to(site, pages):
    for path in EVERY:
        page = f"{name(path).removesuffix('.ipynb')}.html"
        assert "".join(pages[page].text).count(headings(path, 1)[0]) > 1, f"{page} has not the title of {path}"
        assert page in pages[START].links
    assert {"docs/architecture.html", "docs/last_digits.html"} <= set(pages[START].links)


def test_previous_and_next_lead_through_the_chapters(site):
    for path, following in zip(CHAPTERS, CHAPTERS[1:], strict=False):
        here, there = (site / "notebooks" / f"{p.stem}.html" for p in (path, following))
        for page, arrow, target in ((here, "right-next", there), (there, "left-prev", here)):
            text = page.read_text(encoding="utf-8")
            assert re.search(rf'class="{arrow}"\s+href="{target.name}"', text), f"{page.name}: {arrow}"


def test_the_start_page_shows_a_graph_a_boundary_and_what_the_gpt_made_up(pages):
    pictures = [Path(picture["src"]).name for picture in pages[START].pictures]
    assert {"graph.svg", "moons.png"} <= set(pictures)
    printed = ["".join(o.get("text", [])) for c in cells(CHAPTERS[19], "code") for o in c["outputs"]]
    (names,) = (text.splitlines()[0].split() for text in printed if " in no list" in text)
    assert ", ".join(names) in "".join(pages[START].text) and len(names) > 5


def test_every_chapter_opens_on_binder_and_in_colab_where_its_badges_say(pages):
    """The badges lead to copies without outputs; the address is the one in pyproject.toml, whosever it is."""
    here = build.ADDRESS
    for path in CHAPTERS:
        page = pages[f"notebooks/{path.stem}.html"]
        for link in (build.address.binder(here, name(path)), build.address.colab(here, name(path))):
            assert page.links.count(link) == 1, (path.name, link)


def test_every_public_name_of_the_package_has_a_place_with_its_signature_and_its_sentence(site, pages):
    places = set().union(*(page.places for name_, page in pages.items() if name_.startswith("api/")))
    imported = {name_ for name_, thing in PUBLIC.items() if ".linalg." in name_ and "linalg" not in thing.__module__}
    names = {f"autograd.tensor.{name_}" if name_.startswith("Tensor.") else name_ for name_ in set(PUBLIC) - imported}
    assert names - places == set() and len(names) > 500
    text = "".join(pages["api/scalar.html"].text)
    assert "seed: int | Random = 0" in text, "the signature of Neuron"
    assert "uniform between −bound and bound" in text and "√(6 / (fan_in + fan_out))" in text, "its docstring"


def test_every_link_inside_the_site_leads_to_a_page_and_a_place_on_it(site, pages):
    wrong = []
    for name_, page in pages.items():
        for link in {*page.links, *page.loaded}:
            parts = urlsplit(link)
            if parts.scheme or link == "#":
                continue
            target = (site / name_).parent / unquote(parts.path) if parts.path else site / name_
            place = unquote(parts.fragment)
            if not target.is_file():
                wrong.append(f"{name_}: {link}")
            elif place and place not in pages[target.resolve().relative_to(site.resolve()).as_posix()].places:
                wrong.append(f"{name_}: {link}")
    assert wrong == []
    assert sum(len(page.links) for page in pages.values()) > 1000


def test_every_picture_has_words(pages):
    without = {
        (name_, picture["src"])
        for name_, page in pages.items()
        for picture in page.pictures
        if len(picture.get("alt") or "") < 15
    }
    assert without == set()
    assert sum(len(page.pictures) for page in pages.values()) > 100


def test_the_words_of_a_picture_are_those_of_its_output(pages):
    for path in EVERY:
        outputs = [o for cell in cells(path, "code") for o in cell["outputs"]]
        stored = [o["metadata"][kind]["alt"] for o in outputs for kind in o.get("metadata", {}) if "image" in kind]
        shown = [picture["alt"] for picture in pages[f"{name(path).removesuffix('.ipynb')}.html"].pictures]
        assert shown == stored


def test_every_formula_is_one(pages, site):
    """No dollar and no command of TeX is left over, and folded answers have formulas too."""
    for name_, page in pages.items():
        text = "".join(page.text)
        left = re.search(r"\$[^$\n]{1,80}\$|\\[a-z_]+", text)
        assert not left, (name_, left)
    chapter = (site / CHAPTER).read_text(encoding="utf-8")
    folded = re.search(r"<summary>The best nudges</summary>(.*?)</details>", chapter, re.DOTALL)[1]
    assert folded.count("<math") == 2 and "<mroot>" in folded
    softmax = (site / "notebooks" / "12_softmax_and_cross_entropy.html").read_text(encoding="utf-8")
    assert '<mi>log</mi><mspace width="0.167em"/><msub><mi>p</mi>' in softmax, "log p, and not logp"


def test_a_warning_fails_the_build_and_leaves_the_site_as_it_was(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("as it was")
    page = "(folder.mkdir(), (folder / 'index.md').write_text('# A page\\n\\n[of nothing](nothing.md)'))"
    done = built(tmp_path / "site", f"build.prepare = lambda folder, *_: {page}")
    assert done.returncode != 0 and "cross-reference target not found: 'nothing.md'" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["site", "index.html"]
    assert (tmp_path / "site" / "index.html").read_text() == "as it was"


@pytest.fixture
def empty_sphinx(monkeypatch):
    """In place of Sphinx, something that makes a site without pages: how Sphinx builds, the other tests see."""
    stand_in = SimpleNamespace(main=lambda options: Path(options[-1]).mkdir() or 0)
    monkeypatch.setitem(sys.modules, "sphinx.cmd.build", stand_in)
    monkeypatch.setattr(build, "prepare", lambda folder, *_: None)


def test_the_slides_are_built_into_the_site_and_each_chapter_leads_to_its_own(tmp_path, empty_sphinx, monkeypatch):
    deck = lambda folder: folder.mkdir() or (folder / "04_backward.html").write_text("a deck") and 0  # noqa: E731
    monkeypatch.setattr(build.decks, "build", deck)
    assert build.build(tmp_path / "site") == 0
    assert (tmp_path / "site" / "slides" / "04_backward.html").read_text() == "a deck"
    link = '<a class="launch" href="../slides/04_backward.html">Slides</a>'
    for path, slides, links in (("", True, 1), ("", False, 0), ("solutions/", True, 0)):
        path = f"notebooks/{path}04_backward.ipynb"
        book = json.loads((ROOT / path).read_text(encoding="utf-8"))
        first = build.prepared(path, book, slides)["cells"][0]["source"]
        assert first.count(link) == first.count("Slides") == links


def test_where_the_slides_cannot_be_built_the_site_stays_as_it_was(tmp_path, empty_sphinx, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("as it was")
    monkeypatch.setattr(build.decks, "build", lambda folder: 1)
    assert build.build(tmp_path / "site") == 1
    assert (tmp_path / "site" / "index.html").read_text() == "as it was"


def test_without_sphinx_it_is_said_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sphinx.cmd.build", None)
    assert build.build(tmp_path / "site") == 1 and not list(tmp_path.iterdir())
    assert "`make site` installs what the site needs" in capsys.readouterr().err


def test_where_the_edition_in_the_browser_was_built_each_chapter_has_a_button_that_opens_it_there(site):
    """It was not built for the site of the other tests, which has no such button."""
    (text,) = (cell["source"] for cell in cells(CHAPTERS[1], "markdown") if "mybinder.org" in cell["source"])
    shown = build.markdown(text, "notebooks/01_derivatives.ipynb", lite=True)
    assert 'href="../lite/index.html?chapter=01_derivatives.ipynb">Open in this browser</a> <a class' in shown
    for name_ in (START, CHAPTER, SOLUTION):
        assert "lite/" not in (site / name_).read_text(encoding="utf-8"), name_


def test_the_edition_in_the_browser_becomes_a_part_of_the_site_and_leads_back_to_it(tmp_path, empty_sphinx):
    (tmp_path / "lite").mkdir()
    shutil.copy(ROOT / "site" / "lite" / "index.html", tmp_path / "lite")
    assert build.build(tmp_path / "site", False, tmp_path / "lite") == 0
    assert '<a href="../index.html">' in (tmp_path / "site" / "lite" / "index.html").read_text(encoding="utf-8")
    assert build.build(tmp_path / "other", False) == 0
    assert not (tmp_path / "other" / "lite").exists(), "without the edition, there is none in the site"


# ---- in a browser


def test_pages_opened_from_a_folder_ask_no_other_host(site, browser):
    asked = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for name_ in (START, CHAPTER, SOLUTION, "docs/architecture.html", "notebooks/19_attention.html"):
        page.goto((site / name_).as_uri(), wait_until="load")
        page.mouse.wheel(0, 20_000)  # what is loaded only when it comes into view
        page.wait_for_timeout(200)
    page.close()
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
    assert len(asked) > 20


def test_the_search_finds_a_word_from_a_folder(site, browser):
    page = browser.new_page()
    page.goto((site / "search.html").as_uri() + "?q=cross-entropy")
    page.locator("#search-results li a", has_text="12 · Softmax and cross-entropy").first.wait_for(timeout=20_000)
    page.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_answer_to_a_guess_is_folded_until_it_is_clicked(site, browser, scripts):
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto((site / CHAPTER).as_uri())
    answer = page.locator("div.cell", has_text="1 knob(s)").locator("details").last
    text = answer.get_by_text(re.compile(r"1 knob\(s\): \d"))
    assert text.count() == 1 and not text.is_visible()
    answer.locator("summary").click()
    assert text.is_visible()
    context.close()


def test_every_answer_to_a_guess_is_folded_and_nothing_else(site):
    for path in CHAPTERS:
        text = (site / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
        expected, open_, shown = 0, False, False
        for cell in cells(path):
            if cell["cell_type"] == "markdown":
                open_ = open_ and not shown
            elif ANSWERED.search(cell["source"]):
                open_, shown = True, False
            elif open_ and cell["outputs"]:
                expected, shown = expected + 1, True
        assert text.count("Write down your guess, then open the answer") == 2 * expected > 4, path.stem


def test_the_text_that_tells_a_finding_is_folded_with_its_formulas(site):
    for path in CHAPTERS:
        page = (site / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
        texts = ["".join(cell["source"]) for cell in findings.findings(cells(path))]
        folded = page.split("<details><summary>After your guess, read on here</summary>")[1:]
        assert len(folded) == len(texts) > 4, path.stem
        for text, there in zip(texts, folded, strict=True):
            assert "$" not in text or "<math" in there.partition("</details>")[0] or "<details>" in text, text


def test_figures_stay_legible_in_the_dark(site, browser):
    """Figures and graphs have dark lines, so a light ground stays behind them."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    for name_ in (CHAPTER, "notebooks/02_expression_graphs.html"):
        page.goto((site / name_).as_uri())
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        grounds = page.evaluate(
            "[...document.querySelectorAll('article img')].map(i => getComputedStyle(i).backgroundColor)"
        )
        assert min(min(map(int, re.findall(r"\d+", ground)[:3])) for ground in grounds) > 200 and len(grounds) > 3
        ink = page.evaluate("getComputedStyle(document.querySelector('math')).color") if name_ == CHAPTER else ""
        assert ink == "" or min(map(int, re.findall(r"\d+", ink)[:3])) > 180
    context.close()


def test_no_page_is_wider_than_a_telephone_or_a_screen_at_400_percent(site, browser):
    context = browser.new_context(viewport={"width": 320, "height": 800})
    page = context.new_page()
    formulas = "notebooks/12_softmax_and_cross_entropy.html"
    pages = (START, CHAPTER, formulas, SOLUTION, "api/scalar.html", "api/networks.html")
    for name_ in (*pages, "docs/architecture.html", "docs/teaching_chapters.html"):
        page.goto((site / name_).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name_
    page.goto((site / "docs" / "teaching.html").as_uri())
    items = page.evaluate("[...document.querySelectorAll('article li')].map(one => getComputedStyle(one).overflowX)")
    assert {*items} == {"visible"}, "an item that scrolls has no bullet"
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_focus_can_be_seen_on_each_of_the_first_stops_of_the_keyboard(site, browser, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto((site / "docs" / "teaching.html").as_uri())
    seen = {}
    for _ in range(6):
        page.keyboard.press("Tab")
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
        name_, outline, shadow = page.evaluate(
            "(one => [one.ariaLabel || one.textContent.trim(), getComputedStyle(one).outlineStyle, "
            "getComputedStyle(one).boxShadow])(document.activeElement)"
        )
        seen[name_] = outline != "none" or shadow != "none"
    assert len(seen) == 6 and all(seen.values()), seen
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_meet_the_rules_of_wcag_2_2_aa_that_a_program_can_check(site, browser, scheme):
    """axe-core finds nothing, with all that is folded open. The dark differs in colours, and is tested for these."""
    from axe_playwright_python.sync_playwright import Axe

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] if scheme == "light" else ["color-contrast"]
    options = {"runOnly": rules, "resultTypes": ["violations"]}  # of rules that are kept, only the names
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    for name_ in (START, "notebooks/00_start_here.html", "notebooks/solutions/00_start_here.html", "api/scalar.html"):
        page.goto((site / name_).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")  # colours that still change
        found = Axe().run(page, options=options)
        assert found.violations_count == 0, f"{name_}\n{found.generate_report()}"
        assert "color-contrast" in [rule["id"] for rule in found.response["passes"]]
    page.goto((site / START).as_uri())
    page.evaluate("document.querySelector('article p').style.color = 'rgb(119, 119, 119)'")
    found = Axe().run(page, context="article p", options=options).response["violations"]
    assert [rule["id"] for rule in found] == ["color-contrast"], "a text that is hard to read is found"
    context.close()


# ---- the workflow that publishes it

WORKFLOW = ROOT / ".github" / "workflows" / "site.yml"


def test_the_workflow_publishes_what_make_site_builds():
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    build, lite, publish = (jobs[name_]["steps"] for name_ in ("build", "lite", "publish"))
    assert [step["run"] for step in build if step.get("run", "").startswith("make")] == ["make lite", "make site"]
    (tested,) = (step for step in lite if "pytest tests/notebooks/test_lite.py" in step.get("run", ""))
    assert {name_.split("_")[0] for name_ in tested["env"]["LITE_CHAPTERS"].split()} >= {"08", "12"}, "with NumPy"
    assert set(jobs["publish"]["needs"]) == {"build", "lite"}
    assert [step["with"]["path"] for step in build if "pages-artifact" in step.get("uses", "")] == ["build/site"]
    assert [step["uses"].split("@")[0] for step in publish] == ["actions/deploy-pages"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\nsite: environment-site\n\t$(BIN)/python site/build.py\n" in makefile
    assert 'default=ROOT / "build" / "site"' in (ROOT / "site" / "build.py").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="the workflow's script runs in bash")
@pytest.mark.parametrize("status", [0, 1], ids=["with Pages", "without Pages"])
def test_where_pages_are_not_switched_on_the_workflow_says_so_and_does_not_fail(tmp_path, status):
    steps = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["build"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("id") == "pages")
    assert "${{" not in script, "what GitHub fills in must come as an environment variable, not as part of the script"
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\n[ "$2" = repos/a-school/course/pages ] || exit 2\nexit {status}\n')
    gh.chmod(0o755)
    env = os.environ | {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_REPOSITORY": "a-school/course"}
    env["PATH"] = f"{tmp_path}{os.pathsep}{env['PATH']}"
    done = subprocess.run(["bash", "-e", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").exists() == (status == 0)
    assert done.stdout.startswith("::notice ") == (status != 0)
