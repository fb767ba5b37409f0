"""Automatic differentiation from first principles: two engines, one idea.

`autograd.scalar` differentiates expressions of single numbers and needs only the standard library.
Both engines share `graph` (the order of the backward pass), `draw`, `gradcheck` and `optim`.
Nothing is imported here, so that each part costs only what it uses.
"""

__version__ = "0.1.0"

# Another package has the same import name; notebooks and tests assert this marker to know that they got ours.
COURSE = "autograd-from-first-principles"
