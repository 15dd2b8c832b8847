"""What a first reading stored, kept for the tests of this process that begin with one."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from simulator import Canvas
from tests.acceptance.random_worlds.tables import Rows, all_rows, fill

MOMENT_S = 60.0  # longer than a first reading takes


class FirstReadings:
    """By what was read and how. A reading is made by the first test that begins with it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Rows] = {}

    def begin(self, name: Hashable, canvas: Canvas, *, read: Callable[[], object]) -> None:
        """Fill the tables, which are empty, with what `read` stores of `canvas` as it is now.

        The clock of Canvas goes on: it is to tell nobody again what it told the first reading.
        """
        if name in self._kept:
            fill(self._kept[name])
        else:
            read()
            self._kept[name] = all_rows()
        canvas.world.clock.advance(MOMENT_S)
        canvas.requests.clear()
