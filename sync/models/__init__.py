"""The ledger, what a run leaves for others, and what outlives it."""

from sync.models.feed import Change, CourseRollup
from sync.models.inbox import DirtyMark, WebhookEvent, WebhookKeys
from sync.models.lease import Lease
from sync.models.ledger import Checkpoint, Reject, Run, Seen, Step
from sync.models.memory import Unseen, Watermark
from sync.models.schedule import Chore, SyncSchedule

__all__ = [
    "Change",
    "Checkpoint",
    "Chore",
    "CourseRollup",
    "DirtyMark",
    "Lease",
    "Reject",
    "Run",
    "Seen",
    "Step",
    "SyncSchedule",
    "Unseen",
    "Watermark",
    "WebhookEvent",
    "WebhookKeys",
]
