"""Live Events: what Canvas tells by itself after a change, signed and delivered (canvas-api 6)."""

from __future__ import annotations

from simulator.live_events.handle import LiveEvents
from simulator.live_events.keys import Key, KeySet

__all__ = ["Key", "KeySet", "LiveEvents"]
