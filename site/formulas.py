"""Formulas as MathML, which browsers show without a script and without fonts of our own, and read aloud."""

import re

import latex2mathml.converter


def mathml(tex: str, display: str = "inline") -> str:
    """Return a formula as MathML; between the name of a function and its argument there is a space, as TeX has it.

    The underscore of a name such as fan_in, \\_ in TeX, stands there without its backslash, which the converter keeps.
    """
    text = latex2mathml.converter.convert(tex, display=display)
    text = re.sub(r"<mtext>[^<]*</mtext>", lambda found: found[0].replace(r"\_", "_"), text)
    return re.sub(r"(<mi>[a-z]{3,4}</mi>)(?=<m(?!o|row))", r'\1<mspace width="0.167em"/>', text)
