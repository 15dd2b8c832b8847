"""Faults in what a listing says: its links and its records."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

from simulator.reply import Reply

Options = dict[str, Any]
EVIL_ORIGIN = "http://evil.invalid"


def gzipped(body: bytes) -> bytes:
    """The body as gzip."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def emptied(body: bytes) -> bytes:
    """The same shape of listing without records."""
    payload = json.loads(body)
    return b"[]" if isinstance(payload, list) else json.dumps(_with(payload, [])).encode()


def _records(payload: Any) -> list[Any]:
    """The array of a listing, bare or inside its object."""
    if isinstance(payload, list):
        return payload
    arrays = [value for value in payload.values() if isinstance(value, list)]
    return arrays[0] if arrays else [payload]


def _with(payload: Any, records: list[Any]) -> Any:
    """The payload with other records in the place of its own."""
    if isinstance(payload, list):
        return records
    for key, value in payload.items():
        if isinstance(value, list):
            return payload | {key: records}
    return records[0] if records else {}


def _rewritten(reply: Reply, records: list[Any]) -> Reply:
    """Not msgspec: NaN and lone surrogates must get through."""
    reply.body = json.dumps(_with(json.loads(reply.body), records)).encode()
    return reply


def _links(reply: Reply) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', reply.headers.get("Link", ""))
    return {rel: url for url, rel in found}


def _relink(reply: Reply, links: dict[str, str]) -> Reply:
    reply.headers["Link"] = ",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
    return reply


def foreign_next(reply: Reply, options: Options) -> Reply:
    """rel=next leads to another origin: option `origin`."""
    links = _links(reply)
    address = re.sub(r"^https?://[^/]+", "", links.get("next") or links.get("current", "/"))
    return _relink(reply, links | {"next": str(options.get("origin", EVIL_ORIGIN)) + address})


def next_loop(reply: Reply, options: Options) -> Reply:
    """rel=next leads to the page itself."""
    links = _links(reply)
    return _relink(reply, links | {"next": links.get("current", "/")})


def lost_next(reply: Reply, options: Options) -> Reply:
    """rel=next is missing although there is more."""
    links = _links(reply)
    links.pop("next", None)
    return _relink(reply, links)


def duplicate_row(reply: Reply, options: Options) -> Reply:
    """The page's record at `index`, the first unless said, comes twice."""
    records = _records(json.loads(reply.body))
    if not records:
        return reply
    return _rewritten(reply, [*records, records[int(options.get("index", 0))]])


def drop_key(reply: Reply, options: Options) -> Reply:
    """The `key`, dotted for a nested one, is missing from every record."""
    *parents, key = str(options.get("key", "id")).split(".")
    records = _records(json.loads(reply.body))
    for record in records:
        inner = record
        for parent in parents:
            inner = inner.get(parent) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(key, None)
    return _rewritten(reply, records)


def bad_record(reply: Reply, options: Options) -> Reply:
    """The record at `index` is replaced by `record`, or gets `fields`, whatever they hold."""
    records = _records(json.loads(reply.body))
    index = int(options.get("index", 0))
    if index >= len(records):
        return reply
    if "fields" in options:
        records[index] = records[index] | options["fields"]
    else:
        records[index] = options.get("record")
    return _rewritten(reply, records)
