"""The simulator's own panel under /_simulator/: no token, but only from this machine.

The key set of the Live Events is the exception: whoever receives events must be able to read it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.desk import Desk, Request
from simulator.errors import Refusal, message, not_found
from simulator.faults.kinds import KINDS
from simulator.live_events import LiveEvents
from simulator.live_events.handle import JWKS_PATH
from simulator.reply import Reply, json_reply, refusal_reply

PREFIX = "/_simulator"
Verb = Callable[[dict[str, Any]], Any]


@dataclass(slots=True, kw_only=True)
class Panel:
    """What an operator may do to a running simulator, by HTTP."""

    desk: Desk
    live_events: LiveEvents
    describe: Callable[[], dict[str, Any]]
    mutate: Callable[..., dict[str, Any]]
    reset: Callable[[], None]

    def answer(self, request: Request, body: bytes, *, peer: str) -> Reply:
        """The reply to a control request."""
        if request.path == JWKS_PATH and request.method in ("GET", "HEAD"):
            return self._key_set(request)
        try:
            if not (peer.startswith("127.") or peer in ("::1", "::ffff:127.0.0.1")):
                raise Refusal(403, message("The control panel answers only on this machine."))
            verb = self._verbs().get((request.method, request.path.rstrip("/")))
            if verb is None:
                raise not_found()
            return json_reply(verb(_fields(body)))
        except Refusal as refusal:
            return refusal_reply(refusal)
        except (KeyError, LookupError, TypeError, ValueError) as error:
            return json_reply(message(str(error.args[0] if error.args else error)), status=400)

    def _key_set(self, request: Request) -> Reply:
        """The keys of the events, or the fault that was planned for their address."""
        reply = json_reply(self.live_events.key_set())
        fault = self.desk.faults.pick(request.target, 1, named=True)
        return reply if fault is None else KINDS[fault.kind](reply, fault.options)

    def _verbs(self) -> dict[tuple[str, str], Verb]:
        return {
            ("GET", PREFIX): lambda fields: self.describe(),
            ("POST", f"{PREFIX}/mutate"): self._mutate,
            ("GET", f"{PREFIX}/faults"): lambda fields: self.desk.faults.as_json(),
            ("POST", f"{PREFIX}/faults"): self._add_fault,
            ("DELETE", f"{PREFIX}/faults"): self._clear_faults,
            ("GET", f"{PREFIX}/requests"): lambda fields: self.desk.log.as_json(),
            ("DELETE", f"{PREFIX}/requests"): self._clear_requests,
            ("GET", f"{PREFIX}/live_events"): lambda fields: self._events(),
            ("POST", f"{PREFIX}/live_events"): self._subscribe,
            ("DELETE", f"{PREFIX}/live_events"): self._unsubscribe,
            ("POST", f"{PREFIX}/reset"): self._reset,
        }

    def _mutate(self, fields: dict[str, Any]) -> Any:
        return self.mutate(fields.pop("op"), **fields)

    def _add_fault(self, fields: dict[str, Any]) -> Any:
        fault = self.desk.faults.add(fields.pop("kind"), fields.pop("path", ""), **fields)
        return {"id": fault.id, "kind": fault.kind}

    def _clear_faults(self, fields: dict[str, Any]) -> Any:
        self.desk.faults.clear()
        return {}

    def _clear_requests(self, fields: dict[str, Any]) -> Any:
        self.desk.log.clear()
        return {}

    def _events(self) -> Any:
        return {
            "keys_url": self.live_events.keys_url,
            "root_account_uuid": self.live_events.root_account_uuid,
            "subscriptions": [one.as_json() for one in self.live_events.subscriptions],
            "deliveries": [one.as_json() for one in self.live_events.deliveries],
        }

    def _subscribe(self, fields: dict[str, Any]) -> Any:
        return self.live_events.subscribe(fields.pop("url"), **fields).as_json()

    def _unsubscribe(self, fields: dict[str, Any]) -> Any:
        self.live_events.unsubscribe(fields.get("url"))
        return {}

    def _reset(self, fields: dict[str, Any]) -> Any:
        self.reset()
        return self.describe()


def _fields(body: bytes) -> dict[str, Any]:
    fields = json.loads(body) if body.strip() else {}
    if not isinstance(fields, dict):
        raise ValueError("the body must be a JSON object")
    return fields
