"""Every write transaction of a sync shows that the lease of its course is still its own."""

import ast

from tests.contract.source import modules

# Whoever opens a transaction without one, and why that is right.
WITHOUT = {
    "sync/discovery.py": "writes the schedule, no mirrored row",
    "sync/fence.py": "opens it, and checks at its end",
    "sync/handling.py": "writes marks, no mirrored row",
    "sync/leases.py": "takes the lease",
    "sync/marks.py": "writes marks, no mirrored row",
    "sync/refresh.py": "writes marks; its rows go through a store",
    "sync/store.py": "rehearses, and rolls everything back",
}


def _opens_a_transaction(tree: ast.AST) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "atomic" for call in calls
    )


def test_transactions_of_a_sync_are_fenced() -> None:
    opening = {str(path) for path, tree in modules("sync") if _opens_a_transaction(tree)}
    assert opening == set(WITHOUT)
