"""The wire to one Canvas: bulk reading over httpx, the control plane over canvasapi.

No Django and no tables in here. What a program needs to read a Canvas is named below; the processes
that also hold credentials and budgets import those from their modules.
The control plane is imported from `canvas.client.control`: canvasapi takes 0.3 s to load.
"""

from canvas.client.auth import TokenAuth, user_agent
from canvas.client.budget import Budget, LocalBudget
from canvas.client.call import Limits, Timeouts
from canvas.client.client import CanvasClient
from canvas.client.origin import Origin, parse_base_url
from canvas.client.page import Completeness, Gap, Page, split
from canvas.client.policy import Reply, Verdict, verdict
from canvas.client.received import Downloaded
from canvas.client.redaction import redact, safe_repr
from canvas.client.sizes import Params
from canvas.client.stats import Stats

__all__ = [
    "Budget",
    "CanvasClient",
    "Completeness",
    "Downloaded",
    "Gap",
    "Limits",
    "LocalBudget",
    "Origin",
    "Page",
    "Params",
    "Reply",
    "Stats",
    "Timeouts",
    "TokenAuth",
    "Verdict",
    "parse_base_url",
    "redact",
    "safe_repr",
    "split",
    "user_agent",
    "verdict",
]
