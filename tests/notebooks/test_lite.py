"""The edition that runs in a browser alone, built once without NumPy, and used in a real browser without a network.

What it is made of comes from elsewhere (`python site/lite.py --only-fetch`), so .ci/run brings that before the network
is switched off, and names its folder in LITE_FILES. Elsewhere these tests run if build/lite-files is there.
"""

import contextlib
import functools
import http.server
import io
import json
import os
import shutil
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from installed import MUST_RUN, need_chromium_and
from notebook_files import CHAPTERS, ROOT, WEEKLY, exercises, role

from course import checks, copy

FILES = Path(os.environ.get("LITE_FILES") or ROOT / "build" / "lite-files")
need_chromium_and("jupyterlite_core", "jupyterlite_pyodide_kernel", "playwright", "axe_playwright_python")
if not MUST_RUN and not FILES.is_dir():
    pytest.skip(f"python site/lite.py --only-fetch --files {FILES}: brings what this needs", allow_module_level=True)

FIRST, FOURTH = "01_derivatives.ipynb", "04_backward.ipynb"
ENDLESS = """
def endless(order):
    while True:
        try:
            order = order
        except BaseException:
            pass
check("04.1", endless)
"""
NOTEBOOK = "window.jupyterapp.shell.currentWidget"


@pytest.fixture(scope="module")
def lite():
    """The program that builds the edition."""
    sys.path.insert(0, str(ROOT / "site"))
    try:
        import lite
    finally:
        sys.path.pop(0)
    return lite


@pytest.fixture(scope="module")
def edition(lite, tmp_path_factory):
    """The edition, built without what has machine code, and so the same wherever it is tested."""
    place = tmp_path_factory.mktemp("lite")
    shutil.copytree(FILES, place / "files", ignore=shutil.ignore_patterns("*wasm32.whl"))
    lite.build(place / "html", place / "files")
    return place / "html"


@pytest.fixture(scope="module")
def address(edition):
    with serving(edition) as address:
        yield address


@pytest.fixture(scope="module")
def complete(lite, tmp_path_factory):
    """The address of the edition with all that could be fetched."""
    folder = tmp_path_factory.mktemp("complete") / "html"
    lite.build(folder, FILES)
    with serving(folder) as address:
        yield address


@contextlib.contextmanager
def serving(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Reader:
    """Somebody with a browser of their own, which asks only the edition's host; what it asks others is counted."""

    def __init__(self, browser, address):
        self.address, self.elsewhere, self.with_python = address, [], True
        self.context = browser.new_context(viewport={"width": 1300, "height": 1000}, accept_downloads=True)
        self.context.route("**/*", self.ask)
        self.page = self.context.new_page()
        self.page.set_default_timeout(90_000)

    def ask(self, route):
        if not self.with_python and "/static/pyodide/" in route.request.url:  # it takes seconds to start
            route.abort()
        elif route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def start_page(self, question=""):
        self.page.goto(f"{self.address}/index.html{question}")
        return self.page

    def open(self, chapter):
        """Open a chapter as its page on the site does, and return its cells."""
        self.start_page(f"?chapter={chapter}")
        self.page.wait_for_function(f"() => window.jupyterapp && {NOTEBOOK}?.content && {NOTEBOOK}.sessionContext")
        self.page.evaluate(f"async () => {{ await {NOTEBOOK}.context.ready; await {NOTEBOOK}.sessionContext.ready; }}")
        return self.cells()

    def cells(self):
        cells = json.loads(self.page.evaluate(f"() => JSON.stringify({NOTEBOOK}.content.model.toJSON())"))["cells"]
        return [cell | {"source": "".join(cell["source"])} for cell in cells]

    def type_into(self, cell, text):
        self.page.evaluate(f"async (i) => {{ await {NOTEBOOK}.content.scrollToItem(i, 'center'); }}", cell)
        self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def command(self, name):
        self.page.evaluate("async (name) => { await window.jupyterapp.commands.execute(name); }", name)

    def run(self, code):
        """Run code in the kernel of the open chapter, and return what it prints or shows."""
        program = f"""async (code) => {{
            const said = [], future = {NOTEBOOK}.sessionContext.session.kernel.requestExecute({{ code }});
            future.onIOPub = ({{ header, content }}) => {{
                if (header.msg_type === "stream") said.push(content.text);
                if (header.msg_type === "error") said.push(content.evalue);
                if (header.msg_type === "execute_result") said.push(JSON.stringify(content.data));
            }};
            await future.done;
            return said.join("");
        }}"""
        return self.page.evaluate(program, code)

    def stored(self):
        """Return the paths of what this browser has stored of the reader's files."""
        program = f"async () => [...(await (await import('{self.address}/work.js')).stored()).keys()].sort()"
        return self.page.evaluate(program)

    def keep(self):
        """Download the reader's work; return the file's content."""
        page = self.start_page()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download my work").click()
        return Path(download.value.path()).read_bytes()


@pytest.fixture(scope="module")
def reader(browser, address):
    """The reader of chapter 01, whom some tests below meet again later."""
    reader = Reader(browser, address)
    yield reader
    reader.context.close()


def assert_ran_whole(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [output for cell in code for output in cell["outputs"] if output["output_type"] == "error"] == []
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))


