"""What was asked of the simulator, newest last, tokens only by fingerprint."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request and how it was answered; `fault` names the fault that hit it."""

    method: str
    path: str
    query: str
    status: int
    at: str
    token: str
    seconds: float
    fault: str | None = None
    user_agent: str = ""


class RequestLog:
    """The last requests. Iterating gives a snapshot."""

    def __init__(self) -> None:
        self.entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self.lock:
            return iter(list(self.entries))

    def __getitem__(self, position: int) -> LoggedRequest:
        return self.entries[position]

    def add(self, entry: LoggedRequest) -> None:
        """Keep one more request."""
        with self.lock:
            self.entries.append(entry)

    def matching(self, path: str) -> list[LoggedRequest]:
        """Requests whose path and query contain the text."""
        return [entry for entry in self if path in f"{entry.path}?{entry.query}"]

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self.entries.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All kept requests as plain values."""
        return [asdict(entry) for entry in self]
