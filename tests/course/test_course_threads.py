"""NumPy gets as many threads as the machine grants and as help, whoever imports it; what the reader has set stays."""

import functools
import json
import math
import os
import subprocess
import sys

import pytest
from test_course_bootstrap import CELL, ROOT

from course import threads

CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
linux = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux lets a process choose its CPUs")


def run(*command, **set_by_the_reader):
    """Run Python in a fresh process in which nobody has set a number of threads; return its output."""
    environment = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    environment |= {"PYTHONPATH": str(ROOT)} | set_by_the_reader
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


POOLS = """
import json, os, numpy, threadpoolctl
found = [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
print(json.dumps([found, {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}]))
"""


@functools.cache
def pools(before="", **set_by_the_reader):
    """Return the numbers of threads that NumPy's library really has after a program, and the variables."""
    pytest.importorskip("threadpoolctl")
    numbers, variables = json.loads(run("-c", before + POOLS, **set_by_the_reader).splitlines()[-1])
    if not numbers:
        pytest.skip("threadpoolctl does not know the library that NumPy uses here")
    return max(numbers), variables


# How many


@pytest.mark.parametrize(
    ("cpus", "expected"), [(0.1, 1), (1, 1), (1.9, 1), (2, 1), (3, 1), (4, 2), (5.5, 2), (6, 3), (8, 4), (64, 4)]
)
def test_half_of_what_is_granted_computes_at_least_one_and_at_most_four(cpus, expected):
    assert threads.number(cpus) == expected


def system(folder, group, **files):
    """A pretended system: what /proc says of the control groups, and files below /sys/fs/cgroup, `__` for a slash."""
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "self" / "cgroup").write_text(group)
    for name, text in files.items():
        path = folder / "sys" / "fs" / "cgroup" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


OUTSIDE = "12:pids:/docker/ab\n4:cpu,cpuacct:/docker/ab\n0::/\n"  # what a container sees of the machine around it


@pytest.mark.parametrize(
    ("group", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "max 100000\n"}, math.inf),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
        ("0::/\n", {"unified/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "300000 100000\n", "a/cpu.max": "200000 100000\n", "cpu.max": "max 100000\n"}, 2),
        ("0::/a/b\n", {"a/b/cpu.max": "100000 100000\n", "a/cpu.max": "max 100000\n", "c/cpu.max": "1 100000\n"}, 1),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, math.inf),
        ("1:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "25000\n", "cpu/a/cpu.cfs_period_us": "50000\n"}, 0.5),
        ("4:cpuacct,cpu:/\n", {"cpu/cpu.cfs_quota_us": "70000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.7),
        (OUTSIDE, {"cpu,cpuacct/cpu.cfs_quota_us": "30000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"}, 0.3),
        ("1:cpuset:/\n", {"cpuset/cpu.cfs_quota_us": "1\n", "cpuset/cpu.cfs_period_us": "100000\n"}, math.inf),
        ("0::/\n", {"cpu.max": "nonsense"}, math.inf),
        ("0::/\n", {"cpu.max": "1 0"}, math.inf),
        ("0::/../..\n", {}, math.inf),
        ("nonsense\n\n", {"cpu.max": "max 100000\n"}, math.inf),
    ],
)
def test_the_quota_of_a_container_is_found(tmp_path, group, files, expected):
    files = {name.replace("/", "__"): text for name, text in files.items()}
    assert threads.granted(system(tmp_path, group, **files)) == pytest.approx(min(CPUS, expected))


def test_where_there_are_no_control_groups_all_cpus_are_granted(tmp_path):
    assert threads.granted(tmp_path) == CPUS


@linux
def test_the_cpus_that_the_process_may_run_on_are_counted():
    one = min(os.sched_getaffinity(0))
    program = f"import os; os.sched_setaffinity(0, [{one}])\nfrom course import threads; print(threads.granted())"
    assert float(run("-c", program)) <= 1


# That it happens


@linux
@pytest.mark.skipif(CPUS < 2, reason="needs two CPUs")
def test_without_the_course_numpy_would_use_all_cpus():
    assert pools()[0] > threads.number()


@pytest.mark.parametrize(
    "program", ["import course", "from course import datasets", "import course.mnist", CELL], ids=lambda text: text[:30]
)
def test_whatever_is_imported_first_limits_the_threads(program):
    number, variables = pools(program)
    assert number == threads.number()
    assert variables == dict.fromkeys(threads.VARIABLES, str(threads.number()))


@pytest.mark.parametrize("module", ["gpt", "mnist"])
def test_every_command_is_limited(module):
    # What `python -m` does, but for the program itself: `--help` ends it.
    program = (
        f"import runpy, sys\nsys.argv = ['', '--help']\ntry: runpy.run_module('course.{module}', run_name='__main__')\n"
    )
    assert pools(program + "except SystemExit: pass\n")[0] == threads.number()


@linux
def test_on_one_cpu_there_is_one_thread():
    one = min(os.sched_getaffinity(0))
    assert pools(f"import os; os.sched_setaffinity(0, [{one}])\n{CELL}")[0] == 1


@pytest.mark.skipif(CPUS < 2, reason="needs two CPUs")
def test_where_numpy_is_loaded_already_the_cell_lowers_its_threads():
    number, variables = pools(f"import numpy\n{CELL}")
    assert number == threads.number()
    assert variables["OPENBLAS_NUM_THREADS"] == str(threads.number())


def test_fewer_threads_than_ours_stay_fewer():
    program = (
        "import numpy, threadpoolctl, course\ncourse.threads.number = lambda: 3\nthreadpoolctl.threadpool_limits(1)\n"
    )
    assert pools(program + CELL)[0] == 1


@pytest.mark.skipif(CPUS < 2, reason="needs two CPUs")
def test_importing_the_course_changes_nothing_in_a_program_that_has_numpy():
    assert pools("import numpy, course") == pools()


def test_without_threadpoolctl_the_cell_is_silent():
    assert run("-c", f"import sys, numpy\nsys.modules['threadpoolctl'] = None\n{CELL}") == ""


@pytest.mark.parametrize("variable", threads.VARIABLES)
@pytest.mark.parametrize("before", ["", "import numpy\n"], ids=["fresh", "loaded"])
def test_what_the_reader_has_set_stays(variable, before):
    number, variables = pools(before + CELL, **{variable: "2"})
    assert variables == {variable: "2"}
    assert number == (min(2, CPUS) if variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS") else pools()[0])


def test_the_cell_says_nothing_until_it_is_asked():
    assert run("-c", CELL) == ""
    asked = run("-c", f"{CELL}\nfrom course import threads; print(threads.report())")
    assert asked == f"NumPy's threads: {threads.number()}. CPUs granted to this process: {threads.granted():g}.\n"


def test_the_report_says_what_numpy_really_has():
    pytest.importorskip("threadpoolctl")
    program = (
        "import numpy, threadpoolctl as t; t.threadpool_limits(1)\nfrom course import threads; print(threads.report())"
    )
    assert run("-c", program, OPENBLAS_NUM_THREADS="2").startswith("NumPy's threads: 1. CPUs")


def test_a_kernel_that_a_test_starts_inherits_the_limit():
    program = (
        "import subprocess, sys, course\nsubprocess.run([sys.executable, '-c', 'import os; print(list(os.environ))'])"
    )
    printed = run("-c", program)
    assert all(repr(name) in printed for name in threads.VARIABLES)
