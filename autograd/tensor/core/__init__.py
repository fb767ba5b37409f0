"""The engine itself: a tensor, the graph that it remembers, the backward pass, and the forms of a table entry.

It needs NumPy and `autograd.graph`, and nothing else. To be read in this order:
    modes       what is switched on and off: recording, and the check for nan and inf
    nodes       what a graph is made of
    versions    who shares memory, and who has changed it
    tensor      an array, and its place in the graph
    tape        what an operation leaves in the graph
    plans       what a rule needs, as its parameters say
    backward    from the gradient of a result to the gradients of the leaves
    forms       a forward function and its rules become an operation on tensors
    fast        the same for operations of one and two tensors, written out for speed

`fit` and `errors` help; `hooks` holds functions that `api` replaces to get PyTorch's behaviour.
"""
