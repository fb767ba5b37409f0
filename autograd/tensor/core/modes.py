"""What is switched on and off around a computation: recording, and the check for nan and inf."""

import numpy as np


class Mode:
    """The switches that every operation reads.

    `recording`: whether results remember how they were computed. `anomaly`: whether each result is searched for nan and
    inf. `default_dtype`: the type of tensors made from Python floats.
    """

    __slots__ = ("recording", "anomaly", "default_dtype")

    def __init__(self) -> None:
        self.recording, self.anomaly, self.default_dtype = True, False, np.dtype(np.float32)


mode = Mode()
