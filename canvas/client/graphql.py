"""What a GraphQL answer says: one page of a connection, or the error inside an HTTP 200.

Pure. Errors are known by their code, path and shape, never by their text, which is translated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from canvas.client.page import SCANNER, skip_blank, split
from canvas.errors import (
    AnswerTimeoutError,
    CanvasError,
    ContractError,
    ForbiddenError,
    GoneError,
)

Fields = Mapping[str, msgspec.Raw]
Connection = tuple[str, ...]

_NULL: Final = b"null"
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPage:
    """Records in Canvas's order, each a JSON value not yet decoded, and where the next ones are.

    `end_cursor` is opaque, and never None where `has_next` is true.
    """

    records: list[msgspec.Raw]
    end_cursor: str | None
    has_next: bool


def graphql_page(body: bytes, *, connection: Connection) -> GraphPage:
    """The nodes of the connection at this path of response keys, such as `("course", "work")`.

    Raises CanvasDownError for half a body, the error of `TABLE` for an answer with errors (partial
    records are never used), GoneError for a null on the way to the connection (no such thing, or
    hidden from this token: Canvas does not say which), ForbiddenError for a null connection (it is
    there, but the token has no right to list it) and ContractError for what can be neither.
    Source: canvas-api 5.4.
    """
    [whole] = split(body, listing=False)
    answer = _fields(whole)
    if "errors" in answer:
        raise _failure(answer)
    found = _fields(_reached(answer, connection=connection))
    return _page(found)


def _reached(answer: Fields, *, connection: Connection) -> msgspec.Raw:
    here = answer.get("data")
    if here is None or bytes(here) == _NULL:
        raise ContractError(cause="Canvas answered a GraphQL query with neither data nor errors")
    for depth, name in enumerate(connection, start=1):
        here = _fields(here).get(name)
        if here is None:
            raise ContractError(
                cause="a GraphQL query does not ask for the connection it is to be paged by",
                next_step="name the path of the connection by the keys of the answer",
            )
        if bytes(here) == _NULL:
            raise ForbiddenError() if depth == len(connection) else GoneError()
    return here


def _page(connection: Fields) -> GraphPage:
    paging = _fields(connection.get("pageInfo", msgspec.Raw(_NULL)))
    has_next, cursor = _value(paging, "hasNextPage"), _value(paging, "endCursor")
    if not isinstance(has_next, bool) or not isinstance(cursor, str | None):
        raise _unpageable("pageInfo with hasNextPage and endCursor is missing")
    if has_next and not cursor:
        raise _unpageable("there is a next page, but no cursor that leads to it")
    return GraphPage(records=_nodes(connection), end_cursor=cursor or None, has_next=has_next)


def _nodes(connection: Fields) -> list[msgspec.Raw]:
    if "nodes" in connection:
        return split(bytes(connection["nodes"]), listing=True)
    if "edges" not in connection:
        raise _unpageable("it has neither nodes nor edges")
    edges = split(bytes(connection["edges"]), listing=True)
    nodes = [_fields(edge).get("node") for edge in edges]
    if None in nodes:
        raise _unpageable("its edges have no node")
    return [node for node in nodes if node is not None]


def _unpageable(why: str) -> ContractError:
    return ContractError(
        cause=f"a GraphQL connection cannot be paged: {why}",
        next_step="ask for nodes and pageInfo { hasNextPage endCursor }; if so, report this",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is known of an answer with errors without reading what they say."""

    has_data: bool
    codes: frozenset[str]
    placed: bool  # every error names the field it happened at
    bare: bool  # no error names a field, a place in the query or a code


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, the class that says what to do about it, and what the operator reads."""

    when: Callable[[Shape], bool]
    error: type[CanvasError]
    cause: str
    next_step: str | None = None


_OUT_OF_TIME: Final = frozenset(("validationTimeout", "analysisTimeout"))
# graphql-ruby, which Canvas is built on: a query that is wrong is refused before it runs, by code
# or with its place in the text; one above a limit (complexity, depth) with a bare message; a field
# that failed or came after the 60 seconds is null and named by its path (canvas-api 5.4).
TABLE: Final[tuple[Row, ...]] = (
    # Fewer records cost fewer units and less time: AnswerTimeoutError makes the page smaller.
    Row(
        when=lambda shape: bool(shape.codes & _OUT_OF_TIME),
        error=AnswerTimeoutError,
        cause="Canvas ran out of time over a GraphQL query",
    ),
    Row(
        when=lambda shape: shape.has_data and shape.placed and not shape.codes,
        error=AnswerTimeoutError,
        cause="Canvas answered only a part of a GraphQL query",
    ),
    Row(
        when=lambda shape: not shape.has_data and shape.bare,
        error=AnswerTimeoutError,
        cause="Canvas would not run a GraphQL query: it asks for too much at once",
        next_step="try again later; if it stays so, ask for fewer fields",
    ),
    # Wrong in the same way each time.
    Row(
        when=lambda shape: not shape.has_data,
        error=ContractError,
        cause="Canvas does not accept a GraphQL query",
        next_step="correct the query; this Canvas may be older or newer than it",
    ),
    # A code nobody has told of, beside data: never guessed at.
    Row(
        when=lambda shape: True,
        error=ContractError,
        cause="Canvas answered a GraphQL query with an error this program does not know",
    ),
)


def _failure(answer: Fields) -> CanvasError:
    shape = _shape(answer)
    row = next(row for row in TABLE if row.when(shape))
    codes = ", ".join(sorted(code for code in shape.codes if code.isidentifier())[:3])
    cause = f"{row.cause} ({codes})" if codes else row.cause
    return row.error(cause=cause, next_step=row.next_step)


def _shape(answer: Fields) -> Shape:
    errors = list(_errors(answer["errors"]))
    extensions = (error.get("extensions") for error in errors)
    codes = (one.get("code") for one in extensions if isinstance(one, dict))
    return Shape(
        has_data=bytes(answer.get("data", msgspec.Raw(_NULL))) != _NULL,
        codes=frozenset(code for code in codes if isinstance(code, str)),
        placed=bool(errors) and all(error.get("path") for error in errors),
        bare=bool(errors) and not any(_BEYOND_TEXT & error.keys() for error in errors),
    )


_BEYOND_TEXT: Final = frozenset(("path", "locations", "extensions"))


def _errors(errors: msgspec.Raw) -> Iterator[dict[str, object]]:
    try:
        yield from msgspec.json.decode(errors, type=list[dict[str, object]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractError(cause="Canvas sent GraphQL errors that cannot be read") from error


def _value(fields: Fields, name: str) -> object:
    """A decoded scalar; what cannot be decoded is as good as missing."""
    try:
        return msgspec.json.decode(fields[name])
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return ...


def _fields(raw: bytes | msgspec.Raw) -> Fields:
    """The members of an object, none of them decoded; {} of anything else."""
    content = bytes(raw).strip()
    if content[:1] != b"{":
        return {}
    try:
        return _FIELDS.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A record inside holds NaN or broken text, which spoils no other: the slow scanner knows.
        return dict(_scanned(content.decode("utf-8", "surrogateescape")))
    except RecursionError as error:
        raise ContractError(cause="Canvas sent an answer nested too deeply to read") from error


def _scanned(text: str) -> Iterator[tuple[str, msgspec.Raw]]:
    """Members of an object that `split` has found whole."""
    position = skip_blank(text, 1)
    while text[position] != "}":
        name, end = SCANNER.raw_decode(text, position)
        start = skip_blank(text, skip_blank(text, end) + 1)
        _, end = SCANNER.raw_decode(text, start)
        yield name, msgspec.Raw(text[start:end].encode("utf-8", "surrogateescape"))
        position = skip_blank(text, end)
        position = skip_blank(text, position + 1) if text[position] == "," else position
