"""Makes or repairs `.venv` and installs what the course needs.

python scripts/environment.py [--test] [--site] [--lite] [more for pip]

`make lab`, `make test`, `make site` and `make lite` call this first; on Windows, call it yourself. Whatever moment an
earlier call was stopped at, the next one finishes the work; of two calls at the same time, one waits for the other.
What is installed are the versions in constraints.txt, on the Python versions that the file was made for.

This file must parse on Python 3.6, so that somebody who has an old Python is told so.
"""

import argparse
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NOTE = VENV / "course.json"  # what this script is doing to .venv, or has done: written before and after each step
LOCK = ROOT / ".venv.lock"
STORED_WITH = "constraints.txt"  # the versions that made the outputs in the notebooks
OLDEST, NEWEST = (3, 11), (3, 14)  # what it was made for
# What a new environment consists of. Where there is nothing else, nobody loses anything when it is made again.
SKELETON = {"bin", "include", "lib", "lib64", "Include", "Lib", "Scripts", "pyvenv.cfg", "share", ".gitignore"}
SKELETON |= {"course.part"}  # a note of ours that was not finished
INSTALLERS = {"pip", "setuptools", "wheel"}
REMOVE = "remove the folder .venv (`make clean` does it) and call this again"


class Problem(Exception):
    """What stops the work, in words for the person who called."""


def main(arguments=None):
    """Do what the arguments say; return 0, or another number and a message when something stands in the way."""
    parser = argparse.ArgumentParser(description="Make or repair .venv and install what the course needs.")
    parser.add_argument("--test", action="store_true", help="also install what the tests need")
    parser.add_argument("--site", action="store_true", help="also install what the web site is built with")
    parser.add_argument("--lite", action="store_true", help="also install what builds the edition in the browser")
    parser.add_argument("--constraints", default=STORED_WITH, help="file of versions; '' for the newest ones")
    parser.add_argument("--this-python", action="store_true", help="the environment must have the Python running this")
    parser.add_argument("--nbval", action="store_true", help="only print how nbval is to compare outputs here")
    options, options.more = parser.parse_known_args(arguments)
    try:
        if sys.version_info[:2] < OLDEST:
            raise Problem(f"this is Python {named(sys.version_info)}, and the course needs {named(OLDEST)} or newer")
        if options.nbval:
            strict = options.constraints == STORED_WITH and pins(options, sys.version_info[:2])[0]
            print("--nbval" if strict else "--nbval-lax")
        else:
            prepare(options)
    except (Problem, OSError) as problem:
        print(f"{Path(__file__).name}: {problem}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next call finishes the work.", file=sys.stderr)
        return 130
    return 0


def prepare(options):
    """Leave .venv with everything installed, or raise Problem or OSError."""
    version, flaw = examined(options)
    if not flaw and not missing(options, version):
        return  # without the lock, so that an environment in a read-only folder can be used
    with locked() as lock:
        version, flaw = examined(options)
        if flaw:
            create(flaw, lock)
            version, flaw = examined(options)
        if flaw:
            raise Problem(f"the new .venv cannot be used: {flaw}")
        if missing(options, version):
            install(options, version, lock)


# ---- what is there


def examined(options):
    """Return the version of .venv's Python, or None, and what is wrong with .venv in words, or None."""
    if not os.path.lexists(VENV):
        return None, "it is not there"
    noted, version = note(), version_of(PYTHON)
    if noted.get("ours") and (noted["state"] == "being made" or half_filled(noted)):
        return version, "an earlier call was stopped before it had finished"
    if version is None:
        return None, "it has no Python of its own that runs"
    if version < OLDEST:
        return version, f"it has Python {named(version)}, and the course needs {named(OLDEST)} or newer"
    if options.this_python and version != sys.version_info[:2]:
        return version, f"it has Python {named(version)}, and {named(sys.version_info)} was asked for"
    return version, None


