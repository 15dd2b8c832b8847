"""`async def` tests run: without the hook of `tests/conftest.py` these two fail."""

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st


async def test_an_async_test_runs_and_gets_its_fixtures(tmp_path: Path) -> None:
    await asyncio.sleep(0)
    assert tmp_path.name


@given(number=st.integers())
async def test_an_async_property_is_checked(number: int) -> None:
    await asyncio.sleep(0)
    assert number == int(str(number))
