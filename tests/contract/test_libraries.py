"""Libraries that only one room may import."""

import pytest

from tests.contract.source import imported, modules

_PRODUCT = ("canvas", "sync", "workers", "management", "settings")


@pytest.mark.parametrize("library", ["httpx", "canvasapi", "requests", "tenacity"])
def test_only_the_client_imports_what_speaks_http(library: str) -> None:
    users = {
        str(path)
        for path, tree in modules(*_PRODUCT)
        for name in imported(tree)
        if name.partition(".")[0] == library
    }
    assert [user for user in sorted(users) if not user.startswith("canvas/client/")] == []
