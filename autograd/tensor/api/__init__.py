"""PyTorch's surface: names, ways to give arguments, type promotion, and what else a user of PyTorch expects.

The functions of this folder have PyTorch's names and arguments. They check the arguments and call an entry of the
table, which computes. A file has the name of the file of the table whose entries it calls. The others are:

    public              the decorator that makes a function a method of Tensor, an in-place method, a NumPy function
    dtypes, creation    types; tensors from numbers, from a shape, or at random
    arguments           sizes, dimensions and dtypes in all the ways in which they can be given
    pointwise           functions of one number and of two: exp, tanh, mul; elementwise holds those with settings
    methods, casts, operators    what only Tensor has: x.size(), x.double(), x[i], x @ y
    inplace, views      operations that write into their first argument, and how the graphs of its views follow
    numpy               what NumPy's functions mean for tensors
    autograd, function, functional, grad_mode    differentiation under PyTorch's names
    printing, serialization, comparisons, ordering
    aliases             modules of PyTorch that need no file, such as torch.cuda
    refusals            the errors for names of PyTorch that this package does not have
"""
