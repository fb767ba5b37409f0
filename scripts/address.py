"""Writes what every notebook carries: the repository's address in badges and links, and the bootstrap cell.

python scripts/address.py                      # take the address from this checkout's remote `origin`
python scripts/address.py https://github.com/OWNER/NAME
python scripts/address.py --keep               # keep the address in pyproject.toml: after the cell was changed
python scripts/address.py --check              # change nothing; fail if a file disagrees with pyproject.toml
python scripts/address.py --notice OWNER/NAME  # say in Markdown, to a fork's owner, what is to do; or say nothing
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograd.files import write_whole  # noqa: E402

FORMS = "https://github.com/OWNER/NAME or git@github.com:OWNER/NAME.git"
# What git accepts as an address on github.com: https or ssh, perhaps with a user, a port, and .git at the end.
ON_GITHUB = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/\s]+@)?(?:www\.|ssh\.)?github\.com(?::\d+)?/|(?:[^@/\s]+@)?github\.com[:/])"
    r"(?P<owner>[\w-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?",
    re.ASCII | re.IGNORECASE,
)


class NoAddress(Exception):
    """There is no address on GitHub to write; the message says why, and what to do."""


def normalized(address: str) -> str:
    """Return `https://github.com/OWNER/NAME` for any form of address that git accepts; no user and no password.

    Raises NoAddress for an address that is not one of a repository on github.com.
    """
    found = ON_GITHUB.fullmatch(address.strip())
    if found is None or found["name"] in (".", ".."):
        shown = re.sub(r"(?<=//)[^@/]*@", "", address.strip())  # what stands before the @ may be a password
        raise NoAddress(f"{shown!r} is not the address of a repository on GitHub. Give one as {FORMS}")
    return f"https://github.com/{found['owner']}/{found['name']}"


def from_git(root: Path = ROOT) -> str:
    """Return the normalized address of the remote `origin` of the checkout at `root`."""
    advice = f"Give the address yourself: python scripts/address.py {FORMS.split()[0]}"
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    env = {name: value for name, value in os.environ.items() if name != "GIT_DIR"}  # a hook may name another repository
    try:
        asked = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NoAddress(f"git was not found, so nobody can say where this checkout came from. {advice}") from None
    if asked.returncode:
        raise NoAddress(f"git knows no remote `origin` of {root} ({asked.stderr.strip()}). {advice}")
    try:
        return normalized(asked.stdout)
    except NoAddress as error:
        raise NoAddress(f"The remote `origin` of this checkout is not on GitHub: {error}") from None


def written(root: Path = ROOT) -> str:
    """Return the address in pyproject.toml."""
    project = tomllib.loads(read(root / "pyproject.toml"))
    return project["project"]["urls"]["Repository"]


def binder(address: str, notebook: str) -> str:
    """Return the link that opens the reader's copy of a notebook on Binder, without outputs."""
    copy = quote(notebook.replace("notebooks/", "my-course/", 1), safe="")
    return address.replace("https://github.com", "https://mybinder.org/v2/gh") + f"/main?labpath={copy}"


def colab(address: str, notebook: str) -> str:
    """Return the link that opens a notebook in Colab, from the branch whose notebooks have no outputs."""
    return address.replace("https://github.com", "https://colab.research.google.com/github") + f"/blob/learn/{notebook}"


def badges(address: str, notebook: str) -> str:
    """Return the badges that open a notebook, given by its path from the root, on Binder and on Colab."""
    return (
        f"[![Open on Binder](https://mybinder.org/badge_logo.svg)]({binder(address, notebook)})\n"
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab(address, notebook)})"
    )


def help_line(address: str, notebook: str) -> str:
    """Return the line that offers a new issue on GitHub, filled in as far as possible, and the page about digits."""
    title = f"{Path(notebook).stem}: "
    body = f"notebook: {notebook}\ncell: \n\nWhat I saw:\n\nWhat I expected:\n"
    issue = f"{address}/issues/new?title={quote(title, safe='')}&body={quote(body, safe='')}"
    return f"[I found a mistake]({issue}) · [Why do my last digits differ?]({address}/blob/main/docs/last_digits.md)"


def with_links(text: str, address: str, notebook: str) -> str:
    """Return a Markdown text with its badges leading to `notebook`, its clone command and pages to the repository."""
    text = re.sub(r"(?<=\()https://mybinder\.org/v2/gh/[^)\s]*", lambda _: binder(address, notebook), text)
    text = re.sub(r"(?<=\()https://colab\.research\.google\.com/git[^)\s]*", lambda _: colab(address, notebook), text)
    text = re.sub(r"(?<=\()https://github\.com/[\w-]+/[\w.-]+(?=/blob/main/docs/)", lambda _: address, text)
    clone, folder = f"git clone {address}", f"cd {address.rsplit('/', 1)[1]}"
    return re.sub(r"git clone https://github\.com/\S+\ncd \S+", lambda _: f"{clone}\n{folder}", text)


def used_names(notebook: dict[str, Any]) -> set[str]:
    """Return the names of our packages that a notebook's code uses, dotted: "course.figures.loss_curve"."""
    nodes: list[ast.AST] = []
    for cell in notebook["cells"]:
        code = re.sub(r"^[%!].*", "", "".join(cell["source"]), flags=re.MULTILINE)
        try:
            nodes += ast.walk(ast.parse(code)) if cell["cell_type"] == "code" else []
        except SyntaxError:  # the cell is wrong on purpose
            continue
    meaning: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            meaning |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            whole = ((alias.asname, alias.name.split(".")[0], alias.name) for alias in node.names)
            meaning |= {short or first: name if short else first for short, first, name in whole}
    chains = (ast.unparse(node).partition(".") for node in nodes if isinstance(node, ast.Attribute))
    names = {f"{meaning[first]}.{rest}" for first, _, rest in chains if first in meaning} | set(meaning.values())
    return {name for name in names if re.fullmatch(r"(autograd|course)(\.\w+)+", name)}


