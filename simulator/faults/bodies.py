"""Faults in what a listing says: its links and its records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from simulator.reply import JSON_TYPE, Reply

Options = dict[str, Any]
EVIL_ORIGIN = "http://evil.invalid"


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


def repeated_page(reply: Reply, options: Options) -> Reply:
    """rel=next leads to the same records again, by an address that was never asked for."""
    links = _links(reply)
    return _relink(reply, links | {"next": _again(links["current"])}) if links else reply


def bookmark_reset(reply: Reply, options: Options) -> Reply:
    """rel=next holds a damaged bookmark, silently the first page (canvas-api 2.2), and the links
    from there on differ from those before; a list that counts its pages starts again at one."""
    links = _links(reply)
    if not links:
        return reply
    counted = re.search(r"[?&]page=\d+", links["current"])
    first = _at(links["current"], "1" if counted else "bookmark:lost")
    return _relink(reply, links | {"next": _again(first)})


def _at(url: str, page: str) -> str:
    return re.sub(r"(?<=[?&]page=)[^&]*", page, url)


def _again(url: str) -> str:
    """The same page under another address, which Canvas repeats in the links of its answer."""
    before = re.search(r"[?&]again=(\d+)", url)
    bare = re.sub(r"&again=\d+", "", re.sub(r"\?again=\d+&", "?", url))
    return f"{bare}&again={int(before[1]) + 1 if before else 1}"


def short_page(reply: Reply, options: Options) -> Reply:
    """All but the first `keep` records, half of them unless said, filtered after the paging."""
    records = _records(json.loads(reply.body))
    return _rewritten(reply, records[: int(options.get("keep", len(records) // 2))])


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


def odd_record(value: Any) -> Callable[[Reply, Options], Reply]:
    """A fault that puts the value into the `field` of the record at `index`."""

    def alter(reply: Reply, options: Options) -> Reply:
        return bad_record(reply, {"fields": {str(options.get("field", "name")): value}} | options)

    return alter


def graphql_errors(reply: Reply, options: Options) -> Reply:
    """As when time ran out: HTTP 200, half of each list, and errors beside it."""
    payload = json.loads(reply.body)
    data = payload.get("data") if isinstance(payload, dict) else None
    where = list(data)[:1] if isinstance(data, dict) else []
    error = {"message": "Timeout on Query.course", "locations": [{"line": 1, "column": 3}]}
    body = {"data": _halved(data), "errors": [error | {"path": where}]}
    return Reply(body=json.dumps(body).encode(), headers={"Content-Type": JSON_TYPE})


def _halved(part: Any) -> Any:
    if isinstance(part, list):
        return part[: len(part) // 2]
    return {key: _halved(one) for key, one in part.items()} if isinstance(part, dict) else part
