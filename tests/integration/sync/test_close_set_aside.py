"""A record that could not be stored may have been any row: what it could have been stays."""

import pytest

from canvas.models import (
    CanvasGroup,
    CanvasGroupCategory,
    CanvasGroupMembership,
    CanvasSection,
    CanvasSubmission,
)
from tests.integration.sync.loading import Mirror, alive
from tests.unit.transform.payloads import category, group, membership, section
from tests.unit.transform.work_payloads import assignment, submission


def test_a_record_that_was_set_aside_is_not_taken_for_gone(loaded: Mirror) -> None:
    loaded.load("sections", section(id=202), section(id=203))
    loaded.new_run()
    loaded.load("sections", section(start_at="soon"), section(id=202, course_id=999))
    loaded.close("sections")
    assert alive(CanvasSection) == [201, 202]
    assert (loaded.deleted("sections"), loaded.counts("sections").rejected) == (1, 2)


@pytest.mark.parametrize("identity", [None, "x", 2**63, [5]])
def test_a_record_nobody_can_name_may_have_been_any_row(loaded: Mirror, identity: object) -> None:
    loaded.load("sections", section(id=202), section(id=identity))
    loaded.close("sections")
    assert alive(CanvasSection) == [201, 202]


def test_a_group_set_that_was_set_aside_keeps_its_groups_and_members(loaded: Mirror) -> None:
    loaded.load("group_categories", category(created_at="soon"))
    loaded.close()
    kept = [alive(model) for model in (CanvasGroupCategory, CanvasGroup, CanvasGroupMembership)]
    assert kept == [[401], [411], [421]]


def test_a_group_that_was_set_aside_keeps_its_members_and_the_others_do_not(
    loaded: Mirror,
) -> None:
    loaded.load("groups", group(id=412))
    loaded.load("group_memberships", membership(id=422, group_id=412))
    loaded.new_run()
    loaded.load("group_categories", category())
    loaded.load("groups", group(created_at="soon"), group(id=412))
    loaded.close()
    assert (alive(CanvasGroup), alive(CanvasGroupMembership)) == ([411, 412], [421])


def test_submissions_of_assignments_that_are_held_are_kept(loaded: Mirror) -> None:
    loaded.load("assignments", *(assignment(id=n, overrides=[]) for n in range(1000, 1030)))
    loaded.load("submissions", submission(id=9000, assignment_id=1000))
    loaded.new_run()
    held = loaded.close("assignments", "submissions")
    assert [one.resource for one in held] == ["assignments"]
    assert alive(CanvasSubmission) == [751, 9000]
