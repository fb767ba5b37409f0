"""course.cluster: the numbers of one machine, whatever happens to the workers; real processes on loopback."""

import gc
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from addresses import ROOT, Address

pytest.importorskip("distributed")
import autograd.tensor as ag  # noqa: E402
from autograd.tensor import nn, optim  # noqa: E402
from autograd.tensor.api.creation import default_generator  # noqa: E402
from course import processes  # noqa: E402
from course.cluster import Cluster, data_parallel, sweep  # noqa: E402


# What workers are sent has to be sent as code, because they cannot import this file; so these make functions anew.
def by_value(function):
    function.__module__ = "__main__"
    return function


@by_value
def loss(model, inputs, labels):
    from autograd.tensor import nn

    return nn.functional.cross_entropy(model(inputs), labels, reduction="sum")


def slow(seconds):
    def waiting(model, inputs, labels):
        import time

        from autograd.tensor import nn

        time.sleep(seconds)
        return nn.functional.cross_entropy(model(inputs), labels, reduction="sum")

    return by_value(waiting)


def trained(cluster, loss=loss, steps=4, rows=50, parts=4, before=lambda step: None):
    """Return losses and weights, as bytes, of a short training with dropout."""
    ag.manual_seed(3)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    random = np.random.default_rng(0)
    inputs = ag.tensor(random.normal(size=(rows, 6)).astype(np.float32))
    labels = ag.tensor(random.integers(0, 3, rows))
    parallel = data_parallel(model, loss, optimizer, cluster, parts)
    losses = []
    for step in range(steps):
        before(step)
        losses.append(parallel.step(inputs, labels))
    return losses, [parameter.detach().numpy().tobytes() for parameter in model.parameters()]


@pytest.fixture(scope="module")
def here():
    with Cluster(workers=2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def alone():
    return trained(None)


@pytest.fixture
def address(tmp_path):
    started = Address(tmp_path)
    yield started
    started.end()


def workers_of(cluster):
    """Return the numbers of both workers' processes, when both are there."""
    cluster.client.wait_for_workers(2, timeout=60)
    return list(cluster.client.run(os.getpid).values())


# ---- the numbers


def test_a_step_is_the_same_as_without_parts(alone):
    """The gradient of the mean over the whole batch, from the loss that averages: a second route."""
    ag.manual_seed(3)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).double()
    random = np.random.default_rng(0)
    inputs, labels = ag.tensor(random.normal(size=(50, 6))), ag.tensor(random.integers(0, 3, 50))
    mean = nn.functional.cross_entropy(model(inputs), labels)
    expected = ag.autograd.grad(mean, list(model.parameters()))
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    assert data_parallel(model, loss, optimizer, None, parts=3).step(inputs, labels) == pytest.approx(
        mean.item(), 1e-14
    )
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        assert np.allclose(parameter.grad.numpy(), gradient.numpy(), rtol=1e-12, atol=1e-15)


def test_one_worker_two_workers_and_none_agree_in_every_bit(here, alone):
    assert trained(here) == alone
    with Cluster(workers=1) as one:
        assert trained(one) == alone
    assert trained(None, parts=3) != alone  # the number of parts is what counts


def test_a_batch_that_is_shorter_than_the_parts(here):
    assert trained(here, rows=3) == trained(None, rows=3)


def test_the_random_numbers_of_this_process_stay_where_they_are():
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5))
    before = dict(default_generator.get_state())
    data_parallel(model, loss, optim.SGD(model.parameters(), 0.1), None).step(ag.ones(4, 2), ag.tensor([0, 1, 2, 0]))
    assert default_generator.get_state() == before


def test_a_worker_killed_before_in_and_after_a_step_changes_no_bit(here, alone):
    def kill(step):
        pids = workers_of(here)
        if step == 1:
            os.kill(pids[0], signal.SIGKILL)
        elif step == 2:  # in the step: each part takes a quarter of a second
            threading.Timer(0.3, os.kill, (pids[1], signal.SIGKILL)).start()
        elif step == 3:
            os.kill(pids[0], signal.SIGKILL)

    assert trained(here, slow(0.2), before=kill) == alone
    assert trained(here) == alone


