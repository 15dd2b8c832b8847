"""The ledger, what a run leaves for others, and what outlives it."""

from sync.models.feed import Change, CourseRollup
from sync.models.ledger import Checkpoint, Reject, Run, Seen, Step
from sync.models.memory import Unseen, Watermark

__all__ = [
    "Change",
    "Checkpoint",
    "CourseRollup",
    "Reject",
    "Run",
    "Seen",
    "Step",
    "Unseen",
    "Watermark",
]
