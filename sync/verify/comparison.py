"""Pages of records against rows, in both directions; remembers ids and differences, no rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypeAlias

from sync.verify.fields import Row, differing, unresolved
from sync.verify.kinds import BY_NAME, KINDS, Kind
from sync.verify.mirror import MirrorView
from sync.verify.records import Family, Key, Payload, Told
from sync.verify.result import Id, Tally

Pair: TypeAlias = tuple[Id, Payload, Row]


class Comparison:
    """One course; `seen` are the Canvas ids told so far, by kind."""

    def __init__(self, *, integration: int, course: int) -> None:
        self.mirror = MirrorView(integration=integration, course=course)
        self.seen: dict[str, set[int]] = defaultdict(set)
        self.resources: dict[str, Tally] = {}
        self._tallies = {kind.name: Tally() for kind in KINDS}
        # Families of parents told for the first time: those are counted, others only compared.
        self._uncounted: set[tuple[str, int]] = set()

    async def page(self, told: Iterable[Told | Family]) -> None:
        """Compare what one page told with the rows of just these ids."""
        records: dict[str, list[Told]] = defaultdict(list)
        families: dict[str, list[Family]] = defaultdict(list)
        for part in told:
            if isinstance(part, Told):
                records[part.kind].append(part)
            else:
                families[part.kind].append(part)
        for name, group in records.items():
            await self._compare_records(BY_NAME[name], group)
        for name, households in families.items():
            await self._compare_families(BY_NAME[name], households)
        self._uncounted.clear()

    async def close(self, whole: Collection[str]) -> None:
        """Rows that no page told of; only of the kinds in `whole`, and only these are reported."""
        hidden = {kind.name: await self.mirror.hidden_ids(kind) for kind in KINDS}
        for kind in KINDS:
            if kind.name not in whole:
                continue
            if kind.within:
                await self._find_orphans(kind, self.seen[kind.within] | hidden[kind.within])
            elif kind.told_by:
                await self._find_extra(kind, hidden[kind.name])
            _add(self.resources.setdefault(kind.reported_as, Tally()), self._tallies[kind.name])

    async def _compare_records(self, kind: Kind, group: list[Told]) -> None:
        rows = await self.mirror.by_id(kind, {record.key for record in group})
        pairs: list[Pair] = []
        for record in group:
            row = rows.get(record.key)
            if record.key not in self.seen[kind.name]:
                self.seen[kind.name].add(record.key)
                self._uncounted |= {(c.name, record.key) for c in KINDS if c.within == kind.name}
                self._count(kind, record.key, row)
            if row is not None:
                pairs.append((record.key, record.payload, row))
        await self._compare(kind, pairs)

    async def _compare_families(self, kind: Kind, households: list[Family]) -> None:
        rows = await self.mirror.by_parent(kind, {family.parent for family in households})
        pairs: list[Pair] = []
        for family in households:
            held = rows.get(family.parent, {})
            if (kind.name, family.parent) in self._uncounted:
                self._uncounted.discard((kind.name, family.parent))
                self._count_family(kind, family, held)
            pairs += [
                (_shown(kind, family.parent, key), payload, held[key])
                for key, payload in family.members.items()
                if key in held
            ]
        await self._compare(kind, pairs)

    def _count(self, kind: Kind, shown: Id, row: Row | None) -> None:
        tally = self._tallies[kind.name]
        tally.canvas += 1
        if row is None:
            tally.missing.append(shown)
        else:
            tally.mirror += 1

    def _count_family(self, kind: Kind, family: Family, held: dict[Key, Row]) -> None:
        for key in family.members:
            self._count(kind, _shown(kind, family.parent, key), held.get(key))
        for key in held.keys() - family.members.keys():
            self._extra(kind, _shown(kind, family.parent, key))

    def _extra(self, kind: Kind, shown: Id) -> None:
        tally = self._tallies[kind.name]
        tally.mirror += 1
        tally.extra.append(shown)

    async def _compare(self, kind: Kind, pairs: list[Pair]) -> None:
        different = self._tallies[kind.name].different
        loose: dict[str, list[tuple[Id, Row, str]]] = defaultdict(list)
        for shown, payload, row in pairs:
            if names := differing(kind, payload, row):
                different.setdefault(shown, set()).update(names)
            for name, ref in unresolved(kind, payload, row):
                loose[name].append((shown, row, str(ref)))
        for name, found in loose.items():
            wanted = [(row, ref) for _, row, ref in found]
            there = await self.mirror.has_parents(kind, name, wanted)
            for (shown, _, _), is_there in zip(found, there, strict=True):
                if is_there:
                    different.setdefault(shown, set()).add(name)

    async def _find_extra(self, kind: Kind, hidden: set[int]) -> None:
        async for canvas_id in self.mirror.ids(kind):
            if canvas_id not in self.seen[kind.name] and canvas_id not in hidden:
                self._extra(kind, canvas_id)

    async def _find_orphans(self, kind: Kind, parents: set[int]) -> None:
        async for parent, key in self.mirror.keys(kind):
            if parent not in parents:
                self._extra(kind, _shown(kind, parent, key))


def _shown(kind: Kind, parent: int, key: Key) -> Id:
    """The Canvas id where it is one of its own, else with that of the parent: `31:blank`."""
    own = kind.model.canvas_key == ("integration", "canvas_id")
    return int(key[0]) if own else ":".join((str(parent), *key))


def _add(total: Tally, part: Tally) -> None:
    total.canvas += part.canvas
    total.mirror += part.mirror
    total.missing += part.missing
    total.extra += part.extra
    total.different |= part.different
