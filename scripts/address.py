"""Writes the repository's address from pyproject.toml to where it is needed: badges and the bootstrap cell.

python scripts/address.py            # after the address was changed, or the bootstrap cell
python scripts/address.py --check    # changes nothing; fails if something disagrees
"""

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELL = ROOT / "course" / "bootstrap_cell.py"
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
REPOSITORY = ADDRESS.removeprefix("https://github.com/")
OWNER_AND_NAME = r"[\w.-]+/[\w.-]+"


def badges(notebook: str) -> str:
    """Return the badges that open a notebook, given by its path from the root, on Binder and on Colab."""
    binder = f"https://mybinder.org/v2/gh/{REPOSITORY}/main?labpath={notebook.replace('/', '%2F')}"
    colab = f"https://colab.research.google.com/github/{REPOSITORY}/blob/main/{notebook}"
    return (
        f"[![Open on Binder](https://mybinder.org/badge_logo.svg)]({binder})\n"
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
    )


def with_address(text: str) -> str:
    """Return the text with the repository's address in every badge and clone command."""
    text = re.sub(rf"(mybinder\.org/v2/gh/){OWNER_AND_NAME}(/main)", rf"\g<1>{REPOSITORY}\2", text)
    text = re.sub(rf"(research\.google\.com/github/){OWNER_AND_NAME}(/blob)", rf"\g<1>{REPOSITORY}\2", text)
    text = re.sub(rf"(git clone )https://github\.com/{OWNER_AND_NAME}", rf"\g<1>{ADDRESS}", text)
    return re.sub(rf'(address = ")https://github\.com/{OWNER_AND_NAME}(")', rf"\g<1>{ADDRESS}\2", text)


def bootstrap_cell() -> str:
    """Return the text of the cell that every notebook starts with."""
    text = with_address(CELL.read_text(encoding="utf-8"))
    return re.search(r"# <cell>\n(.*?)\n# </cell>", text, re.DOTALL).group(1)


def updated_notebook(path: Path) -> str:
    """Return a notebook's text with its badges (the line BADGES, or those it has) and its bootstrap cell renewed."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    links = badges(path.relative_to(ROOT).as_posix())
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["metadata"].get("course", {}).get("role") == "bootstrap":
            source = bootstrap_cell()
        elif cell["cell_type"] == "markdown":
            source = with_address(re.sub(r"^BADGES$", lambda _: links, source, flags=re.MULTILINE))
        if source != "".join(cell["source"]):
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def updates() -> dict[Path, str]:
    """Return what every file that carries the address should say."""
    files = {path: with_address(path.read_text(encoding="utf-8")) for path in (CELL, ROOT / "README.md")}
    return files | {path: updated_notebook(path) for path in sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb"))}


def main() -> int:
    parser = argparse.ArgumentParser(description="Carry the repository's address to badges and bootstrap cells.")
    parser.add_argument("--check", action="store_true", help="only say what disagrees, and fail if anything does")
    check = parser.parse_args().check
    stale = {path: text for path, text in updates().items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        print(f"{'disagrees' if check else 'updated'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
