from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.aio.configurations import Reports


@pytest.fixture(scope="session")
def reports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """Shared by the processes of a parallel run, which have one folder above theirs in common."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    shared = Path(folder) / "async-transactions"
    shared.mkdir(exist_ok=True)
    return Reports(shared, server_url=lambda: str(request.getfixturevalue("postgres_server_url")))
