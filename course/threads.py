"""How many threads NumPy's matrix products use: `import course` limits them, before NumPy is imported.

By itself NumPy's library (OpenBLAS) starts a thread for each core that it sees. The threads wait for one another in
every product, and a thread that waits keeps its core busy. Beside another busy program, or in a container that sees
more cores than it may use, nearly all time is spent waiting. One step of chapter 15's training took, on two cores:

    one thread    two threads
      4.2 ms        4.6 ms     batches of 64, float64, quiet machine (on average 4.2 and 10.3 ms)
      8.7 ms         51 ms     the same beside a busy program
      5.7 ms        132 ms     the same in float32
       18 ms         14 ms     batches of 512, float64, quiet machine

So a second thread gains nothing at the chapters' sizes. For batches of 512 it gains a fifth: two fifths of the work can
be divided, so four threads would gain three tenths, and any number of them at most four tenths. Therefore half of the
CPUs that are granted compute, at most four; the others stay free for the browser and other programs. Who wants another
number sets one of VARIABLES before Python starts, and nothing is changed here.
"""

import math
import os
import sys
from pathlib import Path

# What the libraries below NumPy ask when they are loaded: OpenBLAS, all that use OpenMP, Intel's and Apple's.
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
AT_MOST = 4


def limit() -> None:
    """Limit NumPy's threads to `number()`, unless one of VARIABLES is set; silent, and safe to run twice.

    Sets VARIABLES, for this process and those that it starts. Where NumPy is loaded already, as on Colab, it has read
    them before; then threadpoolctl lowers its threads, if it is installed. It comes with scikit-learn.
    """
    if any(name in os.environ for name in VARIABLES):
        return
    count = number()
    os.environ.update(dict.fromkeys(VARIABLES, str(count)))
    if "numpy" in sys.modules and max(_pools(), default=0) > count:
        import threadpoolctl

        threadpoolctl.threadpool_limits(count, user_api="blas")


def report() -> str:
    """Return in words how many threads NumPy has, or will have when it is imported, and how many CPUs are granted."""
    asked = (os.environ[name] for name in VARIABLES if name in os.environ)
    threads = max(_pools(), default=None) if "numpy" in sys.modules else next(asked, None)
    return f"NumPy's threads: {threads or 'unknown'}. CPUs granted to this process: {granted():g}."


def number(cpus: float | None = None) -> int:
    """Return how many threads to use where `cpus` are granted: half of them, from 1 to AT_MOST."""
    return max(1, min(AT_MOST, int(granted() if cpus is None else cpus) // 2))


def granted(system: Path = Path("/")) -> float:
    """Return how many CPUs this process may use at a time: those that it may run on, or a container's share of them.

    joblib.cpu_count() does the same, but would import NumPy. `system` is the folder in which `proc` and `sys` are.
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([cpus, *_quotas(system)])


def _quotas(system: Path) -> list[float]:
    """Return the limits, in CPUs, of the control groups that this process is in; each holds for the groups inside it.

    Each line of /proc/self/cgroup is `number:controllers:path`, without controllers in version 2. A container may see
    the path of the machine outside; then its own group is the root of what is mounted, where the search ends.
    https://docs.kernel.org/admin-guide/cgroup-v2.html
    """
    mounted, quotas = system / "sys" / "fs" / "cgroup", []
    for line in _read(system / "proc" / "self" / "cgroup").splitlines():
        _, controllers, path = (line + "::").split(":")[:3]
        parts = [part for part in path.split("/") if part]
        if not controllers:
            mounts, files = [mounted, mounted / "unified"], ["cpu.max"]
        elif "cpu" in controllers.split(","):
            mounts, files = [mounted / controllers, mounted / "cpu"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        for folder in (mount.joinpath(*parts[:i]) for mount in mounts for i in range(len(parts) + 1)):
            words = " ".join(_read(folder / file) for file in files).split()
            quota, period = (float(word) if word.isdigit() else math.inf for word in (words + ["", ""])[:2])
            if 0 < period < math.inf:
                quotas.append(quota / period)  # microseconds of computing in each so many microseconds
    return quotas


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _pools() -> list[int]:
    """Return the numbers of threads that the loaded libraries of linear algebra have; nothing without threadpoolctl."""
    try:
        import threadpoolctl
    except ImportError:
        return []
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
