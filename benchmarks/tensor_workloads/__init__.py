"""The training steps that `benchmarks/tensor.py` times: what they compute, and one module for each way to write them.

`workloads.py` has the sizes, goals and data; `in_torch.py` serves PyTorch and `autograd.tensor`, which share an API.
"""
