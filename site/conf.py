"""What Sphinx builds the site with; `build.py` prepares the pages and calls it."""

import gc
import re
import sys
from pathlib import Path

from docutils import nodes

SITE = Path(__file__).resolve().parent
sys.path[:0] = [str(SITE.parent), str(SITE)]

from formulas import mathml  # noqa: E402

# Sphinx makes millions of small objects that stay, and Python looks for garbage among them after every 700: less often,
# the site takes a quarter less time to build, and not more memory.
gc.set_threshold(100_000)

project = "Autograd from First Principles"
html_title = project
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
default_role = "code"  # so that `x` in a docstring is code
autodoc_typehints_format = "short"
toc_object_entries = False  # a list of 900 names beside each page finds nothing; the search does
exclude_patterns = ["README.md"]  # the start page includes a part of it
suppress_warnings = ["myst.header"]  # in the solutions, exercises stand at the level that they have in the chapter
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the site shows what the tests have checked
nb_merge_streams = True

html_theme = "sphinx_book_theme"
html_static_path = [str(SITE / "static")]
html_css_files = ["course.css"]
html_copy_source = False
html_domain_indices = html_use_index = False  # the search finds names
html_show_copyright = False
html_math_renderer = "mathml"
html_theme_options = {
    "navbar_persistent": [],
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
}


def inline_formula(translator, node):
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def formula(translator, node):
    text = mathml(node.astext(), "block")
    translator.body.append(f'<div class="formula" tabindex="0">{text}</div>')  # what is too wide scrolls, by keys too
    raise nodes.SkipNode


def as_written(app, what, name, thing, options, lines):
    """Let the text of a docstring stand as it is: of the marks of reStructuredText, only backticks and lists count."""
    for number, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [re.sub(r"[\\*_|]", r"\\\g<0>", part) for part in parts[::2]]
        lines[number] = "`".join(parts)


def setup(app):
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))
    app.connect("autodoc-process-docstring", as_written)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
