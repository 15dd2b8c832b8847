"""R39: unknown fields and enum values do not fail; unknown fields are kept in `extra`."""

from __future__ import annotations

from typing import Any

import pytest

from sync.models import Reject
from sync.tables import BY_NAME
from sync.transform.rows import Payload
from tests.integration.sync.fuzz import as_bytes, load_bytes
from tests.integration.sync.loading import SOURCES, Mirror, little_course

UNKNOWN = {"moon_phase": "waxing", "nested": {"deep": [1, {"er": None}]}, "count_of_things": 3}
ENUMS = {
    "workflow_state",
    "enrollment_state",
    "type",
    "role",
    "grading_type",
    "submission_type",
    "late_policy_status",
    "quiz_type",
    "join_level",
    "default_view",
    "scoring_policy",
    "hide_results",
    "self_signup",
    "auto_leader",
}


def row_of(source: str, record: Payload) -> Any:
    table = BY_NAME[SOURCES[source].table]
    return table.model._default_manager.filter(table.only).get(canvas_id=record["id"])


@pytest.mark.parametrize("source", SOURCES)
def test_a_field_nobody_listed_is_kept(loaded: Mirror, source: str) -> None:
    (record,) = little_course()[source]
    load_bytes(loaded, source, as_bytes([record | UNKNOWN]))
    assert not Reject.objects.exists()
    extra = row_of(source, record).extra
    assert {name: extra[name] for name in UNKNOWN} == UNKNOWN


@pytest.mark.parametrize("source", SOURCES)
def test_a_state_nobody_listed_is_stored_as_it_is(loaded: Mirror, source: str) -> None:
    (record,) = little_course()[source]
    named = ENUMS & record.keys()
    load_bytes(loaded, source, as_bytes([record | dict.fromkeys(named, "brand_new")]))
    assert not Reject.objects.exists()
    row = row_of(source, record)
    held = {name: getattr(row, name, None) or row.extra.get(name) for name in named}
    assert held == dict.fromkeys(named, "brand_new")


def test_submission_types_nobody_listed_are_stored(loaded: Mirror) -> None:
    (record,) = little_course()["assignments"]
    types = ["", "hologram", "wiki_page"]
    load_bytes(loaded, "assignments", as_bytes([record | {"submission_types": types}]))
    assert row_of("assignments", record).submission_types == types
