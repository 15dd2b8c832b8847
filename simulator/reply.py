"""An answer ready for the wire, and how bodies become bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import msgspec
from isal import igzip

from simulator.errors import Refusal

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
GZIP_FROM_BYTES = 1024
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True, kw_only=True)
class Reply:
    """What goes back. `rows` counts records, `delivery` names a fault of the socket."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 1
    delivery: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


def json_reply(body: Any, *, status: int = 200, string_ids: bool = False) -> Reply:
    """A JSON answer."""
    payload = stringify_ids(body) if string_ids else body
    rows = len(body) if isinstance(body, list) else 1
    return Reply(
        status=status, body=_encode(payload), headers={"Content-Type": JSON_TYPE}, rows=rows
    )


def refusal_reply(refusal: Refusal) -> Reply:
    """A refusal as an answer, JSON unless it is said in plain text."""
    if refusal.text:
        reply = Reply(body=refusal.body.encode(), headers={"Content-Type": TEXT_TYPE})
    else:
        reply = json_reply(refusal.body)
    reply.status = refusal.status
    reply.headers.update(refusal.headers)
    return reply


def stringify_ids(payload: Any) -> Any:
    """Canvas's string-id mode: keys id, ids and those ending in _id, _ids (canvas-api 0.3)."""
    if isinstance(payload, dict):
        return {
            key: _as_text(value)
            if key in ("id", "ids") or key.endswith(("_id", "_ids"))
            else stringify_ids(value)
            for key, value in payload.items()
        }
    return [stringify_ids(part) for part in payload] if isinstance(payload, list) else payload


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    if isinstance(value, dict):
        return stringify_ids(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Compressor:
    """Gzip with a memory: equal bodies are squeezed once. Bounded by `limit_bytes`."""

    def __init__(self, limit_bytes: int = 32 * 1024 * 1024) -> None:
        self.limit_bytes, self.held_bytes = limit_bytes, 0
        self.squeezed: OrderedDict[bytes, bytes] = OrderedDict()
        self.lock = threading.Lock()

    def squeeze(self, body: bytes, digest: bytes) -> bytes:
        """The body gzipped, fast rather than small."""
        with self.lock:
            known = self.squeezed.get(digest)
        if known is not None:
            return known
        made = igzip.compress(body, compresslevel=1, mtime=0)
        with self.lock:
            if self.squeezed.setdefault(digest, made) is made:
                self.held_bytes += len(made)
            while self.held_bytes > self.limit_bytes:
                self.held_bytes -= len(self.squeezed.popitem(last=False)[1])
        return made

    def finish(self, reply: Reply, *, accepts_gzip: bool) -> None:
        """Tag the body, and compress it where that is wanted and pays."""
        digest = hashlib.sha256(reply.body).digest()[:16]
        if reply.status == 200:
            reply.headers.setdefault("ETag", f'W/"{digest.hex()}"')
        reply.headers.setdefault("Vary", "Accept-Encoding")
        if accepts_gzip and len(reply.body) > GZIP_FROM_BYTES:
            reply.body = self.squeeze(reply.body, digest)
            reply.headers["Content-Encoding"] = "gzip"
