"""PyTorch's surface: names, ways to give arguments, type promotion, and what else a user of PyTorch expects.

`core` and `table` compute; here stands what their operations are called and how they are asked for. Files have the
names of those of the table, whose entries they call. Beside them:

    public              the decorator that says what is a method, has an in-place form, serves a NumPy function
    dtypes, creation    types, and tensors from numbers, from a shape, from chance
    arguments           sizes, dimensions and dtypes in all the ways in which they can be given
    pointwise           functions of one number and of two: exp, tanh, mul; elementwise holds those with settings
    methods, casts, operators    what only Tensor has: x.size(), x.double(), x[i], x @ y
    inplace, views      operations that write into their first argument, and what its views see of it
    numpy               what NumPy's functions mean for tensors
    autograd, function, functional, grad_mode    differentiation under PyTorch's names
    printing, serialization, comparisons, ordering
    aliases             modules without a file of their own, and what programs say to accelerators
    refusals            what is said to programs that ask for something that is not there
"""
