"""One record's bytes into a payload, without what no database takes or what differs per reading."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from sync.errors import UnreadableRecordError
from sync.transform.rows import Payload

# U+0000 as JSON writes it; PostgreSQL stores it neither in text nor in JSON.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
# The secret in a file link; it may differ at every reading (canvas-api trap 62).
VERIFIER: Final = b"verifier="
_VERIFIER = re.compile(rb"([?&]|\\u0026|&amp;)verifier=[\w-]+")
_DECODER = msgspec.json.Decoder()
# Far beyond what Canvas sends, far below what every later stage can walk through.
_DEEPEST = 100


def decode(record: bytes | bytearray | memoryview) -> Payload:
    """Raises UnreadableRecordError, whose text quotes no value of the record."""
    text = bytes(record)
    if b"\\u0000" in text:
        text = _NUL.sub(rb"\1\\ufffd", text)
    text = without_verifiers(text)
    try:
        payload = _DECODER.decode(text)
    except UnicodeDecodeError:
        # Without its cause, which holds the text.
        raise UnreadableRecordError("text that is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise UnreadableRecordError(f"not JSON that can be stored: {error}") from error
    except RecursionError as error:
        raise UnreadableRecordError("nested too deeply") from error
    if not isinstance(payload, dict):
        raise UnreadableRecordError("not an object")
    if text.count(b"[") + text.count(b"{") > _DEEPEST and not _fits(payload, _DEEPEST):
        raise UnreadableRecordError("nested too deeply")
    return payload


def without_verifiers(text: bytes) -> bytes:
    return _VERIFIER.sub(rb"\1verifier=", text) if VERIFIER in text else text


def _fits(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return levels > 0 and all(_fits(part, levels - 1) for part in value)


def record_id(payload: Payload) -> str | None:
    """The id as Canvas wrote it, for the book of rejects."""
    identity = payload.get("id")
    return None if identity is None or isinstance(identity, dict | list) else str(identity)[:100]