def version_of(python):
    """Return (major, minor) of a Python; None if it does not run, or is not the one of the environment .venv."""
    program = "import sys; print(sys.prefix); print(*sys.version_info[:2])"
    try:
        said = subprocess.run(
            [str(python), "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
        )
        prefix, version = os.fsdecode(said.stdout).splitlines()
        return tuple(map(int, version.split())) if os.path.samefile(prefix, VENV) else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def note():
    """Return what this script noted about .venv; a note that was cut off is one of work that was not finished."""
    try:
        return dict(json.loads(NOTE.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError:
        return {"state": "being made", "ours": True}


def half_filled(noted):
    """Whether a call was stopped while pip changed what is installed; until then pip only reads and downloads."""
    return noted.get("state") == "being filled" and noted["packages"] != packages()


def packages():
    """Return when something was last added to, or taken from, each folder of packages in .venv."""
    return [path.stat().st_mtime_ns for path in sorted(VENV.glob("[lL]ib/**/site-packages"))]


def pins(options, version):
    """Return the constraints file's path and text if it was made for this version, else "" and ""."""
    if not options.constraints or not OLDEST <= version <= NEWEST:
        return "", ""
    path = ROOT / options.constraints
    return str(path), path.read_text(encoding="utf-8")


def wanted(options):
    """Return what is to be installed: arguments for pip, each group with a fingerprint of what it asks for."""
    files = [["requirements.txt"]]
    files += [["requirements-test.txt"]] if options.test else []
    # The first names the second.
    files += [["requirements-site.txt", "constraints-site.txt"]] if options.site else []
    files += [["requirements-lite.txt", "constraints-site.txt"]] if options.lite else []
    groups = []
    for names in files:
        texts = [(ROOT / name).read_text(encoding="utf-8") for name in names]
        groups.append((["-r", str(ROOT / names[0])], fingerprint(*texts)))
    return groups + ([(options.more, fingerprint(*options.more))] if options.more else [])


def missing(options, version):
    """Return the groups of `wanted` that were not yet installed with the constraints of this version."""
    noted = note()
    if noted.get("pins") != fingerprint(pins(options, version)[1]) or half_filled(noted):
        return wanted(options)
    return [group for group in wanted(options) if group[1] not in noted["installed"]]


def fingerprint(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def named(version):
    return ".".join(map(str, version[:2]))


# ---- what is done


def create(flaw, lock):
    """Make .venv, or make it again if this script made it or it holds nothing; else raise Problem."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Problem(f"{sys.executable} has no venv module: install it (Debian and Ubuntu: apt install python3-venv)")
    if os.path.lexists(VENV) and not VENV.is_dir():
        raise Problem(f".venv is not a folder: {REMOVE}")
    VENV.mkdir(exist_ok=True)
    if any(VENV.iterdir()):
        if not (note().get("ours") or nothing_installed()):
            raise Problem(f".venv cannot be used: {flaw}. It was not made by this script, so {REMOVE}")
        print(f".venv is made again, because {flaw}.", flush=True)
    write_note({"state": "being made", "ours": True})
    for entry in VENV.iterdir():  # the note stays: a call that is stopped here leaves behind what the next has to know
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != NOTE:
            entry.unlink()
    # If this is .venv's own Python, it has just been removed: its base is the one that it was made from.
    run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--without-pip", str(VENV)], lock)
    add_pip(lock)
    write_note({"state": "made", "ours": True})


def nothing_installed():
    """Whether .venv holds nothing but the files of a new environment and pip."""
    installed = {path.name.split("-")[0] for path in VENV.glob("[lL]ib/**/site-packages/*.*-info")}
    return installed <= INSTALLERS and {path.name for path in VENV.iterdir()} <= SKELETON


def add_pip(lock):
    run([str(PYTHON), "-m", "ensurepip", "--upgrade", "--default-pip"], lock, stdout=subprocess.DEVNULL)


def install(options, version, lock):
    """Let pip install what is missing, with the constraints that this version of Python has."""
    check = subprocess.run(
        [str(PYTHON), "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if check.returncode:
        print(".venv has no pip that works: it is installed again.", flush=True)
        add_pip(lock)
    file, text = pins(options, version)
    if not file:
        why = f"they are for Python {named(OLDEST)} to {named(NEWEST)}, and this is {named(version)}"
        print(
            f"The versions of constraints.txt are not used ({why if options.constraints else 'as asked'}): the newest "
            "ones are installed, with which the last digits of an output may differ.",
            flush=True,
        )
    print("Installing what is missing into .venv: about 700 MB and a minute or two the first time.", flush=True)
    before, groups = note(), missing(options, version)
    write_note(dict(before, state="being filled", packages=packages()))
    arguments = [argument for group, _ in groups for argument in group] + (["-c", file] if file else [])
    try:
        run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments], lock)
    except Problem:
        write_note(before)  # pip has said what is wrong, and has put back what it had changed
        raise
    kept = before["installed"] if before.get("pins") == fingerprint(text) else []
    installed = [*kept, *(mark for _, mark in groups)]
    write_note(dict(before, state="made", pins=fingerprint(text), installed=installed))


def run(command, lock, **options):
    """Run a command to its end, or raise Problem. It holds the lock too, and keeps it if this process is killed."""
    if os.name != "nt":
        options["pass_fds"] = [lock.fileno()]
    status = subprocess.run(command, cwd=ROOT, **options).returncode
    if status < 0:
        raise KeyboardInterrupt  # somebody stopped the command instead of this process
    if status:
        raise Problem(f"`{' '.join(command[:5])} ...` failed, see above; when the reason is gone, call this again")


def write_note(content):
    """Write the note in one step, so that it is there whole or as it was before.

    `autograd.files` does this too, but cannot be imported by an old Python, and this file must run on one.
    """
    part = NOTE.with_suffix(".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    os.replace(part, NOTE)


@contextlib.contextmanager
def locked():
    """Wait until neither another call nor a command that a killed call has left behind works on .venv."""
    with LOCK.open("a") as lock:
        if not taken(lock):
            print("Another call is working on .venv: waiting for it.", flush=True)
            while not taken(lock):
                time.sleep(0.1)
        yield lock


def taken(lock):
    """Take the lock, which the system gives back when its last holder ends; return False while others have it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN)  # else this disk has no locks: go on without
    return True


if __name__ == "__main__":
    sys.exit(main())
