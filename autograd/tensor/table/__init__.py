"""The derivative table: every operation beside its derivatives, one file for each kind of operation.

A rule is calculus and nothing else. It gets the gradient `g` of the output, the output `y` and the inputs, and says
what the gradient of one input is, with NumPy's functions and operators. On arrays that is a number; on Tensors the
same text is an expression, which can be differentiated again.

What a node keeps for the backward pass is read from the code of its rule: y if the rule names y, x if it names x, and
of `x.shape` only the shape. `sum`, whose rule is np.broadcast_to(g, x.shape), so keeps no numbers; a rule that handed x
itself on to a function would keep them all.

The forms that an entry can take:

    elementwise(f, rule, …)    numbers, one at a time; what was broadcast is summed by the engine
    primitive(f, rule, …)      a rule for each input, and settings by name
    @derivative(rule, …)       the same, above PyTorch's name and signature; of reductions, g and y keep all dimensions
    nary(f, rule)              a list of inputs, all with one rule: (i, g, y, inputs)
    fused(f, backward, d)      all gradients at once, on arrays; higher derivatives are those of the definition d

To be read in this order: elementwise, reductions, shapes, indexing, ordering, linalg, losses, networks, convolution,
pooling; `special` holds kernels that NumPy does not have. Where PyTorch's function does more than compute, checking
arguments or choosing, the entry has a name of its own, and the function, which calls it, stands further down.
"""
