"""What GraphQL answers mean: pages, and errors inside an HTTP 200."""

import json
from typing import Any

import pytest

from canvas.client.graphql import graphql_page
from canvas.errors import (
    AnswerTimeoutError,
    CanvasDownError,
    CanvasError,
    ContractError,
    ForbiddenError,
    GoneError,
)

WORK = ("course", "work")
MORE = {"hasNextPage": True, "endCursor": "Mg"}
LAST = {"hasNextPage": False, "endCursor": None}
PLACE = [{"line": 1, "column": 9}]
ROWS = [{"id": "a"}, {"id": "b"}]


def connected(**connection: Any) -> bytes:
    return json.dumps({"data": {"course": {"work": connection}}}).encode()


def failed(*errors: Any, **more: Any) -> bytes:
    return json.dumps({"errors": list(errors), **more}).encode()


def test_a_page_has_raw_records_and_a_cursor() -> None:
    page = graphql_page(connected(nodes=ROWS, pageInfo=MORE), connection=WORK)
    assert [json.loads(bytes(record)) for record in page.records] == ROWS
    assert (page.has_next, page.end_cursor) == (True, "Mg")


def test_the_last_page_may_be_empty() -> None:
    page = graphql_page(connected(nodes=[], pageInfo=LAST), connection=WORK)
    assert (page.records, page.has_next, page.end_cursor) == ([], False, None)


def test_edges_are_as_good_as_nodes() -> None:
    edges = [{"cursor": "x", "node": row} for row in ROWS]
    page = graphql_page(connected(edges=edges, pageInfo=LAST), connection=WORK)
    assert [json.loads(bytes(record)) for record in page.records] == ROWS


def test_records_keep_the_bytes_canvas_sent() -> None:
    body = b'{"data":{"course":{"work":{"pageInfo":{"hasNextPage":false},"nodes":[{"a" :1.50}]}}}}'
    with pytest.raises(ContractError):  # an absent cursor is not a null one
        graphql_page(body, connection=WORK)
    whole = body.replace(b"false", b'false,"endCursor":null')
    assert bytes(graphql_page(whole, connection=WORK).records[0]) == b'{"a" :1.50}'


@pytest.mark.parametrize("odd", ["NaN", r'"\ud800"', str(2**70), r'"a\u0000b"', "1e999"])
def test_an_odd_record_spoils_no_other(odd: str) -> None:
    body = connected(nodes=[{"id": "a", "x": "ODD"}, {"id": "b"}], pageInfo=LAST)
    spoilt = b"while(1);" + body.replace(b'"ODD"', odd.encode()).replace(b"{", b" { ")
    records = graphql_page(spoilt, connection=WORK).records
    assert odd.encode() in bytes(records[0])
    assert json.loads(bytes(records[1])) == {"id": "b"}


@pytest.mark.parametrize("size", [10, 40, 70])
def test_half_an_answer_is_worth_asking_again(size: int) -> None:
    with pytest.raises(CanvasDownError):
        graphql_page(connected(nodes=ROWS, pageInfo=LAST)[:size], connection=WORK)


NULLS: dict[str, tuple[bytes, type[CanvasError]]] = {
    "no such course, or hidden": (b'{"data":{"course":null}}', GoneError),
    "no right to the list": (b'{"data":{"course":{"work":null}}}', ForbiddenError),
    "no data at all": (b'{"data":null}', ContractError),
    "nothing": (b"{}", ContractError),
    "another path": (b'{"data":{"course":{"play":{}}}}', ContractError),
    "a list on the way": (b'{"data":{"course":[{"work":{}}]}}', ContractError),
    "a list": (b"[]", ContractError),
    "data that is text": (b'{"data":"course"}', ContractError),
}


@pytest.mark.parametrize("case", NULLS)
def test_what_is_null_says_why_there_is_no_page(case: str) -> None:
    body, error = NULLS[case]
    with pytest.raises(error) as caught:
        graphql_page(body, connection=WORK)
    assert type(caught.value) is error


