"""What is ordered of a sync, and what reading a course came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from canvas.errors import CanvasError, FatalError
from sync import plan
from sync.candidates import Held
from sync.extract import Reading
from sync.plan import Source
from sync.proof import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to sync. `course` is Canvas's id; an empty `only` means everything.

    `full`: nothing is left out because it seems unchanged. `targets`: source → what of it is read
    again because an event named it, and nothing else is read then; see `DirtyMark.target`.
    """

    course: int
    only: tuple[str, ...] = ()
    full: bool = False
    accept_deletes: bool = False
    targets: dict[str, list[str]] | None = None


@dataclass(slots=True, kw_only=True)
class Course:
    """What reading a course came to.

    `readings` is source → how it went, `complete` is table → its whole list was read. `dropped` are
    tables whose rows were asked for inside other records, and left out of some by Canvas.
    `left_out` are those no longer asked for, because Canvas could not bear it. `gone`: Canvas no
    longer gives the course itself; `is_deleted`: it says that the course was deleted.
    """

    readings: dict[str, Reading] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    not_read: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    complete: dict[str, bool] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    proved: dict[str, Proof] = field(default_factory=dict)
    gone: CanvasError | None = None
    is_deleted: bool = False

    def take_for_read(self, source: str) -> None:
        """It is left alone: what there is of it in the mirror will do."""
        self.readings[source] = Reading()
        self.not_read.add(source)

    @property
    def was_read(self) -> bool:
        """False when Canvas did not give the course itself, and so nothing of it."""
        return self.readings["course"].complete

    @property
    def fatal(self) -> CanvasError | None:
        errors = (reading.error for reading in self.readings.values())
        return next((error for error in errors if isinstance(error, FatalError)), None)

    @property
    def stopped(self) -> bool:
        return any(reading.stopped for reading in self.readings.values())

    def proven(self) -> set[str]:
        """Sources whose listings are known to the last page."""
        read_whole = {name for name, reading in self.readings.items() if reading.complete}
        return read_whole - self.absent - self.not_read

    def note_completeness(self, sources: Sequence[Source]) -> None:
        """A table is complete when every source that can list its rows was read to its end.

        What a source needs and nobody has read, as it is in the mirror, is no reason against it.
        """
        read_whole: set[str] = set()
        for source in sources:
            reading = self.readings.get(source.name)
            whole = reading is not None and reading.complete and source.name not in self.not_read
            needs = (name for name in source.needs if name in self.readings)
            if whole and read_whole.issuperset(needs):
                read_whole.add(source.name)
        for table in dict.fromkeys(table for source in sources for table in source.feeds):
            feeders = {source.name for source in plan.PLAN if table in source.feeds}
            self.complete[table] = (
                feeders <= read_whole and table not in self.dropped | self.left_out
            )

    def proofs(self) -> dict[str, Proof]:
        """Source → what it proves, for those that are proven.

        Where Canvas left out parts of records, no later change tells of them: everything is due.
        """
        without = self.dropped | self.left_out
        return {name: _with_due(self.proved[name], name, without) for name in self.proven()}

    def modes(self) -> dict[str, str]:
        """Resource → how it was read, as in `Watermark.mode`."""
        modes: dict[str, str] = {}
        for name, proof in self.proved.items():
            modes |= dict.fromkeys(plan.BY_NAME[name].resources, str(proof.mode))
        return modes


def _with_due(proof: Proof, source: str, without: set[str]) -> Proof:
    missing = sorted(without.intersection(plan.BY_NAME[source].feeds))
    if not missing:
        return proof
    return replace(proof, full_because=f"Canvas left out {', '.join(missing)}")
