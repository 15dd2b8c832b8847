"""R11: deletes come only from a listing proven complete and only when confirmed, and are soft."""

from __future__ import annotations

import random
from typing import Any

import pytest

from canvas.models import CanvasEnrollment, CanvasSection, CanvasSubmission
from sync.confirm import Findings
from sync.missing import is_proven
from sync.proof import Mode, Proof
from sync.tables import BY_NAME
from tests.integration.sync.loading import Mirror, alive
from tests.unit.transform.payloads import course, enrollment, section, user
from tests.unit.transform.work_payloads import assignment, submission

IDS = range(1000, 1012)
MODELS: dict[str, Any] = {
    "sections": CanvasSection,
    "enrollments": CanvasEnrollment,
    "submissions": CanvasSubmission,
}


def record(table: str, number: int) -> dict[str, Any]:
    if table == "sections":
        return section(id=number)
    if table == "enrollments":
        return enrollment(id=number, user_id=number, user=user(id=number))
    return submission(id=number, submission_comments=[], rubric_assessment=None)


@pytest.fixture
def stocked(loaded: Mirror) -> Mirror:
    """A dozen rows more in three tables, and a new run that has read what is above them."""
    for table in MODELS:
        loaded.load(table, *(record(table, number) for number in IDS))
    loaded.new_run()
    loaded.load("course", course())
    loaded.load("assignments", assignment())
    return loaded


@pytest.mark.parametrize("round_", range(25))
def test_only_what_is_proven_unseen_and_confirmed_ends_and_it_ends_softly(
    round_: int, stocked: Mirror, rng: random.Random
) -> None:
    listed = {name: set(rng.sample(IDS, rng.randint(4, 12))) for name in MODELS}
    for table, ids in listed.items():
        stocked.load(table, *(record(table, number) for number in sorted(ids)))
    sources = ["sections", "enrollments", "assignments", "submissions"]
    proofs = {name: Proof() for name in sources if rng.random() < 0.7}
    before = {name: model.objects.count() for name, model in MODELS.items()}
    alive_before = {name: set(alive(model)) for name, model in MODELS.items()}
    found = stocked.candidates(proofs)
    findings = Findings()
    for table, rows in found.rows.items():
        findings.of(table).gone |= {row.pk for row in rows if rng.random() < 0.5}
    gone = {name: set(findings.of(name).gone) for name in MODELS}
    stocked.finish(found, findings, proofs)
    for name, model in MODELS.items():
        ended = alive_before[name] - set(alive(model))
        named = set(model.objects.filter(pk__in=gone[name]).values_list("canvas_id", flat=True))
        departed = found.departed.get(name, [])
        assert not ended & listed[name]
        assert not ended or is_proven(BY_NAME[name], proofs)
        assert len(ended) == len(named) + len(departed)
        assert model.objects.count() == before[name]


@pytest.mark.parametrize("mode", [Mode.UPDATED_SINCE, Mode.SUBMITTED_SINCE])
def test_a_reading_of_changes_deletes_nothing(mode: Mode, stocked: Mirror) -> None:
    proofs = {"assignments": Proof(), "submissions": Proof(mode=mode)}
    assert stocked.candidates(proofs).missed == 0


def test_of_changed_parents_only_their_own_rows_are_missed(stocked: Mirror) -> None:
    def missed(*parents: int) -> int:
        own = Proof(mode=Mode.CHANGED_PARENTS, parents=frozenset(parents))
        return stocked.candidates({"assignments": Proof(), "submissions": own}).missed

    assert (missed(), missed(799), missed(701)) == (0, 0, len(IDS) + 1)
