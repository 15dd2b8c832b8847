"""What GraphQL refuses, and how: by code, by place, or with a bare message above a limit."""

from __future__ import annotations

import pytest

from simulator import Canvas
from tests.simulator.browser import Browser
from tests.simulator.graphql_asking import answered, in_course, post

NESTED = (
    "assignmentsConnection(first: 100) { nodes { submissionsConnection(first: 100) { nodes { %s } "
    "} } }"
)
MANY = "_id id score grade enteredScore enteredGrade deductedPoints excused submittedAt gradedAt "
MANY += "postedAt state latePolicyStatus body url sticker late missing attempt updatedAt "
MORE = "user { id _id name sortableName shortName sisId loginId email } assignment { id _id name "
MORE += "state position dueAt unlockAt lockAt createdAt updatedAt pointsPossible }"
WRONG = {
    "course(id: 101) { nam }": "undefinedField",
    "course(id: 101) { name { x } }": "selectionMismatch",
    "course(id: 101)": "selectionMismatch",
    "course { name }": "missingRequiredArguments",
    "course(id: 101, sis: 1) { name }": "argumentNotAccepted",
    "course(id: 101) { sectionsConnection(first: -1) { nodes { _id } } }": (
        "argumentLiteralsIncompatible"
    ),
    "course(id: $x) { name }": "variableNotDefined",
    "course(id: 101) { ...Gone }": "cannotSpreadFragment",
    "course(id: 101) { a: name a: state }": "fieldConflict",
}


@pytest.mark.parametrize("inside", WRONG)
def test_a_query_that_does_not_fit_is_refused_whole(tiny: Canvas, inside: str) -> None:
    answer = post(tiny, f"{{ {inside} }}")
    assert (answer.status, answer.json.keys()) == (200, {"errors"})
    assert answer.json["errors"][0]["extensions"]["code"] == WRONG[inside]
    assert answer.json["errors"][0]["locations"]


DEEP = "submissionsConnection { nodes { assignment { "
OVER = {
    "complexity": in_course(NESTED % (MANY + MORE)),
    "aliases": "{" + " ".join(f"a{n}: course(id: 101) {{ _id }}" for n in range(21)) + "}",
    "depth": "{ assignment(id: 101000001) { " + DEEP * 5 + "_id" + " }" * 17,
    "tokens": "{" + "course " * 5000 + "}",
}


@pytest.mark.parametrize("limit", OVER)
def test_over_a_limit_there_are_bare_errors_and_no_data(tiny: Canvas, limit: str) -> None:
    answer = answered(tiny, OVER[limit])
    assert answer.keys() == {"errors"}
    assert answer["errors"][0].keys() == {"message"}


def test_fewer_rows_are_less_complex(tiny: Canvas) -> None:
    answer = answered(tiny, OVER["complexity"].replace("first: 100", "first: 50"))
    assert "errors" not in answer


@pytest.mark.parametrize(
    "text", ["{", "{ course(id: ) }", "}", '{ course(id: "1) { x } }', "{{" * 2400]
)
def test_what_is_no_graphql_is_said_where(tiny: Canvas, text: str) -> None:
    assert "locations" in answered(tiny, text)["errors"][0]


@pytest.mark.parametrize("kind", ["mutation", "subscription"])
def test_nothing_is_written(tiny: Canvas, kind: str) -> None:
    assert answered(tiny, kind + " { course(id: 101) { _id } }").keys() == {"errors"}


def test_a_required_variable_must_be_given(tiny: Canvas) -> None:
    answer = answered(tiny, "query ($id: ID!) { course(id: $id) { _id } }")
    assert answer["errors"][0]["extensions"]["problems"]
    unused = answered(tiny, "query ($id: ID) { course(id: 101) { _id } }")
    assert unused["errors"][0]["extensions"]["code"] == "variableNotUsed"


def test_a_dead_token_and_a_body_that_is_no_json_are_refused(tiny: Canvas) -> None:
    assert post(tiny, "{ x }", token="wrong").status == 401
    assert Browser(tiny).send("POST", "/api/graphql", "x").json["errors"]
    answer = Browser(tiny).send("POST", "/api/graphql", [], Content_Type="application/json")
    assert answer.status == 400
    assert Browser(tiny).get("/api/graphql").status == 404


def test_a_bad_cursor_is_an_error_beside_partial_data(tiny: Canvas) -> None:
    inside = 'name sectionsConnection(after: "!") { nodes { _id } }'
    answer = answered(tiny, in_course(inside))
    assert answer["data"]["course"]["name"]
    assert answer["data"]["course"]["sectionsConnection"] is None
    assert answer["errors"][0]["path"] == ["course", "sectionsConnection"]
