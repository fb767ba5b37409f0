"""What the course does in a browser, as far as another Python shows it; tests/notebooks/test_lite.py has a browser."""

import sys

import pytest

from course import browser, download
from course.deep_graphs import free_step_by_step


def test_in_a_browser_nothing_is_downloaded_and_that_is_said(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(download.DownloadError, match="x could not be downloaded: Python in a web browser cannot do"):
        download.download("x", ["https://example.org/"], "")


def test_the_nodes_of_a_chain_go_one_after_another():
    """By itself a node takes its parent with it before the rest of it has gone: the first number would be 0."""

    class Content:
        def __init__(self, number):
            self.number = number

        def __del__(self):
            gone.append(self.number)

    class Node:
        def __init__(self, number, parents):
            self.parents, self.content = parents, Content(number)

    def chain(length):
        node = Node(0, ())
        for number in range(1, length):
            node = Node(number, (node, node))
        return node

    gone = []
    node = chain(5)
    del node
    assert gone == [0, 1, 2, 3, 4]
    free_step_by_step(Node, "parents")
    gone = []
    node = chain(5)
    kept = node.parents[0].parents[0]
    del node
    assert gone == [3, 4] and kept.parents[0].content.number == 1
    del kept
    assert gone == [3, 4, 1, 0, 2]


@pytest.fixture
def without_matplotlib(monkeypatch):
    """Matplotlib and what draws with it are replaced, as in an edition that was built without it."""
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib" or name.startswith("course.")]:
        if name.split(".")[0] == "matplotlib" or name in browser.REPLACED or name.startswith("course.moving."):
            monkeypatch.delitem(sys.modules, name)
    for name in ("figures", "moving"):
        monkeypatch.delattr(f"course.{name}", raising=False)
    monkeypatch.setattr(sys, "meta_path", [browser.Replaces(), *sys.meta_path])
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def test_figures_are_sentences_with_what_stands_on_them(without_matplotlib, capsys):
    import matplotlib.pyplot as plt

    from course import figures

    fig, axes = plt.subplots(1, 2, figsize=(9, 3))
    (line,) = axes[0].plot([1, 2], color=figures.COLORS["blue"])
    for ax, name in zip(axes, ("left", "right"), strict=True):
        ax.set_title(name)
    plt.show()
    figures.loss_curve([2.0, 1.0], title="It falls", ylabel="loss", xlabel="").set_xlabel("step")
    with plt.rc_context({}):
        fig.suptitle("Above all")
    plt.show()
    plt.show()
    said = "(This edition was built without Matplotlib: a figure is left out here"
    assert capsys.readouterr().out.splitlines() == [
        f"{said}, with the words: left, right.)",
        f"{said}, with the words: It falls, loss, step, Above all.)",
        f"{said}.)",
    ]
    _, grid = plt.subplots(2, 3)
    assert len(grid.flat) == 6 and len(grid[1]) == 3 and len(plt.subplots(4, 1)[1]) == 4
    assert len(plt.subplots(1, 3)[1].flat) == 3


def test_pictures_that_move_step_aside_but_the_backward_pass_is_drawn(without_matplotlib):
    from course import moving
    from course.moving.stage import Stage

    assert repr(moving.secant()) == (
        "(This edition was built without Matplotlib: a picture that moves is left out here.)"
    )
    assert Stage([], None).knobs == [] and "matplotlib.axes" not in sys.modules


def test_what_an_edition_does_not_have_is_named(monkeypatch):
    with pytest.raises(ModuleNotFoundError, match="built without NumPy, which this cell needs: the README says how"):
        browser.Loads({}).find_spec("numpy")
    assert browser.Loads({}).find_spec("something_else") is None
