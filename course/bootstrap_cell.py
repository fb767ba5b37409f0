"""The cell that every notebook carries, word for word; the text between the two marks is the source of truth.

It finds the course (or fetches it, on Colab) and runs `course/bootstrap.py`, which does the rest, as a file: another
`course` may have been imported. What it runs must carry our mark, and belong to the reader, to the system, or to the
owner of the folder that the notebook is in, who could change the notebook as well. Python 3.6 must understand the cell,
to be told that it is too old. scripts/address.py writes `address`, and `needs`: the version (see course/bootstrap.py).
"""

# <cell>
import sys

if sys.version_info < (3, 11):
    raise RuntimeError(f"This course needs Python 3.11 or newer, not {sys.version.split()[0]}: choose another kernel.")
import os
import runpy
import shutil
import subprocess
from pathlib import Path

needs = 170
address = "https://github.com/your_name/autograd-from-first-principles"
places = [Path.cwd(), *Path.cwd().parents, Path.cwd() / address.split("/")[-1]]
files = [place / "course" / "bootstrap.py" for place in places]
found = [file for file in files if os.access(file, os.R_OK) and b"autograd-from-first-principles" in file.read_bytes()]
start = found[0] if found else files[-1]
root = start.parent.parent
if not root.exists():  # as on Colab: fetch the course, under another name until it is complete
    part, failed, why = f"{root}.{os.urandom(4).hex()}", True, "git was not found: install it."
    if "_" in address.split("/")[3]:
        why = (
            "Nobody owns it: open the notebook inside its repository or fork, or run `python scripts/address.py` there."
        )
    elif shutil.which("git"):
        command, silent = ["git", "clone", "--quiet", "--depth=1", address, part], {"GIT_TERMINAL_PROMPT": "0"}
        git = subprocess.run(command, env={**os.environ, **silent}, stderr=subprocess.PIPE, text=True)
        failed, why = git.returncode, "It is private or gone." if "Username" in git.stderr else git.stderr
    if failed:
        raise RuntimeError(f"The course is not beside this notebook, and cannot be fetched from {address}. {why}")
    shutil.rmtree(part) if root.exists() else os.rename(part, root)
if not start.is_file():
    raise RuntimeError(f"{root} is not the whole course: {start} is missing. Move it away and run this cell again.")
owners = {0, os.stat(".").st_uid, os.getuid() if hasattr(os, "getuid") else 0}
if not owners >= {os.lstat(path).st_uid for path in (root, start.parent, start)}:
    raise RuntimeError(f"{root} belongs to another user, so nothing in it is run. Copy it into a folder of your own.")
bootstrap = runpy.run_path(str(start))
if bootstrap.get("VERSION", 0) < needs:
    raise RuntimeError(f"{root} is older than this notebook. Update it (git pull), or move it away and run this again.")
bootstrap["prepare"](root)
# </cell>
