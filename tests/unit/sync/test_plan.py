"""The plan is consistent with itself and with the tables, and answers which sources are wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import BadOrderError
from sync.plan import PLAN, select, selectable
from sync.tables import BY_NAME, CLOSING, TABLES
from sync.transform.rows import Scope

NAMES = [source.name for source in PLAN]
WORDS = st.sets(st.sampled_from(selectable()))


def names(*only: str) -> list[str]:
    return [source.name for source in select(only)]


def test_nothing_in_particular_means_everything() -> None:
    assert names() == NAMES


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("course", {"course"}),
        ("terms", {"course"}),
        ("sections", {"course", "sections"}),
        ("users", {"course", "enrollments"}),
        ("groups", {"course", "group_categories", "groups"}),
        ("group_memberships", {"course", "group_categories", "groups", "group_memberships"}),
        ("rubric_ratings", {"course", "rubrics", "assignments"}),
        ("assignment_overrides", {"course", "assignments"}),
        ("submission_comments", {"course", "assignments", "submissions"}),
        ("quizzes", {"course", "quizzes", "new_quizzes"}),
        ("new_quizzes", {"course", "new_quizzes"}),
    ],
)
def test_a_resource_is_read_with_what_it_needs(word: str, read: set[str]) -> None:
    assert set(names(word)) == read


@given(words=WORDS)
def test_the_choice_keeps_the_order_of_the_plan_and_is_closed(words: set[str]) -> None:
    chosen = names(*words)
    assert chosen == [name for name in NAMES if name in chosen]
    assert names(*chosen) == chosen or not words
    assert all(set(source.needs) <= set(chosen) for source in PLAN if source.name in chosen)


def test_a_word_nobody_knows_is_named_with_those_that_are_known() -> None:
    with pytest.raises(BadOrderError) as refused:
        select(["sections", "grades", "badges"])
    assert "badges, grades" in str(refused.value)
    assert "submission_comments" in str(refused.value)


def test_a_source_waits_only_for_those_before_it_and_for_all_it_needs() -> None:
    for position, source in enumerate(PLAN):
        assert set(source.after) <= set(NAMES[:position])
        assert set(source.needs) <= set(source.after)


def test_every_table_is_fed_and_every_feed_is_a_table() -> None:
    fed = [table for source in PLAN for table in source.feeds]
    assert set(fed) == set(BY_NAME)
    assert all(source.table in source.feeds for source in PLAN)


def test_a_table_is_proved_by_all_who_feed_it() -> None:
    for table in TABLES:
        feeders = {source.name for source in PLAN if table.name in source.feeds}
        assert not table.proved_by or feeders <= set(table.proved_by), table.name


def test_a_table_comes_after_the_tables_its_rows_link_to() -> None:
    seen: set[type] = set()
    for table in TABLES:
        assert {link.model for link in table.links} <= seen, table.name
        seen.add(table.model)


def test_parents_are_closed_before_what_ends_with_them() -> None:
    order = [table.name for table in CLOSING]
    assert order.index("rubrics") > order.index("assignments")
    assert order.index("rubrics") < order.index("rubric_criteria") < order.index("rubric_ratings")
    assert order.index("submissions") < order.index("rubric_assessments")
    assert order.index("group_categories") < order.index("groups")


def test_a_path_names_the_course_and_the_parent() -> None:
    paths = {source.name: source.path_for(Scope(course=7, parent=9)) for source in PLAN}
    assert paths["sections"] == "/api/v1/courses/7/sections"
    assert paths["groups"] == "/api/v1/group_categories/9/groups"
    assert paths["new_quizzes"] == "/api/quiz/v1/courses/7/quizzes"


@pytest.mark.parametrize(
    ("source", "param"),
    [
        ("enrollments", ("state[]", "deleted")),
        ("assignments", ("override_assignment_dates", "false")),
        ("assignments", ("include[]", "overrides")),
        ("submissions", ("student_ids[]", "all")),
        ("submissions", ("include[]", "rubric_assessment")),
        ("course", ("include[]", "term")),
    ],
)
def test_canvas_is_asked_for_all_of_it(source: str, param: tuple[str, str]) -> None:
    assert param in next(one.params for one in PLAN if one.name == source)


def test_submissions_are_never_asked_for_grouped() -> None:
    params = next(source.params for source in PLAN if source.name == "submissions")
    assert "grouped" not in {name for name, _ in params}


def test_who_has_the_comments_was_asked_for_the_assessment_too() -> None:
    """What does not come with the comments is gone: comments must be given up before it is."""
    [submissions] = (source for source in PLAN if source.name == "submissions")
    given_up = [include for include, _ in submissions.optional_includes]
    assert given_up == ["submission_comments", "rubric_assessment"]
    assert {("include[]", include) for include in given_up} <= set(submissions.params)
