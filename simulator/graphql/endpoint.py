"""POST /api/graphql: JSON in, JSON out, HTTP 200 whatever is wrong with the query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from simulator.auth import token_of
from simulator.call import Call
from simulator.errors import bad_request, message
from simulator.graphql.execute import execute
from simulator.query import Query
from simulator.reply import Reply, json_reply

if TYPE_CHECKING:
    from simulator.desk import Desk, Request

PATH: Final = "/api/graphql"


def answer_graphql(desk: Desk, request: Request) -> Reply:
    """The answer to a posted query. Raises Refusal for a bad token and for what is no JSON."""
    query = Query(request.query_text)
    caller = desk.doorkeeper.admit(token_of(request.headers, query), request.headers)
    posted = _posted(request)
    world = desk.world
    with world.lock:
        call = Call(
            world=world,
            caller=caller,
            query=query,
            base=request.origin,
            path=request.path,
            now=world.now(),
        )
        body, rows = execute(
            call,
            posted.get("query") or "",
            variables=posted.get("variables") or {},
            operation_name=posted.get("operationName"),
        )
    reply = json_reply(body)
    reply.rows = rows
    return reply


def _posted(request: Request) -> dict[str, Any]:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        posted = json.loads(request.body) if kind == "application/json" else {}
    except ValueError as error:
        raise bad_request(message("Invalid JSON")) from error
    if not isinstance(posted, dict) or not isinstance(posted.get("variables") or {}, dict):
        raise bad_request(message("Invalid JSON"))
    return posted
