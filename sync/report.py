"""What a run came to, in the words of the contract."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from canvas.errors import CanvasError
from sync.census import ResourceCounts
from sync.models import Run

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """Why a run did not simply succeed: what failed, what that did, what to do."""

    code: str
    cause: str
    effect: str
    next_step: str

    @classmethod
    def of(cls, error: CanvasError, *, effect: str) -> ErrorReport:
        where = f" ({error.where})" if error.where else ""
        return cls(
            code=error.code,
            cause=f"{error.cause}{where}",
            effect=effect,
            next_step=error.next_step,
        )

    def __str__(self) -> str:
        return f"{self.cause}; {self.effect}; next: {self.next_step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One run of one course. `run` is None for a rehearsal and where no run could be recorded.

    `traffic` and `modes` (resource → how it was read, as in `Watermark.mode`) are for the ledger
    and for `runs show`; the document of the contract is without them.
    """

    run: int | None
    integration: str | None
    course: int
    state: Run.State
    seconds: float = 0.0
    requests: int = 0
    throttle_wait_s: float = 0.0
    traffic: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, ResourceCounts] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    error: ErrorReport | None = None

    def as_json(self) -> dict[str, Any]:
        """The document of the contract, section 3."""
        return {
            "schema": SCHEMA,
            "run": self.run,
            "integration": self.integration,
            "course": self.course,
            "state": str(self.state),
            "seconds": round(self.seconds, 3),
            "requests": self.requests,
            "throttle_wait_s": round(self.throttle_wait_s, 3),
            "resources": {name: asdict(counts) for name, counts in self.resources.items()},
            "error": asdict(self.error) if self.error else None,
        }
