"""R38: one malformed record is set aside with its reason, and its siblings are applied."""

from __future__ import annotations

import random

import pytest

from sync.models import Reject
from sync.tables import BY_NAME
from tests.integration.sync.fuzz import as_bytes, load_bytes, siblings, spoilt
from tests.integration.sync.loading import SOURCES, Mirror

ROUNDS = 40
LISTED = [name for name, source in SOURCES.items() if source.listing]


def stored(source: str) -> set[int]:
    table = BY_NAME[SOURCES[source].table]
    rows = table.model._default_manager.filter(table.only, deleted_at=None)
    return {int(canvas_id) for canvas_id in rows.values_list("canvas_id", flat=True) if canvas_id}


@pytest.mark.parametrize("source", LISTED)
def test_whatever_is_wrong_with_a_record_its_siblings_are_stored(
    loaded: Mirror, source: str, rng: random.Random
) -> None:
    for number in range(ROUNDS):
        first, bad, last = siblings(source, *(9_000 + 10 * number + n for n in range(3)))
        broken = spoilt(bad, rng)
        before = Reject.objects.count()
        load_bytes(loaded, source, [*as_bytes([first]), broken, *as_bytes([last])])
        assert {int(first["id"]), int(last["id"])} <= stored(source), broken
        if int(bad["id"]) not in stored(source) and b'"id"' in broken:
            known = Reject.objects.count() > before or len(stored(source)) > 2 * (number + 1)
            assert known, broken


@pytest.mark.parametrize("source", LISTED)
def test_a_record_without_an_id_is_set_aside_with_its_reason(loaded: Mirror, source: str) -> None:
    good, bad = siblings(source, 9_001, 9_002)
    del bad["id"]
    load_bytes(loaded, source, as_bytes([bad, good]))
    reject = Reject.objects.get()
    assert (reject.source, reject.canvas_id, "id" in reject.reason) == (source, None, True)
    assert int(good["id"]) in stored(source)


@pytest.mark.parametrize("record", [b"7", b'"text"', b"null", b"[]", b'{"id": 1', b"\xff\xfe"])
def test_what_is_no_object_at_all_is_set_aside(loaded: Mirror, record: bytes) -> None:
    (good,) = siblings("sections", 9_001)
    load_bytes(loaded, "sections", [record, *as_bytes([good])])
    assert Reject.objects.get().reason != ""
    assert 9_001 in stored("sections")


def test_the_reason_and_the_excerpt_hold_nothing_of_a_person(loaded: Mirror) -> None:
    (bad,) = siblings("submissions", 9_001)
    wrong = bad | {"score": "canary-mark", "body": "canary-text"}
    load_bytes(loaded, "submissions", as_bytes([wrong]))
    reject = Reject.objects.get()
    assert "score" in reject.reason
    assert '"body": "<text of 11>"' in reject.excerpt
    assert "canary" not in reject.reason + reject.excerpt