def printed(cells):
    return "".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", []))


# ---- a chapter is worked in


def place(cells, role_of, exercise):
    """Return the number of an exercise's cell."""
    return next(
        i
        for i, cell in enumerate(cells)
        if cell["metadata"].get("course", {}).get("exercise") == exercise and role(cell) == role_of
    )


def guess_in(cells):
    return next(i for i, cell in enumerate(cells) if cell["source"].startswith("guess = "))


def test_chapter_01_is_run_a_guess_typed_and_an_exercise_solved(reader):
    cells = reader.open(FIRST)
    assert not any(cell.get("outputs") for cell in cells), "a result is on the screen before its question"
    solution = exercises(ROOT / "notebooks" / "solutions" / FIRST)["01.1"]["solution"]["source"]
    guess, stub = guess_in(cells), place(cells, "stub", "01.1")
    reader.type_into(guess, "guess = 'seventy tries'")
    reader.type_into(stub, solution)
    reader.command("notebook:run-all-cells")
    cells = reader.cells()
    assert_ran_whole(cells)
    said = printed(cells)
    assert "your guess: seventy tries" in said
    assert "Exercise 01.1 · passed" in said
    assert "central_difference is now part of your engine (my-course/answers/01.1.py)" in said
    assert "01.2 · not attempted yet" in said
    assert "a figure is left out here, with the words: Secants through r = 3, radius r (cm), metal (cm²).)" in said


def walk_through_chapter_04(reader):
    """Run all of it, deep graphs among it, and move its widget."""
    reader.command("notebook:run-all-cells")
    cells = reader.cells()
    assert_ran_whole(cells)
    said = printed(cells)
    assert "100,001 by addition, gradient of the start 1" in said
    step = next(i for i, cell in enumerate(cells) if "step_through(" in cell["source"])
    reader.page.evaluate(f"async (i) => {{ await {NOTEBOOK}.content.scrollToItem(i, 'center'); }}", step)
    widget = reader.page.locator(".jp-Notebook .jp-Cell").nth(step)
    widget.get_by_role("button", name="Next").click()
    widget.get_by_role("alert").get_by_text("Which node passes on next?").wait_for()
    assert widget.locator(".widget-html svg").text_content().count("grad") > 4


@pytest.fixture
def with_engine(reader, browser, address):
    """Somebody with the engine of chapter 03: in the chapter that is open, and once a week in chapter 04, run whole."""
    if not WEEKLY:
        reader.run("from course import check, mine\nengine = mine.chapter(3)")
        yield reader
        return
    other = Reader(browser, address)
    other.open(FOURTH)
    walk_through_chapter_04(other)
    yield other
    other.context.close()


def test_graphs_and_an_endless_answer_and_once_a_week_all_of_chapter_04(with_engine):
    reader = with_engine
    graph = reader.run("from autograd.draw import draw_dot\nx = engine.Value(2.0, label='x')\nx * x")
    assert "Value(4.0)" in graph
    graph = json.loads(reader.run("draw_dot(x * x)"))
    assert graph["text/plain"] == "x: data 2, grad 0\nnode 2 = x * x: data 4, grad 0, slope 2 for x, 2 for x"
    assert graph["image/svg+xml"].startswith("<svg width=") and ">data 4</text>" in graph["image/svg+xml"]
    assert "was still running after" in reader.run(ENDLESS)
    assert "tqdm" in reader.run("import importlib\nimportlib.import_module('tqd' + 'm')"), "loaded when it is imported"
    assert "without NumPy, which this cell needs" in reader.run("import numpy")
    assert "cannot do that" in reader.run("from course.download import download\ndownload('x', ['https://a.b/'], '')")
    assert reader.elsewhere == []


