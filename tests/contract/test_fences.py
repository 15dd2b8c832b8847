"""Every write transaction of a sync shows that the lease of its course is still its own."""

import ast

from tests.contract.source import modules

# Whoever opens a transaction without one, and why that is right.
WITHOUT = {
    "sync/fence.py": "opens it, and checks at its end",
    "sync/leases.py": "takes the lease",
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
