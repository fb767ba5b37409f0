"""What `jupyter nbconvert` makes of a notebook as a page: figures have their words and their size."""

import base64
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from notebook_files import ROOT

WORDS = 'Two lines: "a" < b, and c.'
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" role="img" aria-label="a: data 1"></svg>'


class Pictures(HTMLParser):
    """Collects the attributes of all images."""

    def __init__(self, page):
        super().__init__()
        self.images = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))


def exported(tmp_path):
    """Return what the command of the README gives, called in the folder of the course."""
    cell = nbformat.v4.new_code_cell("plot()", execution_count=1)
    size = {"image/png": {"alt": WORDS, "width": 711, "height": 361}}
    cell.outputs = [
        nbformat.v4.new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure>"}, metadata=size),
        nbformat.v4.new_output("display_data", {"image/svg+xml": DRAWING, "text/plain": "a: data 1"}),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "figures.ipynb")
    (line,) = re.findall(r"`jupyter (nbconvert .+? --to html) ", (ROOT / "README.md").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", *line.split(), str(tmp_path / "figures.ipynb")]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "none")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Alternative text is missing" not in done.stderr
    (written,) = tmp_path.glob("*.html")
    return written


def test_a_figure_is_exported_with_its_words_and_its_width(tmp_path):
    page = Pictures(exported(tmp_path).read_text(encoding="utf-8"))
    figure, drawing = page.images
    assert (figure["alt"], figure["style"]) == (WORDS, "width: 711px; max-width: 100%")
    assert (drawing["alt"], drawing["style"]) == ("a: data 1", "max-width: 100%")
    assert base64.b64decode(drawing["src"].split(",")[1]).decode() == DRAWING


def test_a_browser_reads_the_words_of_an_exported_figure(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium found")
    page_file = exported(tmp_path)
    with playwright.sync_playwright() as start:
        browser = start.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
        page.goto(page_file.as_uri(), wait_until="domcontentloaded")
        assert page.get_by_role("img", name=WORDS, exact=True).count() == 1
        assert page.get_by_role("img", name="a: data 1", exact=True).count() == 1
        assert page.get_by_role("img").count() == 2
        browser.close()
