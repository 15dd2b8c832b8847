"""What may be posted to the simulator although it is a Canvas to read: path → who answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.graphql import PATH as GRAPHQL_PATH
from simulator.graphql import answer_graphql
from simulator.oauth import PATH as TOKEN_PATH
from simulator.oauth import answer_token
from simulator.reply import Reply

if TYPE_CHECKING:
    from simulator.desk import Desk, Request

# Called with the desk and the request, its body included; raises Refusal like a view.
Posted = Callable[["Desk", "Request"], Reply]

POSTS: dict[str, Posted] = {
    TOKEN_PATH: answer_token,
    GRAPHQL_PATH: answer_graphql,
}
