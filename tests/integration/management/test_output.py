"""Results whose reader is gone, or whose disk is full."""

import os
from collections.abc import Iterator
from typing import IO

import pytest

from management.output import OutputFailedError, Results

LONG = "x" * 100_000  # more than any buffer keeps back


@pytest.fixture
def unread() -> Iterator[IO[str]]:
    """A pipe nobody reads from any more."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        yield stream


@pytest.fixture
def full() -> Iterator[IO[str]]:
    """A file on a full disk."""
    with open("/dev/full", "w") as stream:
        yield stream


def test_what_nobody_reads_any_more_is_dropped_in_silence(unread: IO[str]) -> None:
    results = Results(unread)
    for text in ("short", LONG, LONG):
        assert results.write(text) == len(text)
        results.flush()


def test_a_full_disk_is_told_once_and_what_follows_is_dropped(full: IO[str]) -> None:
    results = Results(full)
    results.write("short")
    with pytest.raises(OutputFailedError) as told:
        results.flush()
    assert "No space left" in str(told.value.__cause__)
    results.write(LONG)
    results.flush()


def test_a_write_that_fails_before_any_flush_is_told_too(full: IO[str]) -> None:
    with pytest.raises(OutputFailedError):
        Results(full).write(LONG)


def test_a_process_without_a_stdout_writes_nowhere() -> None:
    results = Results(None)
    results.write("nobody hears this")
    results.flush()
    assert not results.isatty()
