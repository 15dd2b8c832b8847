"""The kinds of fault, each as a change to the reply that would have been sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator import errors
from simulator.faults import bodies, encoding
from simulator.reply import HTML_TYPE, JSON_TYPE, Reply, json_reply, refusal_reply

Options = dict[str, Any]
Alter = Callable[[Reply, Options], Reply]
LONE_SURROGATE = chr(0xD800)


def _refuse(make: Callable[[], errors.Refusal]) -> Alter:
    return lambda reply, options: refusal_reply(make())


def _html(status: int, title: str) -> Alter:
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    headers = {"Content-Type": HTML_TYPE}
    return lambda reply, options: Reply(status=status, body=page.encode(), headers=dict(headers))


def _too_many(reply: Reply, options: Options) -> Reply:
    limited = refusal_reply(errors.throttled(429))
    if "retry_after" in options:
        limited.headers["Retry-After"] = str(options["retry_after"])
    return limited


def _retry_after(reply: Reply, options: Options) -> Reply:
    return _too_many(reply, {"retry_after": 1} | options)


def _server_error(reply: Reply, options: Options) -> Reply:
    body = errors.message("An error occurred.", error_code="internal_server_error")
    return json_reply(body | {"error_report_id": 123}, status=500)


def _deliver(way: str) -> Alter:
    """The right reply, handed over the wrong way by the socket."""

    def alter(reply: Reply, options: Options) -> Reply:
        reply.delivery, reply.options = way, options
        return reply

    return alter


def _half_json(reply: Reply, options: Options) -> Reply:
    reply.body = reply.body[: len(reply.body) // 2]
    return reply


def _not_a_list(reply: Reply, options: Options) -> Reply:
    return Reply(body=b'{"message":"ok"}', headers={"Content-Type": JSON_TYPE})


def _empty_list(reply: Reply, options: Options) -> Reply:
    """An empty page by error: without any Link header unless `keep_links` is set."""
    reply.body = bodies.emptied(reply.body)
    if not options.get("keep_links"):
        reply.headers.pop("Link", None)
    return reply


def _session_prefix(reply: Reply, options: Options) -> Reply:
    """As for callers with a session in a cookie (canvas-api 7.4)."""
    reply.body = b"while(1);" + reply.body
    return reply


def _wrong_type(reply: Reply, options: Options) -> Reply:
    reply.headers["Content-Type"] = "application/octet-stream"
    return reply


def _teapot(reply: Reply, options: Options) -> Reply:
    return json_reply(errors.message("I'm a teapot"), status=418)


def _redirect(reply: Reply, options: Options) -> Reply:
    """302 to `location`."""
    location = str(options.get("location", "/login/canvas"))
    return Reply(status=302, headers={"Location": location, "Content-Type": HTML_TYPE})


KINDS: dict[str, Alter] = {
    "http_429": _too_many,
    "retry_after": _retry_after,
    "http_403_throttle": _refuse(lambda: errors.throttled(403)),
    "http_500": _server_error,
    "http_502_html": _html(502, "502 Bad Gateway"),
    "http_503_html": _html(503, "Canvas is down for maintenance"),
    "http_504_html": _html(504, "504 Gateway Time-out"),
    "html_200": _html(200, "Log in to Canvas"),
    "unauthorized_401": _refuse(errors.bad_token),
    "permission_401": _refuse(lambda: errors.not_permitted(401)),
    "forbidden_403": _refuse(lambda: errors.not_permitted(403)),
    "not_found_404": _refuse(errors.not_found),
    "tab_disabled_404": _refuse(errors.tab_disabled),
    "cut_body": _deliver("cut"),
    "hang": _deliver("hang"),
    "slow_drip": _deliver("drip"),
    "drip_headers": _deliver("drip_headers"),
    "reset": _deliver("reset"),
    "half_json": _half_json,
    "half_gzip": encoding.half_gzip,
    "cut_gzip_trailer": encoding.cut_gzip_trailer,
    "gzip_bomb": encoding.gzip_bomb,
    "br_encoding": encoding.br_encoding,
    "content_length_short": _deliver("short_length"),
    "session_prefix": _session_prefix,
    "wrong_type": _wrong_type,
    "teapot": _teapot,
    "redirect": _redirect,
    "empty_list": _empty_list,
    "empty_middle": lambda reply, options: _empty_list(reply, options | {"keep_links": True}),
    "short_page": bodies.short_page,
    "not_a_list": _not_a_list,
    "foreign_next": bodies.foreign_next,
    "next_loop": bodies.next_loop,
    "lost_next": bodies.lost_next,
    "repeated_page": bodies.repeated_page,
    "bookmark_reset": bodies.bookmark_reset,
    "duplicate_row": bodies.duplicate_row,
    "drop_key": bodies.drop_key,
    "bad_record": bodies.bad_record,
    "nul_record": bodies.odd_record("a\x00b"),
    "nan_record": bodies.odd_record(float("nan")),
    "huge_int_record": bodies.odd_record(2**64),
    "surrogate_record": bodies.odd_record(f"a{LONE_SURROGATE}b"),
    "graphql_errors": bodies.graphql_errors,
}
