"""Frozen values of Canvas's vocabulary that more than one room needs."""

from __future__ import annotations

from typing import Final

# All of them must be asked for: without the full list Canvas leaves out whom it pleases (trap 32).
ENROLLMENT_STATES: Final = (
    "active",
    "invited",
    "creation_pending",
    "inactive",
    "completed",
    "rejected",
    "deleted",
)
