"""One record's bytes: what no database takes is replaced or refused, and never quoted."""

import json

import pytest

from sync.batch import Progress, read_page
from sync.errors import UnreadableRecordError
from sync.transform.courses import section_rows
from sync.transform.decode import decode, record_id
from tests.unit.transform.payloads import SCOPE, section

CANARY = "canary-7731"
LINK = "https://school.example.edu/files/5/download?verifier="


def refused(record: bytes) -> str:
    with pytest.raises(UnreadableRecordError) as error:
        decode(record)
    return f"{error.value!r} {error.value.__cause__!r}"


def test_a_nul_in_text_becomes_the_replacement_mark() -> None:
    assert decode(rb'{"name": "a\u0000b"}') == {"name": "a\ufffdb"}


def test_nuls_side_by_side_and_in_keys_are_all_replaced() -> None:
    assert decode(rb'{"k\u0000": "\u0000\u0000"}') == {"k\ufffd": "\ufffd\ufffd"}


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert decode(rb'{"name": "C:\\u0000"}') == {"name": "C:\\u0000"}


def test_a_nul_after_a_backslash_is_replaced() -> None:
    assert decode(rb'{"name": "C:\\\u0000"}') == {"name": "C:\\\ufffd"}


def test_the_verifier_of_a_file_link_is_stripped() -> None:
    record = json.dumps({"body": f'<a href="{LINK}Xy-9_z&wrap=1">'}).encode()
    assert decode(record) == {"body": f'<a href="{LINK}&wrap=1">'}


def test_two_readings_of_a_file_link_are_equal() -> None:
    first, second = (json.dumps({"url": LINK + secret}).encode() for secret in ("a1b2", "c3d4"))
    assert decode(first) == decode(second)


@pytest.mark.parametrize(
    "record",
    [
        b'{"name": "canary-7731", "score": NaN}',
        b'{"name": "canary-7731", "score": Infinity}',
        b'{"name": "canary-7731", "score": 1e999}',
        rb'{"name": "canary-7731\ud800"}',
        rb'{"name": "canary-7731\udc00"}',
        b'{"name": "canary-7731\xff"}',
        b'{"name": "canary-7731\x00"}',
        b'{"name": "canary-7731"',
        b'{"name": "canary-7731"} {}',
        b'["canary-7731"]',
        b'"canary-7731"',
        b"7731",
        b"null",
        b"",
    ],
)
def test_what_is_no_object_of_plain_json_is_refused_without_quoting_it(record: bytes) -> None:
    assert CANARY not in refused(record)


@pytest.mark.parametrize("levels", [100, 500, 100_000])
def test_a_record_nested_too_deeply_is_refused(levels: int) -> None:
    assert "nested too deeply" in refused(b'{"a":' + b"[" * levels + b"]" * levels + b"}")


def test_a_wide_record_is_not_called_deep() -> None:
    record = json.dumps({"list": [{"part": [number]} for number in range(500)]}).encode()
    assert len(decode(record)["list"]) == 500


def test_ids_keep_all_their_digits() -> None:
    assert decode(b'{"id": 115370000000000073}') == {"id": 115370000000000073}


@pytest.mark.parametrize(
    ("payload", "identity"),
    [({"id": 5}, "5"), ({"id": "5"}, "5"), ({}, None), ({"id": None}, None), ({"id": [5]}, None)],
)
def test_the_book_of_rejects_gets_the_id_as_canvas_wrote_it(
    payload: dict[str, object], identity: str | None
) -> None:
    assert record_id(payload) == identity


def test_an_unreadable_record_is_set_aside_and_its_siblings_are_read() -> None:
    records = [b"{", json.dumps(section()).encode(), b'{"id": 9, "course_id": "x"}', b"[]"]
    page = read_page(
        records,
        source="sections",
        table="sections",
        transform=section_rows,
        progress=Progress(scope=SCOPE, pages=1, records=4, next_url=None),
    )
    assert [row.key for row in page.rows] == [201]
    assert [reject.canvas_id for reject in page.rejects] == [None, "9", None]
