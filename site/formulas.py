"""Formulas as MathML, which browsers show without a script and without fonts of our own, and read aloud."""

import re

import latex2mathml.converter


def mathml(tex: str, display: str = "inline") -> str:
    """Return a formula as MathML; between the name of a function and its argument there is a space, as TeX has it."""
    text = latex2mathml.converter.convert(tex, display=display)
    return re.sub(r"(<mi>[a-z]{3,4}</mi>)(?=<m(?!o|row))", r'\1<mspace width="0.167em"/>', text)
