"""A scheduler and workers of Dask by address, for the tests of `course.cluster`."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WITHOUT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


class Address:
    """A scheduler and workers, each a process of its own in a folder without our package."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.folder, self.processes = folder, []
        self.scheduler = self.start("dask_scheduler", "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2])

    def start(self, program, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments, "--no-dashboard"]
        process = subprocess.Popen(command, cwd=self.folder, env=WITHOUT, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def wait(self):
        """Wait until the scheduler takes connections."""
        for _ in range(600):
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", int(self.address.rpartition(":")[2]))) == 0:
                    return
            time.sleep(0.1)
        raise TimeoutError(f"the scheduler {self.address} does not start")

    def worker(self, threads=1):
        return self.start(
            "dask_worker", self.address, "--nthreads", str(threads), "--no-nanny", "--death-timeout", "30"
        )

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
