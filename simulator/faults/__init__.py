"""Faults on request: which answers go wrong, and how."""

from __future__ import annotations

from simulator.faults.book import Fault, FaultBook
from simulator.faults.kinds import KINDS

__all__ = ["KINDS", "Fault", "FaultBook"]
