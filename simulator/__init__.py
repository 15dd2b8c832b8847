"""A Canvas to run against: real HTTP, deterministic worlds, changes and faults on request.

Imports nothing of the product. `start` serves in a thread, `run` until a signal.

Inside, functions take their context (the world or the call) first, then what they are about.
"""

from __future__ import annotations

from simulator.canvas import Canvas, run, start

__all__ = ["Canvas", "run", "start"]
