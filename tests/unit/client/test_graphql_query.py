"""What may be sent as a GraphQL query, and what must not."""

import json

import pytest

from canvas.client.graphql_query import checked_query, query_body
from canvas.errors import ContractError

PAGED = "query Q($first: Int, $after: String) { a(first: $first, after: $after) { nodes { id } } }"
GOOD = {
    "a query": PAGED,
    "a query without a name": PAGED.replace(" Q", ""),
    "a query called mutation": PAGED.replace("Q", "mutation"),
    "a fragment besides": PAGED + " fragment F on Course { id }",
    "a fragment first": "fragment mutation on Course { id }\n" + PAGED,
    "commas and a byte order mark": "\ufeff" + PAGED.replace(",", " ,,"),
    "a default of an object": PAGED.replace("Int,", "Int = 5, $f: In = {a: [1, {b: -2.5e3}]},"),
    "a directive": PAGED.replace(" {", " @live(if: true) {", 1),
    "words in a string": PAGED.replace("id }", 'id x(a: "} mutation { \\" #") }'),
    "words in a block": PAGED.replace("id }", 'id x(a: """ } mutation { "" \\""" """) }'),
    "words in a comment": PAGED + "\n# } mutation { delete }",
    "an empty string": PAGED.replace("id }", 'id x(a: "") }'),
}
BAD = {
    "nothing": "",
    "a comment only": "# " + PAGED,
    "a mutation": PAGED.replace("query", "mutation"),
    "a subscription": PAGED.replace("query", "subscription"),
    "a mutation behind a query": PAGED + " mutation M { delete { id } }",
    "a mutation behind a comment's end": "# harmless\r" + PAGED.replace("query", "mutation"),
    "a mutation behind a string": PAGED.replace("id }", 'id x(a: "\\\\") } } }')
    + " mutation { d }",
    "a mutation behind a block": PAGED + '"""a""" mutation { delete }',
    "two queries": PAGED + PAGED.replace("Q", "R"),
    "two queries without names": PAGED + " { course { id } }",
    "a fragment alone": "fragment F on Course { id }",
    "definitions of types": PAGED + " type Course { id: ID }",
    "an extension": PAGED + " extend type Course { id: ID }",
    "brackets that do not match": PAGED.replace("nodes {", "nodes ("),
    "one bracket too many": PAGED + " }",
    "one bracket too few": PAGED[:-1],
    "a string without an end": PAGED.replace("id }", 'id x(a: "b) }'),
    "a block without an end": PAGED.replace("id }", 'id x(a: """b") }'),
    "a sign of another language": PAGED + ";",
    "a query that cannot be paged": PAGED.replace(", after: $after", ""),
    "a query whose pages have one size": PAGED.replace("first: $first, ", ""),
    "a query that only mentions its cursor": PAGED.replace("after: $after", "after: 1 # $after"),
}


@pytest.mark.parametrize("case", GOOD)
def test_one_query_that_reads_may_leave(case: str) -> None:
    assert checked_query(GOOD[case]) == GOOD[case]


@pytest.mark.parametrize("case", BAD)
def test_anything_else_may_not(case: str) -> None:
    with pytest.raises(ContractError, match="was not sent"):
        checked_query(BAD[case])


def test_a_body_holds_the_query_and_its_variables() -> None:
    body = query_body(PAGED, variables={"course": "101"}, page_size=50, after="NTA")
    assert json.loads(body) == {
        "query": PAGED,
        "variables": {"course": "101", "first": 50, "after": "NTA"},
    }


def test_a_first_page_is_after_nothing() -> None:
    body = query_body(PAGED, variables={}, page_size=100, after=None)
    assert json.loads(body)["variables"] == {"first": 100, "after": None}


@pytest.mark.parametrize("name", ["first", "after"])
def test_variables_of_the_paging_are_not_the_callers(name: str) -> None:
    with pytest.raises(ContractError, match=f"sets \\${name} itself"):
        query_body(PAGED, variables={name: 1}, page_size=10, after=None)
