"""The list of faults waiting to happen and the rule when each one does."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.faults.kinds import KINDS


@dataclass(slots=True, kw_only=True)
class Fault:
    """One planned fault.

    `path` is searched, as text or regular expression, in path?query. `page` is the number of the
    page as walked from the first, in both paging styles. `nth` counts matching requests from 1.
    `times` is how often it happens; None means always.
    """

    id: int
    kind: str
    path: str = ""
    page: int | None = None
    nth: int | None = None
    times: int | None = 1
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def hits(self, address: str, page: int) -> bool:
        """Whether this request gets the fault; counts it either way."""
        if not _matches(self.path, address) or self.page not in (None, page):
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        self.seen += 1
        if self.nth is not None and self.seen < self.nth:
            return False
        self.fired += 1
        return True


def _matches(path: str, address: str) -> bool:
    if path in address:
        return True
    try:
        return re.search(path, address) is not None
    except re.error:
        return False


class FaultBook:
    """Planned faults, first planned first served, one per request."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self.last_id = 0

    def __len__(self) -> int:
        return len(self.faults)

    def add(
        self,
        kind: str,
        path: str = "",
        *,
        page: int | None = None,
        nth: int | None = None,
        times: int | None = 1,
        **options: Any,
    ) -> Fault:
        """Plan a fault. Raises ValueError for a kind that does not exist."""
        if kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise ValueError(f"no fault of kind {kind!r}; there are: {known}")
        with self.lock:
            self.last_id += 1
            fault = Fault(
                id=self.last_id,
                kind=kind,
                path=path,
                page=page,
                nth=nth,
                times=times,
                options=options,
            )
            self.faults.append(fault)
        return fault

    def pick(self, address: str, page: int, *, named: bool = False) -> Fault | None:
        """The fault for this request, if one is due; `named`: only of those that have a path."""
        with self.lock:
            asked = [fault for fault in self.faults if fault.path or not named]
            return next((fault for fault in asked if fault.hits(address, page)), None)

    def clear(self) -> None:
        """Plan nothing any more."""
        with self.lock:
            self.faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All planned faults as plain values."""
        with self.lock:
            return [asdict(fault) for fault in self.faults]
