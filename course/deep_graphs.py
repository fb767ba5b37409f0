"""Lets deep graphs be forgotten where Python runs in a web browser.

When the last node of a chain is dropped, Python drops its parent, inside of that the parent's parent, and so on: a call
inside a call for each node. Elsewhere Python notices when these go too deep, and takes a pause. A browser gives it no
measure of that, and ends it: in a Chromium of 2026 between 1,000 and 5,000 nodes, where chapter 04 has 100,000.
"""

from typing import Any


def free_step_by_step(kind: type, *names: str) -> None:
    """Let the nodes of a class go one after another; `names` are the attributes in which a node holds its parents."""
    waiting: list[Any] = []
    working = False

    def __del__(self: Any) -> None:
        nonlocal working
        for name in names:
            waiting.append(getattr(self, name, None))
            setattr(self, name, None)  # so they do not go with this node, but below
        if not working:
            working = True
            while waiting:
                waiting.pop()
            working = False

    kind.__del__ = __del__  # type: ignore[attr-defined]
