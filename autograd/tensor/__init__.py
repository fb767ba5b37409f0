"""The tensor engine: arrays in expressions, differentiated, under PyTorch's names.

`import autograd.tensor as torch` at the head of an ordinary model file runs it on NumPy alone.
"""

import math as _math
import warnings as _warnings

# As in PyTorch, inf and nan are results like others, and detect_anomaly() looks for them; NumPy would warn of each.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd\.tensor")

from autograd.tensor import methods as _methods  # noqa: E402, F401  gives Tensor its operators
