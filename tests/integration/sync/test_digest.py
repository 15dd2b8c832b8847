"""One number for a whole mirror: the same for equal copies, another for any difference."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any, TypeAlias

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from canvas.models import CanvasIntegration, CanvasRubric, CanvasSection, MirroredRow
from sync.digest import digest
from sync.tables import TABLES
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import course, section
from tests.unit.transform.work_payloads import criterion, rating, rubric

MODELS = list(dict.fromkeys(table.model for table in TABLES))
CLOCKS = {"first_seen_at", "changed_at", "content_hash", "payload_hash", "read_at"}
OTHER_VALUES: dict[type[models.Field[Any, Any]], Any] = {
    models.CharField: "other",
    models.TextField: "other",
    models.BigIntegerField: 987_654_321,
    models.FloatField: 98.7654321,
    models.DateTimeField: dt.datetime(2001, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
    models.DateField: dt.date(2001, 2, 3),
    models.JSONField: {"other": [None, True]},
}
Column: TypeAlias = "tuple[type[MirroredRow], models.Field[Any, Any]]"


def other_value(field: models.Field[Any, Any], row: MirroredRow) -> Any:
    if isinstance(field, models.BooleanField):
        return not getattr(row, field.attname)
    return OTHER_VALUES[type(field)]


def facts(model: type[MirroredRow]) -> list[models.Field[Any, Any]]:
    ours = CLOCKS | {"id", "integration"}
    return [f for f in model._meta.concrete_fields if f.name not in ours and not f.is_relation]


def one_of_each_kind() -> dict[type[models.Field[Any, Any]], list[Column]]:
    """Kind of column → three columns of that kind, of different tables where there are."""
    found: dict[type[models.Field[Any, Any]], dict[type[MirroredRow], Column]] = {}
    for model in MODELS:
        for field in facts(model):
            found.setdefault(type(field), {})[model] = (model, field)
    return {kind: list(columns.values())[:3] for kind, columns in found.items()}


def test_any_kind_of_column_changes_the_digest(loaded: Mirror) -> None:
    before = digest()
    for model, field in itertools.chain.from_iterable(one_of_each_kind().values()):
        row = model._default_manager.order_by("pk")[0]
        rows = model._default_manager.filter(pk=row.pk)
        rows.update(**{field.name: other_value(field, row)})
        assert digest() != before, (model, field.name)
        rows.update(**{field.name: getattr(row, field.attname)})
    assert digest() == before


def test_every_column_is_read(mirror: Mirror) -> None:
    with CaptureQueriesContext(connection) as queries:
        digest()
    asked = " ".join(query["sql"] for query in queries)
    columns = {f'"{m._meta.db_table}"."{f.column}"' for m in MODELS for f in facts(m)}
    assert {column for column in columns if column not in asked} == set()


def test_any_relation_changes_the_digest(loaded: Mirror) -> None:
    before = digest()
    for model in MODELS:
        row = model._default_manager.order_by("pk")[0]
        for field in model._meta.concrete_fields:
            parent = getattr(row, field.attname)
            if field.is_relation and field.null and field.name != "integration" and parent:
                model._default_manager.filter(pk=row.pk).update(**{field.name: None})
                assert digest() != before, (model, field.name)
                row.save()
    assert digest() == before


def test_the_clocks_and_hashes_of_this_copy_do_not_count(loaded: Mirror) -> None:
    before = digest()
    now = timezone.now() + dt.timedelta(days=1)
    for model in MODELS:
        model._default_manager.update(first_seen_at=now, changed_at=now, content_hash="0" * 32)
    assert digest() == before


def test_the_order_of_arrival_does_not_count(loaded: Mirror) -> None:
    before = digest()
    digests = set()
    for order in ((301, 302, 303), (303, 301, 302)):
        for number in order:
            loaded.load("sections", section(id=number))
        digests.add(digest())
        CanvasSection.objects.filter(canvas_id__in=order).delete()
    assert len(digests) == 1
    assert digests != {before}


def test_a_second_sync_keeps_the_digest(loaded: Mirror) -> None:
    before = digest()
    loaded.load_course()
    loaded.close()
    assert digest() == before


def test_a_mirror_with_one_record_more_has_another_digest(loaded: Mirror) -> None:
    before = digest()
    loaded.load("sections", section(id=202))
    assert digest() != before


@pytest.mark.parametrize(("first", "second"), [(1, 1.0), (0.0, -0.0), (10**22, 1e22)])
def test_a_number_in_json_counts_as_its_value(loaded: Mirror, first: float, second: float) -> None:
    digests = set()
    for number in (first, second):
        CanvasSection.objects.update(extra={"deep": [{"number": number}]})
        digests.add(digest())
    assert len(digests) == 1


def test_that_a_row_ended_counts_and_when_it_ended_does_not(loaded: Mirror) -> None:
    alive = digest()
    CanvasSection.objects.update(deleted_at=timezone.now())
    ended = digest()
    CanvasSection.objects.update(deleted_at=timezone.now() - dt.timedelta(days=9))
    assert ended == digest() != alive


def test_rows_made_here_do_not_count(loaded: Mirror) -> None:
    before = digest()
    CanvasSection.objects.create(course=CanvasSection.objects.get().course, name="ours")
    assert digest() == before


def test_a_criterion_counts_with_its_rubric(loaded: Mirror) -> None:
    loaded.load("rubrics", rubric(id=902, data=[]))
    before = digest()
    criterion = CanvasRubric.objects.get(canvas_id=901).criteria.get()
    criterion.rubric = CanvasRubric.objects.get(canvas_id=902)
    criterion.save()
    assert digest() != before


def test_a_rating_counts_with_the_rubric_of_its_criterion(loaded: Mirror) -> None:
    digests = set()
    for first, second in ((1.0, 2.0), (2.0, 1.0)):
        for number, points in ((901, first), (902, second)):
            data = [criterion(ratings=[rating(points=points)])]
            loaded.load("rubrics", rubric(id=number, data=data))
        digests.add(digest())
    assert len(digests) == 2


def test_the_same_rows_under_another_name_are_another_mirror(loaded: Mirror) -> None:
    before = digest()
    CanvasIntegration.objects.update(name="university")
    assert digest() != before


def test_which_canvas_a_row_is_of_counts(mirror: Mirror, other: Mirror) -> None:
    mirror.load("course", course())
    other.load("course", course(name="Bread baking"))
    before = digest()
    names = [mirror.integration.name, other.integration.name]
    for number, name in enumerate(["between", *names]):
        owner = (mirror, other, mirror)[number].integration
        CanvasIntegration.objects.filter(pk=owner.pk).update(name=name)
    assert digest() != before


def test_an_empty_mirror_has_a_digest_of_64_hex_digits(mirror: Mirror) -> None:
    assert len(digest()) == 64
    assert int(digest(), 16) >= 0
