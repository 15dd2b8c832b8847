"""Group sets, groups and memberships."""

from sync.transform.groups import category_rows, group_rows, membership_rows
from sync.transform.rows import Payload, Scope
from tests.unit.transform.payloads import ADA, COURSE, category, group, membership
from tests.unit.transform.rows import row_for


def without(payload: Payload, *names: str) -> Payload:
    return {name: value for name, value in payload.items() if name not in names}


def test_a_group_set_has_typed_columns_and_its_course() -> None:
    row = row_for("group_categories", category_rows, category())
    assert (row.values["self_signup"], row.values["group_limit"]) == ("restricted", 4)
    assert row.values["extra"] == {"progress": None}
    assert row.links == {"course": COURSE}


def test_a_group_has_typed_columns_its_course_and_its_set() -> None:
    row = row_for("groups", group_rows, group())
    assert (row.values["members_count"], row.values["storage_quota_mb"]) == (2, 50.0)
    assert row.values["leader"] == {"id": ADA, "display_name": "Ada"}
    assert row.values["extra"] == {"tabs": ["home"]}
    assert row.links == {"course": COURSE, "category": 401}


def test_a_group_that_names_no_set_is_of_the_one_it_was_listed_for() -> None:
    nameless = without(group(), "group_category_id")
    row = row_for("groups", group_rows, nameless, scope=Scope(course=COURSE, parent=402))
    assert row.links["category"] == 402


def test_a_membership_has_typed_columns_its_group_and_its_person() -> None:
    row = row_for("group_memberships", membership_rows, membership())
    assert (row.values["workflow_state"], row.values["moderator"]) == ("accepted", False)
    assert row.values["user_id"] == ADA
    assert row.links == {"group": 411, "student": ADA}


def test_a_membership_that_names_no_group_is_of_the_one_it_was_listed_for() -> None:
    nameless = without(membership(), "group_id")
    scope = Scope(course=COURSE, parent=412)
    assert (
        row_for("group_memberships", membership_rows, nameless, scope=scope).links["group"] == 412
    )
