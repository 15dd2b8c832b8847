"""Where results go, and what becomes of a command when nobody takes them any more."""

from __future__ import annotations

import os
import sys
from typing import IO, Any


class OutputFailedError(Exception):
    """A result could not be written: a full disk, for example. The cause is the OSError."""


class Results:
    """A text stream that outlives its reader.

    When the reader is gone (`… | head`), what is left to say goes nowhere and the command ends as
    it would have. Raises OutputFailedError, once, for any other reason.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        # A process can be started with its stdout closed; Python then has none.
        self._stream = _nowhere() if stream is None else stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _give_up(self, error: OSError) -> None:
        descriptor, nowhere = self._stream.fileno(), _nowhere()
        # Python flushes the old stream once more when it ends: that must not fail again.
        os.dup2(nowhere.fileno(), descriptor)
        self._stream = nowhere
        if not isinstance(error, BrokenPipeError):
            raise OutputFailedError from error


def _nowhere() -> IO[str]:
    return open(os.devnull, "w", encoding="utf-8")


def write_and_forget(text: str) -> None:
    """Write to stdout where nothing can be done any more about a stdout that fails."""
    results = Results(sys.stdout)
    try:
        results.write(text)
        results.flush()
    except OutputFailedError:
        return
