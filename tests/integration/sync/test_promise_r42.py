"""R42: two integrations with equal Canvas ids never mix."""

from __future__ import annotations

import random

from canvas.models import MirroredRow
from sync.models import Change
from sync.tables import TABLES
from sync.transform.rows import Payload
from tests.integration.sync.fuzz import as_bytes, load_bytes
from tests.integration.sync.loading import Mirror, little_course

MODELS: list[type[MirroredRow]] = list(dict.fromkeys(table.model for table in TABLES))


def state(mirror: Mirror) -> list[tuple[object, ...]]:
    """Every column of every row of one integration."""
    rows: list[tuple[object, ...]] = []
    for model in MODELS:
        owned = model._default_manager.filter(integration=mirror.integration).order_by("pk")
        rows += list(owned.values_list())
    return rows


def renamed(record: Payload, word: str) -> Payload:
    texts = {name: word for name in ("name", "title", "body") if name in record}
    return record | texts


def test_what_one_canvas_says_changes_no_row_of_another(
    loaded: Mirror, other: Mirror, rng: random.Random
) -> None:
    other.load_course()
    untouched = state(other)
    sources = list(little_course().items())
    for number in range(3):
        rng.shuffle(sources)
        for source, records in sources:
            changed = [renamed(record, f"round {number}") for record in records]
            load_bytes(loaded, source, as_bytes(changed))
    assert state(other) == untouched
    assert Change.objects.filter(run=loaded.run).exists()


def test_every_relation_stays_within_its_canvas(loaded: Mirror, other: Mirror) -> None:
    other.load_course()
    for model in MODELS:
        for field in model._meta.concrete_fields:
            if field.is_relation and field.name != "integration":
                pairs = model._default_manager.exclude(**{field.name: None}).values_list(
                    "integration", f"{field.name}__integration"
                )
                assert {child == parent for child, parent in pairs} <= {True}, field


def test_what_one_canvas_lost_another_keeps(loaded: Mirror, other: Mirror) -> None:
    other.load_course()
    untouched = state(other)
    loaded.load("course", *little_course()["course"])
    loaded.close(accept_deletes=True)
    ended = [m for m in MODELS if m._default_manager.exclude(deleted_at=None).exists()]
    assert len(ended) > 10
    assert state(other) == untouched
