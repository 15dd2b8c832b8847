"""Live Events: what Canvas tells by itself after a change, signed and delivered (canvas-api 6)."""

from __future__ import annotations

from simulator.live_events.handle import LiveEvents
from simulator.live_events.keys import Key, KeySet
from simulator.live_events.subscriptions import check_address

__all__ = ["Key", "KeySet", "LiveEvents", "check_address"]