def test_all_is_there_when_chapter_01_is_opened_again(reader):
    solution = exercises(ROOT / "notebooks" / "solutions" / FIRST)["01.1"]["solution"]["source"]
    reader.command("docmanager:save")
    reader.with_python = False  # from here on what is stored is looked at, and nothing is run
    cells = reader.open(FIRST)
    assert cells[guess_in(cells)]["source"] == "guess = 'seventy tries'"
    assert cells[place(cells, "stub", "01.1")]["source"] == solution
    assert "your guess: seventy tries" in printed(cells)
    assert reader.stored() == ["my-course/01_derivatives.ipynb", "my-course/answers/01.1.py"]
    assert reader.elsewhere == []


if os.environ.get("LITE_CHAPTERS"):  # where a network is, as in the workflow of the site: with all that was fetched

    @pytest.mark.parametrize("chapter", os.environ["LITE_CHAPTERS"].split())
    def test_a_chapter_runs_whole_with_everything_that_was_fetched(browser, complete, chapter):
        reader = Reader(browser, complete)
        reader.open(f"{chapter}.ipynb")
        reader.command("notebook:run-all-cells")
        cells = reader.cells()
        assert_ran_whole(cells)
        figures = any("image/png" in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))
        assert figures == any(FILES.glob("wheels/matplotlib-*wasm32.whl"))
        assert reader.elsewhere == []
        reader.context.close()


# ---- the reader's work, and new versions of the course


