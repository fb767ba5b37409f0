"""What is switched on and off around a computation: recording, and the check for nan and inf."""

from typing import Any

import numpy as np


class Mode:
    """The switches that every operation reads.

    `recording`: whether results remember how they were computed. `anomaly`: whether each result is searched for nan and
    inf. `default_dtype`: the type of tensors made from Python floats. `nodes`: a list that every new node is added to,
    for `checkpoint`, or None.
    """

    __slots__ = ("recording", "anomaly", "default_dtype", "nodes")

    def __init__(self) -> None:
        self.recording, self.anomaly, self.default_dtype = True, False, np.dtype(np.float32)
        self.nodes: list[Any] | None = None


mode = Mode()
