"""Integrations with a developer key, which every test of the refresh may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.workers.keyed import Keyed, keyed


@pytest.fixture
def school(db: None) -> Iterator[Keyed]:
    """Its key does not rotate its refresh token."""
    with keyed() as made:
        yield made


@pytest.fixture
def rotating(db: None) -> Iterator[Keyed]:
    """Its key answers each refresh with a new refresh token, and the old one is void."""
    with keyed(rotating=True) as made:
        yield made
