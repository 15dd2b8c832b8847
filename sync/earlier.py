"""What earlier attempts of a run left for the one that goes on with it: values, and no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from canvas.client import Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """What a listing that was read to its last page proved.

    `gap`: why it may not be whole for all that. `counted`: its several pages were told apart by
    number. `left_out`: tables whose rows Canvas could not bear to send along.
    """

    gap: Gap | None = None
    counted: bool = False
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far a listing has been stored. `next_url` is opaque; `end` is None before its last page.

    `began_at`: when its first page was asked for, by Canvas's clock.
    """

    pages: int
    records: int
    next_url: str | None = None
    began_at: dt.datetime | None = None
    end: ListingEnd | None = None


# The parent's Canvas id, 0 for the course's own listing, → its bookmark.
Bookmarks: TypeAlias = Mapping[int, Bookmark]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Empty for a run that was just begun.

    `bookmarks` is source → its listings, `parents` table → Canvas ids of the rows seen, `dropped`
    tables whose rows Canvas left out of records. `stored`: sources of which something was stored.
    `began_at`: when the first page of all was asked for, by Canvas's clock.
    """

    bookmarks: Mapping[str, Bookmarks] = field(default_factory=dict)
    parents: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    began_at: dt.datetime | None = None
