"""The derivative table: every operation beside its derivatives, one file for each kind of operation.

A rule is calculus and nothing else. It gets the gradient `g` of the output, the output `y` and the inputs, and says
what the gradient of one input is, with NumPy's functions and operators. On arrays that is a number; on Tensors the
same text is an expression, which can be differentiated again.
"""
