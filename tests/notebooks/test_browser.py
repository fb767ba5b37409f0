"""Chapters of the reader's copy in a real JupyterLab in a real browser: Run All, no error, and the widgets move.

One chapter of each kind, with a wrong answer to every exercise: the first, numbers with a drawing that is wide or that
moves, and arrays. nbval runs all cells of all chapters, and test_wrong_answers.py says why a wrong answer stops none.
Once a week all chapters are opened here.
Needs Playwright and a Chromium. Screenshots go to the folder named by SCREENSHOTS, if that is set.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from installed import need_chromium_and
from notebook_files import CHAPTERS, ROOT, WEEKLY, role, wrong

from course import copy, findings, moving

START = "import sys\nsys.path.insert(0, '..')\nfrom course import moving"

need_chromium_and("playwright")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The course as a stranger has it, with a reader's copy in it, so that nothing is saved into the repository."""
    home = tmp_path_factory.mktemp("course")
    for folder in ("autograd", "course", "notebooks"):
        shutil.copytree(
            ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        )
    (home / "data").mkdir()
    for file in ("pyproject.toml", "data/names.txt", "data/course.txt"):
        shutil.copy(ROOT / file, home / file)
    copy.renew(home)
    return home


@pytest.fixture(scope="module")
def lab(home):
    """Return the address of a chapter of the copy in a JupyterLab."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=t"]
    options += ["--LabApp.expose_app_in_browser=True"]
    log = (home / "lab.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "course.lab", *options], cwd=home, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api?token=t", home / "lab.log")
        yield lambda chapter: f"http://127.0.0.1:{port}/lab/tree/my-course/{chapter}?token=t&reset"
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def wait_for(address: str, log: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def window(browser):
    """One JupyterLab on the screen; to load it anew for each chapter would take half of all computing."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(90_000)
    yield page
    page.close()


@pytest.fixture
def page(window):
    window.set_viewport_size({"width": 1300, "height": 1000})
    yield window
    # Else the kernels of all chapters would hold their memory until the last one has run.
    program = "{ await widget.sessionContext?.shutdown(); widget.dispose(); }"
    window.evaluate(f"async () => {{ for (const widget of {OPEN}) {program} }}")


NOTEBOOK = "window.jupyterapp.shell.currentWidget"
OPEN = "[...(window.jupyterapp?.shell.widgets('main') ?? [])]"
READY = f"() => window.jupyterapp && {NOTEBOOK} && {NOTEBOOK}.content && {NOTEBOOK}.sessionContext"


def opened(page, address):
    """Open a notebook, and return its cells as the notebook's JSON has them."""
    if page.evaluate("() => Boolean(window.jupyterapp)"):
        path = address.partition("/lab/tree/")[2].partition("?")[0]
        page.evaluate("async path => { await window.jupyterapp.commands.execute('docmanager:open', { path }); }", path)
    else:
        page.goto(address)
    page.wait_for_function(READY)
    page.evaluate(f"async () => {{ await {NOTEBOOK}.context.ready; await {NOTEBOOK}.sessionContext.ready; }}")
    return shown(page)


def shown(page):
    return json.loads(page.evaluate(f"() => JSON.stringify({NOTEBOOK}.content.model.toJSON())"))["cells"]


def run_all(page, address):
    """Open a notebook, run all cells, and return them."""
    assert not any(cell.get("outputs") for cell in opened(page, address)), (
        "a result is on the screen before its question"
    )
    execute(page, "notebook:run-all-cells")
    return shown(page)


def execute(page, command):
    page.evaluate(f"async () => {{ await window.jupyterapp.commands.execute('{command}'); }}")


def look_at(page, cell: int) -> None:
    page.evaluate(f"async (i) => {{ await {NOTEBOOK}.content.scrollToItem(i, 'center'); }}", cell)