def test_a_new_version_of_a_chapter_neither_hides_what_was_written_nor_is_hidden_by_it(
    lite, reader, edition, tmp_path, monkeypatch
):
    """The course changes chapter 01; the reader is asked, and finds both: the new version, and their own."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    changed = tmp_path / "notebooks" / FIRST
    notebook = json.loads(changed.read_text(encoding="utf-8"))
    notebook["cells"][1]["source"] = ["A newer sentence."]
    changed.write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(lite, "ROOT", tmp_path)
    before = {name: (edition / name).read_bytes() for name in ("chapters.json", f"files/my-course/{FIRST}")}
    known = lite.chapters(edition / "files" / "my-course")
    (edition / "chapters.json").write_text(json.dumps(known), encoding="utf-8")
    try:
        page = reader.start_page(f"?chapter={FIRST}")
        page.get_by_role("status").get_by_text("There is a newer version of “01 · Derivatives”").wait_for()
        page.goto(f"{reader.address}/notebooks/index.html?path=my-course/{FIRST}")
        page.get_by_role("status").get_by_text("The course has a newer version of this chapter").wait_for()
        reader.start_page(f"?chapter={FIRST}").get_by_role("button", name="Open the new version beside mine").click()
        page.wait_for_url("**/notebooks/**")
        page.wait_for_function(f"() => window.jupyterapp && {NOTEBOOK}?.content?.model?.cells?.length > 9")
        cells = reader.cells()
        assert cells[1]["source"] == "A newer sentence." and "seventy tries" not in json.dumps(cells)
        aside = "my-course/before/01_derivatives.ipynb"
        assert reader.stored() == ["my-course/answers/01.1.py", aside]
        program = f"async (path) => (await (await import('{reader.address}/work.js')).stored()).get(path).content.cells"
        assert "your guess: seventy tries" in printed(page.evaluate(program, aside))
    finally:
        for name, content in before.items():
            (edition / name).write_bytes(content)


def test_the_work_is_one_file_that_another_browser_and_another_machine_can_read(reader, browser, address, tmp_path):
    kept = reader.keep()
    with zipfile.ZipFile(io.BytesIO(kept)) as file:
        assert file.testzip() is None
        assert sorted(file.namelist()) == ["my-course/answers/01.1.py", "my-course/before/01_derivatives.ipynb"]
        notebook = json.loads(file.read("my-course/before/01_derivatives.ipynb"))
        answer = file.read("my-course/answers/01.1.py").decode()
    assert notebook["metadata"]["kernelspec"]["name"] == "python3" and "seventy tries" in json.dumps(notebook)
    space = {}
    exec(answer, space)
    assert checks.judge("01.1", space["central_difference"]).status == "passed"

    other = Reader(browser, address)
    page = other.start_page()

    def bring(name, content):
        page.locator("#bring:enabled").set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})

    bring("my-course.zip", kept)
    page.get_by_text("2 files were brought back.", exact=True).wait_for()
    assert other.stored() == reader.stored()
    assert other.keep() == kept or len(other.keep()) == len(kept), "and it can be kept again"
    page = other.start_page()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("my-course/answers/01.1.py", answer + "# another\n")
        file.writestr("elsewhere.py", "pass")
    bring("other.zip", packed.getvalue())
    page.get_by_text("1 that differ from what is here stand in my-course/brought/.").wait_for()
    assert "my-course/brought/answers/01.1.py" in other.stored() and len(other.stored()) == 3
    for content, why in (
        (kept[:300], "it is no ZIP file, or it is cut"),
        (kept.replace(b"seventy", b"seventx"), "is damaged"),
    ):
        bring("bad.zip", content)
        page.get_by_text(why).wait_for()
        assert len(other.stored()) == 3
    other.context.close()


def test_the_start_page_fits_a_telephone_and_meets_the_rules_that_a_program_can_check(browser, address):
    from axe_playwright_python.sync_playwright import Axe

    reader = Reader(browser, address)
    reader.page.set_viewport_size({"width": 320, "height": 800})
    page = reader.start_page()
    page.get_by_role("link", name="01 · Derivatives").wait_for()
    page.locator("details").evaluate("one => { one.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("li").count() == 2 * len(CHAPTERS)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    page.locator("#keep").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "bring", "a file is chosen by keyboard too"
    reader.context.close()


# ---- what the edition is made of


def test_it_holds_the_readers_copy_of_every_chapter_and_asks_no_other_host(edition):
    for path in CHAPTERS:
        theirs = json.loads((edition / "files" / "my-course" / path.name).read_text(encoding="utf-8"))
        ours = copy.stripped(path)
        assert [cell["id"] for cell in theirs["cells"]] == [cell["id"] for cell in ours["cells"]]
        assert theirs["metadata"]["course"] == ours["metadata"]["course"]
        assert "](https://mybinder" not in json.dumps(theirs)
        assert not any(cell.get("outputs") for cell in theirs["cells"])
    lock = json.loads((edition / "static" / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    config = json.loads((edition / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    kernel = config["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    for name in kernel["loadPyodideOptions"]["packages"]:
        assert (edition / "static" / "pyodide" / lock[name]["file_name"]).is_file(), name
    assert "numpy" not in lock and "matplotlib" not in lock


def test_what_has_machine_code_is_loaded_by_the_cells_that_use_it(lite, tmp_path):
    """With NumPy and Matplotlib in the folder, the first cell that imports the course loads both."""
    shutil.copytree(FILES / "pyodide", tmp_path / "pyodide")
    (tmp_path / "wheels").mkdir()
    known = json.loads((FILES / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    for name in lite.COMPILED:
        with zipfile.ZipFile(tmp_path / "wheels" / known[name]["file_name"], "w") as wheel:
            wheel.writestr("x.py", "")
    for wheel in [*(FILES / "wheels").glob("*any.whl"), lite.course_wheel(tmp_path), *lite.kernel_wheels()]:
        shutil.copy(wheel, tmp_path / "wheels")
    packages = lite.lock(tmp_path, tmp_path / "wheels", "https://a.b")["packages"]
    by_import = {name: entry["name"] for entry in packages.values() for name in entry["imports"]}
    assert (
        by_import["course"] == by_import["matplotlib"] == "matplotlib" and by_import["course.digits"] == "scikit-learn"
    )
    needed, waiting = set(), ["matplotlib", "scikit-learn", *lite.KERNEL]
    while waiting:
        if (name := waiting.pop()) not in needed:
            needed.add(name)
            waiting += packages[name]["depends"]
    elsewhere = {name for name in needed if "://" in packages[name]["file_name"]}
    assert elsewhere == set() and {"numpy", "scipy", "pillow"} <= needed


def test_a_wheel_with_another_checksum_and_a_host_that_is_not_there(lite, tmp_path, capsys):
    (tmp_path / "pyodide").mkdir()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "there").mkdir()
    entries = {name: {"file_name": f"{name}.whl", "sha256": "0" * 64} for name in lite.COMPILED}
    (tmp_path / "pyodide" / "pyodide-lock.json").write_text(json.dumps({"packages": entries}), encoding="utf-8")
    lite.fetch_compiled((tmp_path / "nowhere").as_uri(), tmp_path)
    assert capsys.readouterr().out.startswith("numpy could not be fetched")
    (tmp_path / "there" / "numpy.whl").write_bytes(b"something else")
    with pytest.raises(lite.Problem, match=r"numpy\.whl has another checksum"):
        lite.fetch_compiled((tmp_path / "there").as_uri(), tmp_path)
    assert list((tmp_path / "wheels").iterdir()) == []
