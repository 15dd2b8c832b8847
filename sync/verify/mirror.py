"""What the mirror holds, read for comparison: live rows by their Canvas ids. Writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, Final

from django.db.models import ForeignKey, QuerySet

from canvas.models import CanvasCourse, CanvasRubricCriterion, MirroredRow
from sync.verify.fields import Row
from sync.verify.kinds import Kind
from sync.verify.records import Key

CHUNK: Final = 2000


class MirrorView:
    """The rows of one course of one integration; `course` is Canvas's id."""

    def __init__(self, *, integration: int, course: int) -> None:
        self._integration, self._course = integration, course

    async def knows_course(self) -> bool:
        """Whether it was ever mirrored."""
        return await self._own(CanvasCourse).filter(canvas_id=self._course).aexists()

    async def by_id(self, kind: Kind, ids: Collection[int]) -> dict[int, Row]:
        """Canvas id → row, of whatever course; ids without a live row are left out."""
        rows = self._live(kind).filter(canvas_id__in=ids).values("canvas_id", *_columns(kind))
        return {row["canvas_id"]: row async for row in rows.aiterator(chunk_size=CHUNK)}

    async def by_parent(self, kind: Kind, parents: Collection[int]) -> dict[int, dict[Key, Row]]:
        """Parent's Canvas id → key inside it → row."""
        rows = self._live(kind).filter(**{f"{kind.parent_path}__in": parents})
        paths = dict.fromkeys((kind.parent_path, *kind.key_path, *_columns(kind)))
        found: dict[int, dict[Key, Row]] = {}
        async for row in rows.values(*paths).aiterator(chunk_size=CHUNK):
            family = found.setdefault(row[kind.parent_path], {})
            family[tuple(str(row[path]) for path in kind.key_path)] = row
        return found

    async def ids(self, kind: Kind) -> AsyncIterator[int]:
        """Canvas ids of the course's live rows, hidden ones included."""
        rows = self._of_course(kind).order_by("pk").values_list("canvas_id", flat=True)
        async for canvas_id in rows.aiterator(chunk_size=CHUNK):
            yield canvas_id

    async def hidden_ids(self, kind: Kind) -> set[int]:
        """Those that Canvas keeps and does not list."""
        if kind.hidden is None:
            return set()
        rows = self._of_course(kind).filter(kind.hidden).values_list("canvas_id", flat=True)
        return {canvas_id async for canvas_id in rows.aiterator(chunk_size=CHUNK)}

    async def keys(self, kind: Kind) -> AsyncIterator[tuple[int, Key]]:
        """Parent and key of the course's live rows, of a kind that is within another."""
        paths = (kind.parent_path, *kind.key_path)
        rows = self._of_course(kind).order_by("pk").values(*paths)
        async for row in rows.aiterator(chunk_size=CHUNK):
            yield row[kind.parent_path], tuple(str(row[path]) for path in kind.key_path)

    async def has_parents(
        self, kind: Kind, name: str, wanted: Sequence[tuple[Row, str]]
    ) -> list[bool]:
        """For each row and the id that `name` of its record holds: is that parent in the mirror?

        Parents that have ended count: rows lead to them.
        """
        ids = {ref for _, ref in wanted}
        if kind.relations[name] == "criterion":
            known = await self._criteria({row[kind.parent_path] for row, _ in wanted}, ids)
            return [(row[kind.parent_path], ref) in known for row, ref in wanted]
        relation: Any = kind.model._meta.get_field(kind.relations[name])
        rows = self._own(relation.related_model).filter(canvas_id__in=ids)
        there = {str(found) async for found in rows.values_list("canvas_id", flat=True)}
        return [ref in there for _, ref in wanted]

    async def _criteria(self, submissions: set[int], ids: set[str]) -> set[tuple[int, str]]:
        """The id of a criterion is unique only in the rubric of the work's assignment."""
        path = "rubric__assignments__submissions__canvas_id"
        rows = self._own(CanvasRubricCriterion).filter(canvas_id__in=ids)
        found = rows.filter(**{f"{path}__in": submissions}).values(path, "canvas_id")
        pairs = found.aiterator(chunk_size=CHUNK)
        return {(pair[path], pair["canvas_id"]) async for pair in pairs}

    def _own(self, model: type[MirroredRow]) -> QuerySet[Any]:
        return model._default_manager.filter(integration_id=self._integration)

    def _live(self, kind: Kind) -> QuerySet[Any]:
        return self._own(kind.model).filter(
            kind.only, deleted_at__isnull=True, canvas_id__isnull=False
        )

    def _of_course(self, kind: Kind) -> QuerySet[Any]:
        return self._live(kind).filter(**{f"{kind.course_path}__canvas_id": self._course})


def _columns(kind: Kind) -> list[str]:
    """Plain columns by name; of a relation the parent's Canvas id."""
    fields = kind.model._meta.concrete_fields
    plain = [field.name for field in fields if not isinstance(field, ForeignKey)]
    return [*plain, *(f"{relation}__canvas_id" for relation in kind.relations.values())]