def screenshot(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def answer_wrongly(path):
    """Fill in the exercises of a chapter of the copy."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if role(cell) == "stub":
            cell["source"] = wrong("".join(cell["source"]))
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def run_all_wrong(home, lab, page):
    """Run a chapter of the copy with every exercise answered wrongly, look at what comes out, and return its cells."""

    def run(chapter):
        answer_wrongly(home / "my-course" / chapter)
        cells = run_all(page, lab(chapter))
        verdicts = ["".join(cell["outputs"][0]["text"]) for cell in cells if role(cell) == "check"]
        assert verdicts and [text for text in verdicts if "not yet" not in text] == []
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
        outputs = [output for cell in code for output in cell["outputs"]]
        assert any(output["output_type"] == "stream" for output in outputs)
        assert [output for output in outputs if output["output_type"] == "error"] == []
        pictures = [i for i, cell in enumerate(cells) if "image/png" in json.dumps(cell.get("outputs"))]
        assert pictures
        look_at(page, pictures[0])
        page.wait_for_function(
            "() => [...document.querySelectorAll('.jp-RenderedImage img')].some(i => i.naturalWidth > 300)"
        )
        screenshot(page, chapter.removesuffix(".ipynb"))
        return cells

    return run


FEW = ["00_start_here.ipynb", "11_matmul_and_shapes.ipynb"]


@pytest.mark.parametrize("chapter", [path.name for path in CHAPTERS] if WEEKLY else FEW)
def test_run_all_in_jupyterlab_with_every_exercise_wrong(run_all_wrong, chapter):
    run_all_wrong(chapter)


def test_the_widget_steps_through_a_backward_pass(run_all_wrong, page):
    cells = run_all_wrong("04_backward.ipynb")
    found = stage(page, next(i for i, cell in enumerate(cells) if "step_through(" in "".join(cell["source"])))
    picture, caption, button = (
        found.locator("svg"),
        found.get_by_role("alert"),
        found.get_by_role("button", name="Next"),
    )
    caption.get_by_text("starts with gradient 1").wait_for()
    for node, share in (("e", "e passes on 1"), ("d", "d passes on 5"), ("c", "c passes on 30")):
        button.press("Enter")
        caption.get_by_text("Which node passes on next?").wait_for()
        button.click()
        caption.get_by_text(f"{node} passes on. Which numbers change?").wait_for()
        assert "grad 55" not in picture.text_content()
        button.click()
        caption.get_by_text(share).wait_for()
    picture.get_by_text("grad 55").wait_for()
    screenshot(page, "widget")
    found.get_by_role("button", name="Back").click()
    caption.get_by_text("c passes on. Which numbers change?").wait_for()
    picture.get_by_text("grad 25").wait_for()
    field = found.get_by_role("spinbutton", name="step")
    field.fill("1")
    field.press("Enter")
    caption.get_by_text("Which node passes on next?").wait_for()
    found.locator(".noUi-handle").first.focus()
    page.keyboard.press("End")
    picture.get_by_text("grad 55").wait_for()
    page.keyboard.press("Home")
    caption.get_by_text("starts with gradient 1").wait_for()
    page.set_viewport_size({"width": 683, "height": 384})  # 1366 by 768, enlarged twice
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    screenshot(page, "widget_200")
    assert found.bounding_box()["height"] <= page.locator(".jp-WindowedPanel-outer").first.bounding_box()["height"]


def test_the_list_of_live_cells_is_that_of_the_open_chapter_and_leads_to_a_cell(lab, page):
    from playwright.sync_api import expect

    cells = opened(page, lab("04_backward.ipynb"))
    start = next(i for i, cell in enumerate(cells) if role(cell) == "bootstrap")
    page.evaluate(
        f"""i => {{
          const content = {NOTEBOOK}.content, cell = content.widgets[i].model.sharedModel;
          cell.setSource(cell.source + '\\nimport course\\ncourse.demo()');
          content.activeCellIndex = i;
        }}""",
        start,
    )
    execute(page, "notebook:run-cell")
    row = page.locator(".jp-RenderedHTML tr", has_text="Build a graph for which it does not")
    experiment = page.locator(".jp-Notebook .jp-Cell", has_text="def build(x)")
    row.get_by_role("link").click()
    expect(experiment).to_be_in_viewport()
    screenshot(page, "demo")


def test_a_wide_graph_is_seen_whole_at_1366_pixels(run_all_wrong, page):
    page.set_viewport_size({"width": 1366, "height": 768})
    cells = run_all_wrong("03_chain_rule.ipynb")
    for place, cell in enumerate(cells):
        if any("image/svg+xml" in output.get("data", {}) for output in cell.get("outputs", [])):
            look_at(page, place)
            drawing = page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".jp-RenderedSVG img")
            drawing.wait_for()
            drawing.evaluate("image => image.decode()")
            box, panel = drawing.bounding_box(), page.locator(".jp-WindowedPanel-outer").first.bounding_box()
            assert box["x"] + box["width"] <= panel["x"] + panel["width"], place


@pytest.fixture(scope="module")
def pictures(home, lab, browser):
    """A notebook that shows every picture that moves, each in a cell; its first cell imports them.

    One is shown as the chapters show it, with stills for pages without a kernel, which take a second to draw.
    """
    sources = [START, *(f"moving.{name}(){'' if name == 'shift' else '.widget()'}" for name in moving.__all__)]
    metadata = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), home / "my-course" / "moving.ipynb")
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(90_000)
    run_all(page, lab("moving.ipynb"))
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    yield page
    page.close()


def stage(page, cell):
    """Scroll to a picture that moves, and return where it is: its controls, its caption and what is drawn."""
    look_at(page, cell)
    found = page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea .widget-vbox").first
    found.get_by_role("button", name="Next").wait_for()
    return found


def changed(image, before):
    from playwright.sync_api import expect

    expect(image).not_to_have_attribute("src", before, timeout=90_000)


@pytest.mark.parametrize("name", moving.__all__)
def test_a_picture_fits_on_one_screen_and_moves(pictures, name):
    """Its controls, its caption and the picture are seen at once, also on a small screen where everything is enlarged.

    A question is asked where it has to stand, and the picture changes with the answer to it.
    """
    page, cell = pictures, moving.__all__.index(name) + 1
    page.set_viewport_size({"width": 683, "height": 384})  # 1366 by 768, enlarged twice
    found = stage(page, cell)
    image, said = found.locator("img"), found.get_by_role("alert")
    image.evaluate("image => image.decode()")
    screenshot(page, f"moving_{name}_200")
    room = page.locator(".jp-WindowedPanel-outer").first.bounding_box()["height"]
    if len(getattr(moving, name)().knobs) > 2:  # six knobs and a picture are more than such a screen holds
        assert image.bounding_box()["height"] <= room
    else:
        assert found.bounding_box()["height"] <= room
    page.set_viewport_size({"width": 1300, "height": 1000})
    look_at(page, cell)
    before = image.get_attribute("src")
    for says, _, is_question in getattr(moving, name)().moments()[:3]:
        said.get_by_text(says, exact=True).wait_for()
        assert not is_question or image.get_attribute("src") == before
        found.get_by_role("button", name="Next").click()
    changed(image, before)


# A number that is no whole one, a whole one, and several.
@pytest.mark.parametrize("name", moving.__all__ if WEEKLY else ["secant", "training", "kernel"])
def test_a_picture_moves_by_mouse_and_by_keyboard_to_its_end_and_back(pictures, name):
    """Each caption is asked for where it has to stand; the picture changes with an answer, and not with a question."""
    page = pictures
    found = stage(page, moving.__all__.index(name) + 1)
    image, said = found.locator("img"), found.get_by_role("alert")
    moments = getattr(moving, name)().moments()
    for _ in moments:  # to where it begins, wherever another test has left it
        found.get_by_role("button", name="Back").click()
    for place, (says, _, is_question) in enumerate(moments):
        said.get_by_text(says, exact=True).wait_for()
        screenshot(page, f"moving_{name}_{place}")
        before = image.get_attribute("src")
        if place == len(moments) - 1:
            break
        button = found.get_by_role("button", name="Next")
        if place < 2:
            button.click()
        else:
            button.press("Enter")
        if is_question:
            changed(image, before)
    found.get_by_role("button", name="Back").click()
    said.get_by_text(moments[-2][0], exact=True).wait_for()
    field = found.get_by_role("spinbutton").first  # a number field, under the name that is read out
    value = field.input_value()
    for key in ("ArrowDown", "ArrowDown", "Enter"):  # two, because a question has the picture of before
        field.press(key)
    changed(image, before)
    assert field.input_value() != value
    before = image.get_attribute("src")
    found.locator(".noUi-handle").first.focus()
    page.keyboard.press("Home")
    changed(image, before)


def test_what_a_reader_typed_is_there_after_the_course_was_updated(home, lab, page):
    """A guess is typed, the chapter run and saved; the course changes; the copy is renewed, and opened again."""
    path = next(path for path in CHAPTERS if path.name.startswith("02_"))  # the one that runs in the least time
    chapter = path.name
    bootstrap, guess = (place(path, marker) for marker in ("runpy", "guess = ..."))
    opened(page, lab(chapter))
    folded = page.locator(".jp-Notebook .jp-Cell").nth(bootstrap).locator(".jp-Placeholder")
    folded.first.wait_for()
    screenshot(page, "copy_folded")
    see_that_a_finding_is_folded_until_it_is_opened(page)
    look_at(page, guess)
    page.locator(".jp-Notebook .jp-Cell").nth(guess).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("guess = '11.0, typed by a reader'")
    execute(page, "notebook:run-all-cells")
    execute(page, "docmanager:save")
    page.wait_for_function(f"() => !{NOTEBOOK}.context.model.dirty")
    page.goto("about:blank")
    course = home / "notebooks" / chapter
    changed = json.loads(course.read_text(encoding="utf-8"))
    changed["cells"][0]["source"] = ["# 02 · A newer title"]
    changed["cells"][guess + 1]["source"] = [*changed["cells"][guess + 1]["source"], "\nprint('a newer line')"]
    course.write_text(json.dumps(changed), encoding="utf-8")
    (said,) = copy.renew(home)
    assert said.startswith(f"{chapter} has the course's changes around what you wrote.")
    cells = run_all_again(page, lab(chapter))
    assert cells[0]["source"] == "# 02 · A newer title"
    assert cells[guess]["source"] == "guess = '11.0, typed by a reader'"
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    printed = "".join("".join(output.get("text", "")) for output in outputs)
    assert "your guess: 11.0, typed by a reader" in printed and "a newer line" in printed
    assert page.get_by_text("official Jupyter news").count() == 0
    look_at(page, guess)
    screenshot(page, "copy_renewed")


def see_that_a_finding_is_folded_until_it_is_opened(page):
    finding = page.locator(".jp-Notebook details").filter(has_text=findings.SUMMARY).first
    text = finding.locator(":scope > p").first
    finding.scroll_into_view_if_needed()
    assert not text.is_visible()
    finding.locator(":scope > summary").click()
    text.wait_for(state="visible")


def place(path, marker):
    """Return the number of the first code cell of a chapter that has the marker in it."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next(i for i, cell in enumerate(found) if cell["cell_type"] == "code" and marker in "".join(cell["source"]))


def run_all_again(page, address):
    opened(page, address)
    execute(page, "notebook:run-all-cells")
    return shown(page)
