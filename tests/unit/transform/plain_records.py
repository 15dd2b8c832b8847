"""Records of submissions as Canvas could send them, most of them plain, and what sheets make."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

from sync.filling import Filler
from sync.likeness import Mark
from sync.plan import BY_NAME as SOURCES
from sync.transform.rows import Payload, Row, Scope
from tests.unit.transform.work_payloads import comment, submission

SCOPE: Final = Scope(course=101)
_ODD: Final[st.SearchStrategy[Any]] = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 2**63 - 1, 2**63, -(2**63), 10**30, 1.0, 0.5, -0.0, 1e300),
        *("", "7", "1.5", "true", "null", "NaN", "Infinity", "é", "\U0001f600", "a\tb\nc\\N", "\0"),
        *("\ud800", "x" * 300, "/files/1?verifier=abc", "2026-09-07T20:00:00Z"),
        *("2026-09-07T20:00:00.123456Z", "2026-09-07T22:00:00+02:00", "2026-09-07T20:00:00"),
        *("0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "2026-09-07"),
        *([], {}, [1], {"a": 1}, {"access_code": "secret"}, [{"late": True}], [[[]]]),
        *([comment()], {"_8013": {"points": 4.5}}, [{"id": 1, "thumbnail_url": "/t?sig=1"}]),
    ]
)
_MORE: Final = ("anonymous_id", "media_comment", "redo_request", "unheard_of", "not an identifier")
_NAMES: Final = st.sampled_from([*submission(), *_MORE, "secure_params", "late\n", "key0", "extra"])
_NAMES_INSIDE: Final = st.sampled_from([*comment(), "attachments", "media_comment", "unheard_of"])


def plain(number: int = 751, **changes: Any) -> Payload:
    """A record that is one row, without comments unless they are among the changes."""
    record = submission(id=number, submission_comments=[]) | changes
    return {
        name: value
        for name, value in record.items()
        if name in changes or name not in ("attachments", "rubric_assessment")
    }


@st.composite
def _comments(draw: st.DrawFn) -> list[Payload]:
    """Up to three, each with some keys gone and some changed."""
    made = []
    for number in range(draw(st.integers(0, 3))):
        one = comment(id=771 + number)
        for name in draw(st.lists(_NAMES_INSIDE, max_size=1)):
            one.pop(name, None)
        made.append(one | draw(st.dictionaries(_NAMES_INSIDE, _ODD, max_size=1)))
    return made


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """A plain record with some keys gone, some changed, perhaps in another order or one twice."""
    record = plain(submission_comments=draw(_comments()))
    for name in draw(st.lists(_NAMES, max_size=2)):
        record.pop(name, None)
    record |= draw(st.dictionaries(_NAMES, _ODD, max_size=3))
    pairs = list(record.items())
    if draw(st.booleans()):
        pairs = draw(st.permutations(pairs))
    if draw(st.integers(0, 9)) == 0:
        pairs.append((draw(_NAMES), draw(_ODD)))
    written = (f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)
    return ("{" + ",".join(written) + "}").encode()


def rows_of(filler: Filler, record: bytes) -> list[Row] | None:
    """Out of the sheets that have this record alone; None for one that is not plain."""
    key = json.loads(record).get("id")
    if not isinstance(key, int):  # such a record has no mark
        return None
    mark = Mark(key, "")
    if filler.take([(record, mark)], new=frozenset({key}), asked_at=None):
        return None
    return [row for sheet in filler.sheets() for row in sheet.rows()]


def new_filler() -> Filler:
    return Filler(SOURCES["submissions"])
