"""The options by which programs that train let several processes share each batch."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from course.cluster import Cluster
from course.command import positive

PARTS = 4  # of a batch that workers share


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which processes share each batch."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=positive, metavar="N", help="processes to start for it (default: this one)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask scheduler, such as tcp://127.0.0.1:8786")
    parser.add_argument(
        "--parts",
        type=positive,
        metavar="N",
        help="into which each batch is cut; the weights depend on it, and not on the number of workers "
        f"(default {PARTS} with --workers or --scheduler, else 1)",
    )


@contextmanager
def chosen(options: argparse.Namespace) -> Iterator[Cluster | None]:
    """Give the workers that the options ask for, and end them; None where this process computes by itself."""
    if options.parts is None:
        options.parts = PARTS if options.workers or options.scheduler else 1
    if options.scheduler is None and options.workers in (None, 1):
        yield None
    else:
        with Cluster(options.scheduler, options.workers) as cluster:
            print(f"each batch is computed in {options.parts} parts by {len(cluster)} workers: {cluster}", flush=True)
            yield cluster
