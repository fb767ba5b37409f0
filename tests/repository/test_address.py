"""scripts/address.py: which addresses it takes, where it writes them, and that it writes all or nothing."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from notebook_files import CHAPTERS, EVERY, ROOT, SOLUTIONS, cells, name

spec = importlib.util.spec_from_file_location("address", ROOT / "scripts" / "address.py")
address = importlib.util.module_from_spec(spec)
spec.loader.exec_module(address)

HERE = address.written()
THERE = "https://github.com/a-school/our.course"


@pytest.fixture
def checkout(tmp_path):
    """A small copy of the repository: what carries the address, the script, and what it imports."""
    notebooks = map(name, (CHAPTERS[0], SOLUTIONS[0]))
    carriers = ["pyproject.toml", "README.md", "course/bootstrap_cell.py", "course/names.txt", *notebooks]
    for path in [*carriers, "scripts/address.py", "autograd/__init__.py", "autograd/files.py"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    assert len(list(tmp_path.rglob("*.ipynb"))) == 2
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def run(checkout, *arguments, **environment):
    command = [sys.executable, "scripts/address.py", *arguments]
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment
    done = subprocess.run(command, cwd=checkout, env=env, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def contents(checkout):
    """Return every file's bytes, but for git's own."""
    files = (path for path in checkout.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(checkout).as_posix(): path.read_bytes() for path in files}


def remote(checkout, url):
    subprocess.run(["git", "remote", "add", "origin", url], cwd=checkout, check=True)


@pytest.mark.parametrize(
    "form",
    [
        "https://github.com/a-school/our.course",
        "https://github.com/a-school/our.course.git",
        "https://github.com/a-school/our.course/\n",
        "http://www.GitHub.com/a-school/our.course.git",
        "https://somebody:secret@github.com/a-school/our.course.git",
        "git@github.com:a-school/our.course.git",
        "git@github.com:a-school/our.course",
        "ssh://git@github.com/a-school/our.course.git",
        "ssh://git@ssh.github.com:443/a-school/our.course.git",
        "github.com/a-school/our.course",
    ],
)
def test_every_form_of_an_address_on_github_is_understood(form):
    assert address.normalized(form) == THERE


@pytest.mark.parametrize(
    "other",
    [
        "https://gitlab.com/a-school/our.course",
        "https://github.com.evil.example/a-school/our.course",
        "https://evilgithub.com/a-school/our.course",
        "https://evil.example/github.com/a-school/our.course",
        "https://github.example.org/a-school/our.course.git",
        "git@bitbucket.org:a-school/our.course.git",
        "https://github.com/a-school",
        "https://github.com/a-school/our.course/tree/main",
        'https://github.com/a-school/x";import os',
        "https://github.com/a-school/..",
        "/srv/git/course.git",
        "",
    ],
)
def test_what_is_no_repository_on_github_is_refused(other):
    with pytest.raises(address.NoAddress, match="is not the address of a repository on GitHub. Give one as https://"):
        address.normalized(other)


def test_a_password_is_not_shown():
    with pytest.raises(address.NoAddress) as caught:
        address.normalized("https://somebody:secret@gitlab.com/a-school/our.course")
    assert "secret" not in str(caught.value)


def test_without_an_argument_the_remote_is_asked_and_everything_follows(checkout):
    remote(checkout, "git@github.com:a-school/our.course.git")
    status, out, error = run(checkout)
    assert (status, error) == (0, "")
    assert out.splitlines()[-1] == f"The address is {THERE}"
    changed = contents(checkout)
    assert HERE.removeprefix("https://github.com/").encode() not in b"".join(changed.values())
    assert f'\nRepository = "{THERE}"\n'.encode() in changed["pyproject.toml"]
    assert f"git clone {THERE}\ncd our.course\n".encode() in changed["README.md"]
    assert f'\naddress = "{THERE}"\n'.encode() in changed["course/bootstrap_cell.py"]
    assert run(checkout, "--check") == (0, "", "")
    assert run(checkout) == (0, f"The address is {THERE} everywhere already\n", "")
    assert contents(checkout) == changed


def test_no_file_of_the_course_keeps_the_old_address():
    for path, text in address.updates(THERE).items():
        assert HERE.removeprefix("https://github.com/") not in text, path


def test_a_link_from_a_text_to_a_page_follows_and_one_to_another_project_does_not():
    link = (
        "[why]({}/blob/main/docs/last_digits.md) [theirs](https://github.com/karpathy/micrograd/blob/master/README.md)"
    )
    assert address.with_links(link.format(HERE), THERE, "notebooks/15_mnist.ipynb") == link.format(THERE)


def test_another_repository_that_git_works_on_is_not_asked(checkout, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["git", "init", "--quiet"], cwd=other, check=True)
    remote(other, "https://github.com/somebody/else")
    remote(checkout, THERE)
    assert run(checkout, GIT_DIR=str(other / ".git"))[1].splitlines()[-1] == f"The address is {THERE}"


def test_there_and_back_gives_the_same_bytes(checkout):
    before = contents(checkout)
    assert run(checkout, THERE)[0] == 0
    assert contents(checkout) != before
    assert run(checkout, HERE)[0] == 0
    assert contents(checkout) == before


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (None, "git knows no remote `origin`"),
        ("https://gitlab.com/a-school/our.course", "is not on GitHub"),
        ("/srv/git/course.git", "is not on GitHub"),
    ],
)
def test_without_a_remote_on_github_it_says_so_and_changes_nothing(checkout, url, why):
    if url:
        remote(checkout, url)
    before = contents(checkout)
    status, out, error = run(checkout)
    assert (status, out) == (1, "")
    assert error.startswith("Nothing was changed. ") and why in error and "https://github.com/OWNER/NAME" in error
    assert contents(checkout) == before


def test_without_git_it_says_so_and_changes_nothing(checkout, tmp_path_factory):
    before = contents(checkout)
    status, out, error = run(checkout, PATH=str(tmp_path_factory.mktemp("empty")))
    assert (status, out) == (1, "") and "git was not found" in error
    assert contents(checkout) == before


def test_keep_renews_the_cell_and_asks_nobody(checkout):
    cell = checkout / "course" / "bootstrap_cell.py"
    cell.write_text(cell.read_text(encoding="utf-8").replace("# <cell>\n", "# <cell>\n# new\n"), encoding="utf-8")
    assert run(checkout, "--check")[0] == 1
    assert run(checkout, "--keep")[0] == 0
    assert run(checkout, "--check") == (0, "", "")
    code = [cells(path, "code")[0]["source"] for path in checkout.rglob("*.ipynb")]
    assert [source.startswith("# new\n") for source in code] == [True, True]


CODE = """
import os
import autograd.tensor as ag, course.figures
from autograd.scalar import Value as V
from course import datasets
%matplotlib inline
x = datasets.moons(ag.tensor(os.sep).data)
V.dot(x.shape)
course.figures.COLORS
"""


def test_the_names_that_a_notebook_uses_are_found():
    notebook = {"cells": [{"cell_type": "code", "source": [source]} for source in (CODE, "1 +", "course.x = 1")]}
    expected = "autograd.tensor autograd.scalar.Value autograd.scalar.Value.dot autograd.tensor.tensor"
    expected += " course.datasets course.datasets.moons course.figures course.figures.COLORS course.x"
    assert address.used_names(notebook) == set(expected.split())


def test_a_new_name_makes_notebooks_need_a_newer_version(checkout):
    names, cell = checkout / "course" / "names.txt", checkout / "course" / "bootstrap_cell.py"
    before = names.read_text(encoding="utf-8").splitlines()
    assert f"\nneeds = {len(before)}\n" in cell.read_text(encoding="utf-8")
    path = next(checkout.glob("notebooks/*.ipynb"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][-1] |= {"cell_type": "code", "source": ["from course import brand_new"]}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert "disagrees: course" in run(checkout, "--check")[1]
    assert run(checkout, "--keep")[0] == 0
    assert names.read_text(encoding="utf-8").splitlines() == [*before, "course.brand_new"]
    for path in checkout.rglob("*.ipynb"):
        assert f"\nneeds = {len(before) + 1}\n" in cells(path, "code")[0]["source"]


def test_a_name_that_is_used_no_more_stays_so_that_the_version_never_falls(checkout):
    before = contents(checkout)
    next(checkout.glob("notebooks/solutions/*.ipynb")).unlink()
    assert run(checkout, "--keep")[0] == 0
    assert contents(checkout)["course/names.txt"] == before["course/names.txt"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("README.md", "/blob/learn/", "/blob/main/"),
        ("README.md", "labpath=my-course", "labpath=notebooks"),
        (name(CHAPTERS[0]), "/blob/learn/", "/blob/main/"),
        (name(CHAPTERS[0]), "labpath=my-course", "labpath=notebooks"),
        (name(CHAPTERS[0]), "/issues/new?title=00", "/issues/new?title=01"),
        (name(CHAPTERS[0]), "docs/last_digits.md", "docs/first_digits.md"),
        ("course/bootstrap_cell.py", 'address = "', 'address = "x'),
        ("pyproject.toml", 'Repository = "', 'Repository = "x'),
    ],
)
def test_check_sees_a_link_that_is_not_what_it_should_be(checkout, file, old, new):
    text = (checkout / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (checkout / file).write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    before = contents(checkout)
    status, out, _ = run(checkout, "--check")
    assert status == 1 and "disagrees: " in out
    assert contents(checkout) == before


def test_a_damaged_notebook_is_found_before_anything_is_written(checkout):
    path = checkout / name(EVERY[-1])
    path.parent.mkdir(exist_ok=True)
    path.write_text("{", encoding="utf-8")
    before = contents(checkout)
    status, _, error = run(checkout, THERE)
    assert status == 1
    assert error.startswith("Nothing was changed. ") and EVERY[-1].name in error and "is not a notebook" in error
    assert contents(checkout) == before


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_mistake_is_reported_with_the_notebook_and_room_for_the_cell(path):
    opening = cells(path)[0]["source"]
    links = dict(re.findall(r"(?<!!)\[([^\]!]+)\]\((https:[^)\s]+)\)", opening.splitlines()[-1]))
    page, query = links["I found a mistake"].split("?")
    given = parse_qs(query, strict_parsing=True)
    assert page == f"{HERE}/issues/new" and set(given) == {"title", "body"}
    assert given["title"] == [f"{path.stem}: "]
    lines = given["body"][0].split("\n")
    assert lines[:2] == [f"notebook: {name(path)}", "cell: "]
    assert "What I saw:" in lines and "What I expected:" in lines
    assert links["Why do my last digits differ?"] == f"{HERE}/blob/main/docs/last_digits.md"
    assert (ROOT / "docs" / "last_digits.md").is_file()


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_badges_open_the_copy_without_outputs(path):
    opening = cells(path)[0]["source"]
    binder = urlsplit(re.search(r"\((https://mybinder\.org/v2[^)]*)\)", opening)[1])
    repository = HERE.removeprefix("https://github.com/")
    assert binder.path == f"/v2/gh/{repository}/main"
    assert unquote(binder.query) == f"labpath=my-course/{path.name}" and "/" not in binder.query
    colab = f"https://colab.research.google.com/github/{repository}/blob/learn/notebooks/{path.name}"
    assert f"]({colab})" in opening


def test_badges_of_solutions_would_open_the_copy_too(checkout):
    path = next(checkout.glob("notebooks/solutions/*.ipynb"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"].append("\nBADGES\n")
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert run(checkout, THERE)[0] == 0
    opening = cells(path)[0]["source"]
    assert f"a-school/our.course/main?labpath=my-course%2Fsolutions%2F{path.name})" in opening
    assert f"a-school/our.course/blob/learn/notebooks/solutions/{path.name})" in opening


def test_a_forks_owner_is_told_the_two_commands(checkout):
    assert run(checkout, THERE)[0] == 0
    for same in ("a-school/our.course", "A-School/Our.Course"):
        assert run(checkout, "--notice", same) == (0, "", "")
    status, out, error = run(checkout, "--notice", "another/course")
    assert (status, error) == (0, "")
    assert THERE in out and "https://github.com/another/course" in out
    assert re.search(r"```sh\npython scripts/address\.py\ngit commit .* && git push\n```", out)


def test_the_placeholder_cannot_be_registered_and_is_told_to_its_owner_too():
    # https://docs.github.com: names of users and organizations have letters, digits and single hyphens. Managed users
    # of a company have an underscore, but may not have public repositories.
    if "_" not in urlsplit(HERE).path.split("/")[1]:
        pytest.skip("an owner has set the address")
    assert "python scripts/address.py" in address.notice("somebody/autograd-from-first-principles")


def test_the_workflow_tells_and_never_fails():
    text = (ROOT / ".github" / "workflows" / "address.yml").read_text(encoding="utf-8")
    assert "continue-on-error: true" in text
    script = re.search(r"run: \|\n((?: {10}.*\n)+)", text)[1].replace(" " * 10, "")
    assert "${{" not in script, "what GitHub fills in must come as an environment variable, not as part of the script"


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="the workflow's script runs in bash")
@pytest.mark.parametrize("repository", ["another/course", "a-school/our.course"])
def test_the_workflows_script_writes_into_the_summary(checkout, tmp_path_factory, repository):
    assert run(checkout, THERE)[0] == 0
    text = (ROOT / ".github" / "workflows" / "address.yml").read_text(encoding="utf-8")
    script = re.search(r"run: \|\n((?: {10}.*\n)+)", text)[1].replace(" " * 10, "")
    folder = tmp_path_factory.mktemp("runner")
    (folder / "python3").symlink_to(sys.executable)
    env = os.environ | {"GITHUB_REPOSITORY": repository, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
    command = ["bash", "-e", "-c", script]
    done = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    other = repository == "another/course"
    assert ("python scripts/address.py" in Path(folder / "summary.md").read_text(encoding="utf-8")) == other
    assert done.stdout.startswith("::notice ") == other