def names_file(notebooks: Iterable[dict[str, Any]], root: Path = ROOT) -> str:
    """Return the text of course/names.txt: the names it has, and below them those that notebooks use besides."""
    path = root / "course" / "names.txt"
    known = read(path).splitlines() if path.exists() else []
    new = set().union(*map(used_names, notebooks)).difference(known)
    return "".join(f"{name}\n" for name in [*known, *sorted(new)])


def bootstrap_file(address: str, needs: int, root: Path = ROOT) -> str:
    """Return the text of course/bootstrap_cell.py with the address, and the version that notebooks need."""
    text = read(root / "course" / "bootstrap_cell.py")
    text = re.sub(r"(?<=^needs = )\d+", lambda _: str(needs), text, flags=re.MULTILINE)
    return re.sub(r'(?<=^address = ")[^"]*', lambda _: address, text, flags=re.MULTILINE)


def updated(notebook: dict[str, Any], name: str, address: str, bootstrap: str) -> str:
    """Return a notebook's text: badges (the line BADGES, or those it has), help line and bootstrap cell renewed."""
    for number, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["metadata"].get("course", {}).get("role") == "bootstrap":
            source = bootstrap
        elif cell["cell_type"] == "markdown":
            source = re.sub(r"^BADGES$", lambda _: badges(address, name), source, flags=re.MULTILINE)
            source = with_links(source, address, name)
        if number == 0:
            source = re.sub(r"\s*^\[I found a mistake\]\(.*\Z", "", source, flags=re.MULTILINE)
            source += f"\n\n{help_line(address, name)}"
        if source != "".join(cell["source"]):
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def updates(address: str, root: Path = ROOT) -> dict[Path, str]:
    """Return what every file that is written here should say, pyproject.toml first: the others follow it.

    Raises NoAddress where a file is not what it should be, before anything is written.
    """
    project, readme, course = root / "pyproject.toml", root / "README.md", root / "course"
    text, count = re.subn(r'(?<=^Repository = ")[^"]*', lambda _: address, read(project), flags=re.MULTILINE)
    if count != 1:
        raise NoAddress(f'{project} must have one line `Repository = "…"`; it has {count}')
    notebooks = {path: read_notebook(path) for path in sorted((root / "notebooks").rglob("[0-9]*.ipynb"))}
    names = names_file(notebooks.values(), root)
    file = bootstrap_file(address, len(names.splitlines()), root)
    cell = re.search(r"# <cell>\n(.*?)\n# </cell>", file, re.DOTALL).group(1)
    return {
        project: text,
        readme: with_links(read(readme), address, "notebooks/00_start_here.ipynb"),
        course / "names.txt": names,
        course / "bootstrap_cell.py": file,
    } | {path: updated(book, path.relative_to(root).as_posix(), address, cell) for path, book in notebooks.items()}


def read_notebook(path: Path) -> dict[str, Any]:
    try:
        return json.loads(read(path))
    except ValueError as error:
        raise NoAddress(f"{path} is not a notebook: {error}") from None


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    """Write a file in one step, so that a crash leaves the old one."""
    write_whole(path, lambda file: file.write(text.encode()))


def notice(repository: str, root: Path = ROOT) -> str:
    """Return what the owner of a fork should do, in Markdown; nothing where the address is that of `repository`.

    `repository` is OWNER/NAME, as GitHub names it; capitals do not matter to GitHub.
    """
    address = written(root)
    if address.removeprefix("https://github.com/").lower() == repository.lower():
        return ""
    return (
        f"### The notebooks do not name this repository\n\n"
        f"Their badges and their first code cell lead to `{address}`, not to `https://github.com/{repository}`.\n"
        "If readers shall open the course from here, run these two commands in a clone of this repository:\n\n"
        "```sh\npython scripts/address.py\n"
        'git commit --all --message "The address of this repository" && git push\n```\n\n'
        "If you only prepare a change for the repository that you forked, there is nothing to do.\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Carry the repository's address to badges, links and bootstrap cells.")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("address", nargs="?", help=f"{FORMS}; default: what `git remote get-url origin` says")
    one.add_argument("--keep", action="store_true", help="keep the address that pyproject.toml has")
    one.add_argument("--check", action="store_true", help="only say what disagrees, and fail if anything does")
    one.add_argument("--notice", metavar="OWNER/NAME", help="only say what the owner of this repository should do")
    options = parser.parse_args(arguments)
    if options.notice:
        print(notice(options.notice), end="")
        return 0
    try:
        if options.check or options.keep:
            address = written()
        else:
            address = normalized(options.address) if options.address else from_git()
        stale = {path: text for path, text in updates(address).items() if not path.exists() or text != read(path)}
    except NoAddress as error:
        print(f"Nothing was changed. {error}", file=sys.stderr)
        return 1
    for path, text in stale.items():
        if not options.check:
            write(path, text)
        print(f"{'disagrees' if options.check else 'updated'}: {path.relative_to(ROOT)}")
    if not options.check:
        print(f"The address is {address}" + ("" if stale else " everywhere already"))
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
