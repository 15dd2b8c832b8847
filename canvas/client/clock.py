"""When Canvas was asked, by Canvas's own clock, so that answers two machines got can be ordered."""

from __future__ import annotations

from datetime import datetime, timedelta


class CanvasClock:
    """Set by the first dated answer, to the second; from then on our steady clock counts.

    Instants of one client are therefore exact among each other, those of two clients to about a
    second, whatever the clocks of the machines say.
    """

    def __init__(self) -> None:
        self._set_at_s = 0.0
        self._shown: datetime | None = None

    @property
    def is_set(self) -> bool:
        return self._shown is not None

    def set(self, shown: datetime | None, *, at_s: float) -> None:
        """`shown`: what Canvas said at `at_s` of `time.monotonic()`. Only the first one counts."""
        if self._shown is None and shown is not None:
            self._shown, self._set_at_s = shown, at_s

    def at(self, moment_s: float) -> datetime | None:
        """None until Canvas has said what time it is."""
        if self._shown is None:
            return None
        return self._shown + timedelta(seconds=moment_s - self._set_at_s)
