"""What a record's bytes tell without being decoded, and when they tell nothing."""

import msgspec
import pytest

from canvas.client.seen import key_of
from sync.likeness import (
    EMBEDDED,
    MARKED,
    Look,
    Mark,
    embedded_key,
    looks_of,
    mark_of,
    payload_hash,
    plain_hashes,
    stamp,
    version,
)
from sync.tables import BY_NAME
from sync.transform.rows import Payload, Scope
from sync.transform.submissions import submission_rows
from tests.unit.transform.work_payloads import comment, submission

FILE = {"id": 1, "url": "https://c.edu/files/1?verifier=aa", "thumbnail_url": None}


def look_at(record: bytes, *, course: int = 101) -> Look | None:
    (look,) = looks_of([record], [key_of(record)], course=course)
    return look


def mark_at(record: bytes, *, course: int = 101) -> Mark | None:
    look = look_at(record, course=course)
    return look and mark_of(look)


def marked(payload: Payload, *, course: int = 101) -> str | None:
    mark = mark_at(msgspec.json.encode(payload), course=course)
    return mark.digest if mark else None


def seen(payload: Payload) -> str | None:
    look = look_at(msgspec.json.encode(payload))
    return look.digest if look else None


def stamped(payload: Payload) -> str | None:
    rows = list(submission_rows(payload, Scope(course=101)))
    stamp(rows, mark_at(msgspec.json.encode(payload)))
    return rows[0].mark


@pytest.mark.parametrize(
    "flips", [{"late": True}, {"missing": True}, {"seconds_late": 7}, {"seconds_late": None}]
)
def test_what_flips_with_the_clock_does_not_change_the_digest(flips: Payload) -> None:
    assert marked(submission(**flips)) == marked(submission())


def test_late_and_missing_are_told_apart() -> None:
    look = look_at(msgspec.json.encode(submission(late=True, missing=None)))
    assert look is not None
    assert (look.key, look.late, look.missing) == (751, True, None)


@pytest.mark.parametrize(
    "change", [{"score": 5.0}, {"new_key": None}, {"submission_comments": []}, {"body": None}]
)
def test_any_other_change_changes_the_digest(change: Payload) -> None:
    assert marked(submission(**change)) != marked(submission())


def test_the_same_record_of_another_course_has_another_digest() -> None:
    assert marked(submission(), course=102) != marked(submission())


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        ("url", "https://c.edu/1?verifier=aa&x=1", "https://c.edu/1?verifier=bb&x=1"),
        ("thumbnail_url", "https://c.edu/1?token=aa", "https://c.edu/1?token=bb"),
        ("preview_url", "/api/v1/canvadoc_session?blob=aa", "/api/v1/canvadoc_session?blob=bb"),
    ],
)
def test_what_is_signed_anew_at_every_reading_is_left_out(
    key: str, before: str, after: str
) -> None:
    first, second = ({**FILE, key: address} for address in (before, after))
    assert marked(submission(attachments=[first])) == marked(submission(attachments=[second]))


def test_a_look_is_the_mark_of_a_record_in_which_nothing_is_signed_anew() -> None:
    plain, signed = submission(), submission(attachments=[FILE])
    assert seen(plain) == marked(plain)
    assert seen(signed) != marked(signed)
    assert seen(signed) != seen(submission(attachments=[{**FILE, "url": "/1?verifier=bb"}]))


def test_a_record_that_has_no_mark_never_looks_like_one_that_has() -> None:
    """Of the same bytes but for what flips with the clock, deeper inside."""
    nested = b'{"id":1,"late":false,"missing":false,"seconds_late":0,"x":{"late":true}}'
    look, mark = look_at(nested), mark_at(b'{"id":1,"late":false,"missing":false,"seconds_late":0}')
    assert mark_at(nested) is None
    assert (look and look.digest) != (mark and mark.digest)


def test_the_attempt_in_the_address_of_a_preview_is_not_left_out() -> None:
    first, second = (f"https://c.edu/s/1?preview=1&version={number}" for number in (1, 2))
    files = {"attachments": [FILE]}
    assert marked(submission(preview_url=first, **files)) != marked(
        submission(preview_url=second, **files)
    )


@pytest.mark.parametrize(
    "record",
    [
        b'{"id":1}',
        b'{"id":1,"late":false,"missing":false}',
        b'{"id":1,"late":0,"missing":false,"seconds_late":0}',
        b'{"id":"x","late":false,"missing":false,"seconds_late":0}',
        b'{"id":1,"late":false,"missing":false,"seconds_late":0,"x":{"late":true}}',
        b'{"id":1,"x":{"late":true},"late":false,"missing":false,"seconds_late":0}',
        b'{"id":1,"late":false,"missing":false,"seconds_late":0.5}',
    ],
)
def test_bytes_that_are_not_as_canvas_writes_them_have_no_mark(record: bytes) -> None:
    assert mark_at(record) is None


def test_a_student_who_writes_such_keys_does_not_confuse_it() -> None:
    text = '"late":true,"missing":true,"seconds_late":9'
    look = look_at(msgspec.json.encode(submission(body=text)))
    assert look is not None
    assert look.late is False


def test_a_record_is_stamped_with_the_keys_of_its_comments() -> None:
    payload = submission(submission_comments=[comment(id=5), comment(id=3)])
    del payload["rubric_assessment"]
    mark = mark_at(msgspec.json.encode(payload))
    assert mark is not None
    keys = [embedded_key("submission_comments", number) for number in (3, 5)]
    assert stamped(payload) == payload_hash(mark, keys) != payload_hash(mark, keys[1:])
    assert plain_hashes([mark], [[5, 3]], whole=EMBEDDED) == [stamped(payload)]
    assert len(payload_hash(mark, [])) == 32
    assert payload_hash(mark, []).endswith(version())


def test_a_record_with_an_assessment_is_stamped_with_its_criteria_as_well() -> None:
    payload = submission(submission_comments=[comment(id=5)], rubric_assessment={"5": {}})
    mark = mark_at(msgspec.json.encode(payload))
    assert mark is not None
    assert stamped(payload) == payload_hash(mark, [embedded_key(name, 5) for name in EMBEDDED])
    assert embedded_key(EMBEDDED[0], 5) != embedded_key(EMBEDDED[1], 5)


def test_a_record_whose_comments_were_left_out_is_not_stamped() -> None:
    payload = submission()
    del payload["rubric_assessment"], payload["submission_comments"]
    assert stamped(payload) == ""


def test_every_relation_of_a_marked_row_is_required_or_looked_for_again() -> None:
    """Or compared, as that of a criterion is: see `sync.embedded`."""
    links = [link for name in (MARKED, *EMBEDDED) for link in BY_NAME[name].links]
    others = [link for link in links if not (link.required or link.held_in or link.keep_as)]
    assert [(link.relation, link.by) for link in others] == [
        ("criterion", ("rubric__assignments__canvas_id", "canvas_id"))
    ]