def test_both_workers_killed_at_once_change_no_bit(here, alone):
    def kill(step):
        if step == 2:
            for pid in workers_of(here):
                os.kill(pid, signal.SIGKILL)

    assert trained(here, before=kill) == alone


def test_a_call_that_kills_its_worker_each_time_is_given_up(here, alone):
    deadly = by_value(lambda setting: __import__("os").kill(__import__("os").getpid(), 9))
    with pytest.raises(RuntimeError, match=r"4 workers in turn ended while they computed the same call .* not tried"):
        sweep(deadly, ["this one"], here)
    assert trained(here) == alone


# ---- by address


def test_workers_without_our_package_that_come_and_go(address, alone):
    first, _ = address.worker(), address.worker()
    with Cluster(address.address) as cluster:
        cluster.client.wait_for_workers(2, timeout=30)
        assert trained(cluster) == alone
        threading.Timer(0.3, first.kill).start()
        assert trained(cluster, slow(0.1)) == alone
        assert len(cluster.client.run(os.getpid)) == 1
        address.worker()
        cluster.client.wait_for_workers(2, timeout=30)
        assert trained(cluster) == alone
        files = cluster.client.run(by_value(lambda: __import__("course").__file__)).values()
        assert all(re.search(r"/autograd_[0-9a-f]{12}\.zip/course/", file) for file in files)
        threading.Timer(0.3, address.scheduler.kill).start()
        with pytest.raises(ConnectionError, match=f"the scheduler {re.escape(address.address)} is gone"):
            trained(cluster, slow(0.2))


def test_a_worker_with_several_threads_computes_one_part_at_a_time(address):
    """That is how `dask worker` starts one; its threads share a random generator, and a switch for recording."""
    address.worker(threads=4)
    with Cluster(address.address) as cluster:
        assert trained(cluster, rows=2000, parts=8) == trained(None, rows=2000, parts=8)


def test_a_worker_takes_a_newer_course_in_the_place_of_an_older_one(address, alone, monkeypatch, tmp_path):
    address.worker()
    with Cluster(address.address) as cluster:
        assert trained(cluster) == alone
    newer = tmp_path / "newer"
    for name in ("autograd", "course"):
        shutil.copytree(ROOT / name, newer / name, ignore=shutil.ignore_patterns("__pycache__"))
    (newer / "course" / "newer.py").write_text("IS = 1\n")
    monkeypatch.setattr(processes, "ROOT", newer)
    with Cluster(address.address) as cluster:
        assert list(cluster.client.run(by_value(lambda: __import__("course.newer").newer.IS)).values()) == [1]
        assert trained(cluster) == alone


