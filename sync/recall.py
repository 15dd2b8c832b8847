"""What an earlier attempt of a run left in the ledger, put back where it was: one read per kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from canvas.models.stored import in_parts
from sync.batch import Rejected
from sync.earlier import Bookmark, Earlier
from sync.ledger import bookmark_of
from sync.models import Change, Checkpoint, Reject, Run, Seen
from sync.plan import PLAN
from sync.sight import recall_sight
from sync.tables import BY_NAME, TABLES
from sync.target import Target

_SIZE = 900
_READ_SIZE = 2000


def recall(target: Target) -> Earlier:
    """Bring `target` to where the run was, and say how far its listings are. Blocks.

    Nothing for a rehearsal and for a run in its first attempt.
    """
    run = None if target.run is None else Run.objects.filter(pk=target.run).first()
    if run is None or run.started_at is None or run.attempts < 2:
        return Earlier()
    target.began_at = run.started_at
    dropped = _recall_sights(run, target)
    _recall_changes(run, target)
    _recall_rejects(run, target)
    bookmarks = _bookmarks(run)
    target.read_since = min(_beginnings(bookmarks), default=None)
    return Earlier(
        bookmarks=bookmarks,
        parents={table: _seen_ids(table, target) for table in _parent_tables()},
        dropped=frozenset(dropped),
        stored=frozenset(Seen.objects.filter(run=run).values_list("source", flat=True)),
        began_at=target.read_since,
    )


def _recall_sights(run: Run, target: Target) -> set[str]:
    dropped: set[str] = set()
    for rows in Seen.objects.filter(run=run).values_list("rows", flat=True).iterator():
        dropped |= recall_sight(target.census, bytes(rows))
    return dropped


def _recall_changes(run: Run, target: Target) -> None:
    """The feed has an entry for every row written, whichever room wrote it."""
    tallies: dict[str, list[Any]] = {}
    for table in TABLES:
        tallies.setdefault(table.reported_as, []).append(target.census.of(table.name))
    changes = Change.objects.filter(run=run).order_by("pk")
    for resource, pk, kind in changes.values_list("resource", "row_id", "kind").iterator(
        chunk_size=_READ_SIZE
    ):
        first = tallies[resource][0]
        tally = next((one for one in tallies[resource] if pk in one.seen), None)
        if kind == Change.Kind.DELETED:
            first.deleted += 1
        elif tally is not None and kind == Change.Kind.CREATED:
            tally.created.add(pk)
            tally.updated.discard(pk)
        elif tally is not None and pk not in tally.created:
            tally.updated.add(pk)


def _recall_rejects(run: Run, target: Target) -> None:
    known = [
        Rejected(
            source=reject.source,
            table=reject.table,
            canvas_id=reject.canvas_id,
            reason=reject.reason,
            excerpt=reject.excerpt,
        )
        for reject in Reject.objects.filter(run=run).order_by("pk").iterator()
    ]
    for reject in known:
        target.census.of(reject.table).set_aside.append(reject.canvas_id)
    target.set_aside = frozenset(known)


def _bookmarks(run: Run) -> dict[str, dict[int, Bookmark]]:
    found: dict[str, dict[int, Bookmark]] = {}
    for checkpoint in Checkpoint.objects.filter(run=run).iterator():
        found.setdefault(checkpoint.source, {})[checkpoint.parent] = bookmark_of(checkpoint)
    return found


def _beginnings(bookmarks: dict[str, dict[int, Bookmark]]) -> Iterator[dt.datetime]:
    for listings in bookmarks.values():
        yield from (mark.began_at for mark in listings.values() if mark.began_at is not None)


def _parent_tables() -> set[str]:
    return {source.per for source in PLAN if source.per}


def _seen_ids(table: str, target: Target) -> tuple[int, ...]:
    """Canvas ids of the rows of a table that were seen, in the order of their keys."""
    rows: QuerySet[Any] = BY_NAME[table].model._default_manager.order_by("pk")
    found: list[int] = []
    for part in in_parts(list(target.census.of(table).seen), _SIZE):
        found += rows.filter(pk__in=part).values_list("canvas_id", flat=True)
    return tuple(found)
