"""Faults in how a body is packed: halves, bombs, and encodings that nobody asked for."""

from __future__ import annotations

import functools
import gzip
import zlib
from typing import Any, Final

from simulator.reply import Reply

Options = dict[str, Any]
MEGABYTE: Final = 1024 * 1024
TRAILER_BYTES: Final = 8


def gzipped(body: bytes) -> bytes:
    """The body as gzip."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def _packed(reply: Reply, body: bytes, *, encoding: str = "gzip") -> Reply:
    reply.body = body
    reply.headers["Content-Encoding"] = encoding
    return reply


def half_gzip(reply: Reply, options: Options) -> Reply:
    """Half of a gzip stream, its length as announced."""
    squeezed = gzipped(reply.body)
    return _packed(reply, squeezed[: len(squeezed) // 2])


def cut_gzip_trailer(reply: Reply, options: Options) -> Reply:
    """All of the content, but not the checksum and the size that prove it."""
    return _packed(reply, gzipped(reply.body)[:-TRAILER_BYTES])


def gzip_bomb(reply: Reply, options: Options) -> Reply:
    """A list without records of `megabytes`, a thousandth of it on the wire and in here."""
    return _packed(reply, _bomb(int(options.get("megabytes", 64))))


def br_encoding(reply: Reply, options: Options) -> Reply:
    """Said to be brotli whatever was accepted; the bytes are not even that."""
    return _packed(reply, gzipped(reply.body), encoding="br")


@functools.lru_cache(maxsize=2)
def _bomb(megabytes: int) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [squeezer.compress(b"[")]
    parts += [squeezer.compress(b" " * MEGABYTE) for _ in range(megabytes)]
    return b"".join([*parts, squeezer.compress(b"]"), squeezer.flush()])