def test_nobody_at_the_address_and_a_scheduler_without_workers_are_named(address, monkeypatch):
    monkeypatch.setattr(processes, "REACH", 1.0)
    with pytest.raises(ConnectionError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: "):
        Cluster("tcp://127.0.0.1:9")
    with pytest.raises(ConnectionError, match=r"at nowhere:here: an address looks like tcp://127\.0\.0\.1:8786"):
        Cluster("nowhere:here")
    assert [one for one in clients() if one.status == "connecting"] == [], "a client that failed is closed"
    address.wait()
    monkeypatch.setattr(processes, "REACH", 3.0)
    with pytest.raises(
        ConnectionError, match=f"has no worker: `dask worker --nworkers auto {address.address}` starts some"
    ):
        Cluster(address.address)


def clients():
    import distributed

    return [one for one in gc.get_objects() if isinstance(one, distributed.Client)]


def test_other_versions_are_named(here, monkeypatch):
    versions = {"Python": "3.99", "NumPy": np.__version__}
    monkeypatch.setattr(processes, "_versions", lambda: versions)
    monkeypatch.setattr(here, "client", Asked())
    with pytest.warns(UserWarning, match=r"worker tcp://there has Python 3\.7, here 3\.99: digits may differ"):
        here._meet()


class Asked:
    """A client whose one worker has an older Python."""

    def register_plugin(self, plugin):
        pass

    def wait_for_workers(self, count, timeout):
        pass

    def run(self, function):
        return {"tcp://there": {"Python": "3.7", "NumPy": np.__version__}}


# ---- a sweep


def test_a_sweep_gives_the_results_in_the_order_of_the_settings(here, capsys):
    late = by_value(lambda setting: (__import__("time").sleep(0.2 * (setting == 0)), setting**2)[1])
    assert sweep(late, (n for n in range(6)), here) == [0, 1, 4, 9, 16, 25]
    assert "sweep" in capsys.readouterr().err
    assert sweep(late, [], here) == []


def test_a_sweep_says_for_which_setting_an_error_was_raised(here):
    with pytest.raises(ZeroDivisionError) as raised:
        sweep(by_value(lambda setting: 1 / setting), [4, 0, 2], here)
    assert raised.value.__notes__ == ["sweep: this was raised for the setting 0"]
    assert sweep(by_value(lambda setting: 1 / setting), [4, 2], here) == [0.25, 0.5]


# ---- what is refused


def test_batches_that_make_no_sense_are_named():
    model = nn.Linear(2, 3)
    parallel = data_parallel(model, loss, optim.SGD(model.parameters(), 0.1), None)
    with pytest.raises(ValueError, match=r"of one length above 0, not of the lengths \[3, 2\]"):
        parallel.step(ag.ones(3, 2), ag.zeros(2))
    with pytest.raises(ValueError, match=r"not of the lengths \[0\]"):
        parallel.step(ag.ones(0, 2))
    with pytest.raises(ValueError, match="parts must be at least 1, not 0"):
        data_parallel(model, loss, None, None, parts=0)


def test_batch_norm_is_refused_in_training_alone():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    parallel = data_parallel(model, loss, optim.SGD(model.parameters(), 0.1), None)
    with pytest.raises(ValueError, match=r"each part would change the model's 1\.running_mean differently"):
        parallel.step(ag.ones(4, 2), ag.tensor([0, 1, 2, 0]))
    model.eval()
    assert parallel.step(ag.ones(4, 2), ag.tensor([0, 1, 2, 0])) > 0


def test_a_script_without_the_guard_is_told(monkeypatch):
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    with pytest.raises(RuntimeError, match='put what uses it under if __name__ == "__main__":'):
        Cluster()


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'dask\[distributed\]'"):
        Cluster()


# ---- nothing stays behind

SCRIPT = textwrap.dedent(
    """
    import os, sys, time
    from course.cluster import Cluster
    if __name__ == "__main__":
        cluster = Cluster(workers=2)
        print(*cluster.client.run(os.getpid).values(), flush=True)
        if sys.argv[1] == "raise":
            1 / 0
        time.sleep(60)
    """
)


@pytest.mark.parametrize("how", ["raise", "KILL"])
def test_no_process_stays_behind(how, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, tmp_path / "script.py", how]
    with subprocess.Popen(command, env=environment, stdout=-1, stderr=-3, text=True) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2
        if how == "KILL":
            process.kill()
        process.wait(60)
    ends = time.monotonic() + 30
    while any(map(alive, pids)) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not any(map(alive, pids))


INTERRUPTED = textwrap.dedent(
    """
    import os, signal, threading, time
    from course.cluster import Cluster
    if __name__ == "__main__":
        with Cluster(workers=1) as cluster:
            before = cluster.client.run(os.getpid)
            threading.Timer(0.5, os.killpg, (0, signal.SIGINT)).start()
            try:
                list(cluster.each(time.sleep, [(2,)]))
            except KeyboardInterrupt:
                print("interrupted", cluster.client.run(os.getpid) == before, list(cluster.each(abs, [(-3,)])))
    """
)


def test_an_interrupt_stops_a_call_and_no_worker(tmp_path):
    """A notebook's interrupt is sent to all processes of the kernel's group, as Ctrl-C is in a terminal."""
    (tmp_path / "script.py").write_text(INTERRUPTED)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, tmp_path / "script.py"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, start_new_session=True)
    assert (done.stdout, done.stderr) == ("interrupted True [(0, 3)]\n", "")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