UNPAGEABLE: dict[str, dict[str, Any]] = {
    "no pageInfo": {"nodes": []},
    "pageInfo is null": {"nodes": [], "pageInfo": None},
    "no hasNextPage": {"nodes": [], "pageInfo": {"endCursor": None}},
    "hasNextPage is text": {"nodes": [], "pageInfo": MORE | {"hasNextPage": "yes"}},
    "a next page without a cursor": {"nodes": ROWS, "pageInfo": MORE | {"endCursor": None}},
    "a next page with an empty cursor": {"nodes": ROWS, "pageInfo": MORE | {"endCursor": ""}},
    "a cursor that is a number": {"nodes": ROWS, "pageInfo": MORE | {"endCursor": 2}},
    "neither nodes nor edges": {"pageInfo": LAST},
    "nodes are null": {"nodes": None, "pageInfo": LAST},
    "edges without nodes": {"edges": [{"cursor": "x"}], "pageInfo": LAST},
}


@pytest.mark.parametrize("case", UNPAGEABLE)
def test_a_connection_that_cannot_be_paged_is_refused(case: str) -> None:
    with pytest.raises(ContractError):
        graphql_page(connected(**UNPAGEABLE[case]), connection=WORK)


UNDEFINED = {
    "message": "Field 'wrk' doesn't exist on type 'Course'",
    "locations": PLACE,
    "path": ["query", "course", "wrk"],
    "extensions": {"code": "undefinedField", "typeName": "Course", "fieldName": "wrk"},
}
TIMEOUT = {"message": "Timeout on Course.work", "locations": PLACE, "path": ["course", "work"]}
COMPLEX = {"message": "Query has complexity of 400000, which exceeds max complexity of 375000"}
OUT_OF_TIME = {"message": "x", "extensions": {"code": "validationTimeout"}}
PARTIAL = {"data": {"course": {"work": {"nodes": ROWS, "pageInfo": MORE}}}}
RECORDED: dict[str, tuple[bytes, type[CanvasError]]] = {
    "a field that is none": (failed(UNDEFINED), ContractError),
    "no GraphQL": (failed({"message": "Parse error", "locations": PLACE}), ContractError),
    "a variable of another type": (
        failed({"message": "x", "locations": PLACE, "extensions": {"problems": []}}),
        ContractError,
    ),
    "too complex": (failed(COMPLEX), AnswerTimeoutError),
    "too complex, in French": (failed({"message": "Requête trop complexe"}), AnswerTimeoutError),
    "too complex, with no data": (failed(COMPLEX, COMPLEX, data=None), AnswerTimeoutError),
    "out of time before it ran": (failed(OUT_OF_TIME), AnswerTimeoutError),
    "out of time within": (failed(TIMEOUT, **PARTIAL), AnswerTimeoutError),
    "one of two fields is of unknown failure": (
        failed(TIMEOUT, {"message": "x"}, **PARTIAL),
        ContractError,
    ),
    "a code nobody knows": (
        failed(TIMEOUT | {"extensions": {"code": "NEW_RULE"}}, **PARTIAL),
        ContractError,
    ),
    "errors that are none": (failed(**PARTIAL), ContractError),
    "errors that are text": (json.dumps({"errors": "no", **PARTIAL}).encode(), ContractError),
    "errors that are null": (json.dumps({"errors": None, **PARTIAL}).encode(), ContractError),
}


@pytest.mark.parametrize("case", RECORDED)
def test_errors_inside_a_good_answer_are_errors(case: str) -> None:
    body, error = RECORDED[case]
    with pytest.raises(error) as caught:
        graphql_page(body, connection=WORK)
    assert type(caught.value) is error


def test_the_code_is_shown_and_the_text_is_not() -> None:
    told = UNDEFINED | {"message": "Amina Haddad has no wrk"}
    with pytest.raises(ContractError, match="undefinedField") as caught:
        graphql_page(failed(told), connection=WORK)
    assert "Amina" not in str(caught.value)
