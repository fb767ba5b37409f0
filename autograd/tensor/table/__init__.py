"""The derivative table: every operation beside its derivatives, one file for each kind of operation.

A rule is calculus and nothing else. It says what the gradient of one input is, with NumPy's functions and operators. On
arrays that is a number; on Tensors the same text is an expression, which can be differentiated again. The parameters
of a rule say what it needs, and exactly that is kept: `g` the gradient of the output, `y` the output, `x` the input of
that name, `like_x` only its shape and type, or a setting. The forms that an entry can take:

    elementwise(f, x=rule, …)  numbers, one at a time; the engine sums over what was broadcast
    primitive(f, x=rule, …)    a rule for each input, and settings by name
    reduction(rule)            a rule that gets g and y as if all dimensions had been kept
    nary(f, rule)              a list of inputs, all with one rule, which also gets `i`, the place of its input
    fused(f, backward, d)      all gradients at once, on arrays; higher derivatives are those of the definition d

To be read in this order: elementwise, shapes, reductions, indexing, linalg, losses, networks, convolution, pooling.
`kernels` and `sums` hold functions of arrays that NumPy does not have, and `forms` the last two forms.
"""
