"""What a GraphQL request says: one query that only reads, checked before it leaves, and its body.

Reads tokens as the GraphQL grammar has them, so that nothing hides in a comment or a string.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from canvas.errors import ContractError

VARIABLES: Final = ("first", "after")

# GraphQL 2021, section 2.1. A block string goes before a string: both begin with a quote.
_TOKEN: Final = re.compile(
    r"""
    (?P<ignored>[\ufeff\t ,\r\n]+|\#[^\r\n]*)
    |(?P<name>[_A-Za-z][_0-9A-Za-z]*)
    |(?P<sign>\.\.\.|[!$&()\[\]{}:=@|])
    |(?P<block>\"{3}(?:\\\"{3}|(?!\"{3})[\s\S])*\"{3})
    |(?P<text>"(?!"")(?:\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]|[^"\\\r\n])*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![_0-9A-Za-z.]))
    """,
    re.VERBOSE,
)
_CLOSED_BY: Final = {"{": "}", "(": ")", "[": "]"}


def checked_query(query: str) -> str:
    """The query itself, if it is one operation that reads and may be paged.

    Raises ContractError for a mutation, a subscription, a definition of types, several operations
    and what is no GraphQL; and for a query that does not take `$first` and `$after`: it would be
    given the same page again and again.
    """
    tokens = list(_tokens(query))
    operations = [kind for kind in _definitions(tokens) if kind != "fragment"]
    if operations != ["query"]:
        named = ", ".join(operations) or "none"
        raise _refused(f"it must hold exactly one operation, a query; it holds {named}")
    variables = [name for sign, name in itertools.pairwise(tokens) if sign == "$"]
    for name in VARIABLES:
        if variables.count(name) < 2:
            raise _refused(f"it must declare ${name} and give it to the connection")
    return query


def query_body(
    query: str, *, variables: Mapping[str, object], page_size: int, after: str | None
) -> bytes:
    """The JSON to post for one page; `variables` are all but those of the paging.

    Shape: {"query", "variables"}. Source: canvas-api 5.4.
    """
    if taken := sorted(set(variables) & set(VARIABLES)):
        raise _refused(f"the paging sets ${', $'.join(taken)} itself")
    paging = {"first": page_size, "after": after}
    return msgspec.json.encode({"query": query, "variables": {**variables, **paging}})


def _tokens(query: str) -> Iterator[str]:
    """Names, signs and values in their order; of a string only a pair of quotes."""
    position = 0
    while position < len(query):
        found = _TOKEN.match(query, position)
        if found is None:
            raise _refused(f"it cannot be read from character {position + 1} on")
        position = found.end()
        if found.lastgroup in ("block", "text"):
            yield '""'
        elif found.lastgroup != "ignored":
            yield found.group()


def _definitions(tokens: list[str]) -> Iterator[str]:
    """The kind of each definition; a bare `{` begins a query."""
    kind, open_signs = "", list[str]()
    for token in tokens:
        if not kind:
            kind = "query" if token == "{" else token
            yield _known(kind)
        if token in _CLOSED_BY:
            open_signs.append(_CLOSED_BY[token])
        elif token in _CLOSED_BY.values():
            if not open_signs or open_signs.pop() != token:
                raise _refused("its brackets do not match")
            if not open_signs and token == "}":
                kind = ""
    if kind:
        raise _refused("it ends in the middle")


def _known(kind: str) -> str:
    """Anything but these defines types, or is no GraphQL at all."""
    if kind not in ("query", "mutation", "subscription", "fragment"):
        raise _refused("it holds something else than operations and fragments")
    return kind


def _refused(why: str) -> ContractError:
    return ContractError(
        cause=f"a GraphQL query was not sent: {why}", next_step="correct the query"
    )
