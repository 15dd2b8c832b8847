"""How the tests of the transforms ask for rows."""

import pytest

from sync.errors import UnreadableRecordError
from sync.transform.rows import Payload, Row, Scope, Transform
from tests.unit.transform.payloads import SCOPE


def rows_of(transform: Transform, payload: Payload, scope: Scope = SCOPE) -> list[Row]:
    return list(transform(payload, scope))


def rows_for(
    table: str, transform: Transform, payload: Payload, *, scope: Scope = SCOPE
) -> list[Row]:
    return [row for row in transform(payload, scope) if row.table == table]


def row_for(table: str, transform: Transform, payload: Payload, *, scope: Scope = SCOPE) -> Row:
    """The one row of `table` the payload makes."""
    [row] = rows_for(table, transform, payload, scope=scope)
    return row


def refusal(transform: Transform, payload: Payload) -> str:
    """The text with which the payload is refused."""
    with pytest.raises(UnreadableRecordError) as refused:
        rows_of(transform, payload)
    return str(refused.value)
