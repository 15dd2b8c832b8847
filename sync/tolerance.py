"""How many records of a listing may be set aside before the listing itself is thought wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from canvas.errors import TooManyRejectsError
from sync.batch import Batch

# More than this share of what was read of a listing, and more than this many records.
MOST_SHARE: Final = 0.05
MOST_RECORDS: Final = 20


@dataclass(slots=True)
class _Count:
    records: int = 0
    refused: int = 0


@dataclass(slots=True)
class Tolerance:
    """What this attempt of a run has read, by source."""

    _counts: dict[str, _Count] = field(default_factory=dict)

    def note(self, batch: Batch, *, refused: int) -> None:
        """`refused`: how many of the batch's records no table has taken.

        Raises TooManyRejectsError.
        """
        count = self._counts.setdefault(batch.source, _Count())
        count.records += batch.records
        count.refused += refused
        if count.refused > max(MOST_RECORDS, count.records * MOST_SHARE):
            raise TooManyRejectsError(
                source=batch.source,
                cause=f"{count.refused} of the first {count.records} records of {batch.source} "
                "could not be stored",
            )
