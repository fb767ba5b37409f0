"""The order of a backward pass: every node after all the nodes it was computed from.

A gradient may be passed on only when it is complete, that is, when every consumer of a node has added its share.
Walking a topological order backwards guarantees that. This is the one thing that both engines share.
"""

from typing import Any


def topological_order(root: Any) -> list[Any]:
    """Return the computed nodes below `root`, inputs before outputs, `root` last.

    A node is anything with `parents`, a sequence of nodes, and `op`, which is empty for a leaf. Leaves pass nothing
    on and are left out; so the order of a graph that is one leaf is empty. Each node comes once, however many paths
    lead to it, and nodes come in the same order in every process.

    The walk is a depth-first search with its own stack: Python's allows about a thousand nested calls, and a sum of
    a loop's results is a chain longer than that.
    """
    order: list[Any] = []
    if not root.op:
        return order
    visited = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node is None:  # everything above this marker is done, so the node under it is complete
            order.append(stack.pop())
        elif node not in visited:
            visited.add(node)
            stack.append(node)
            stack.append(None)
            for parent in node.parents:
                if parent.op and parent not in visited:
                    stack.append(parent)
    return order
