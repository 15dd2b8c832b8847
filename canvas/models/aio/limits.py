"""How many blocks run at once, how long one waits, how long a thread idles; owns the defaults."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The setting ASYNC_ATOMIC, with its keys in lower case. Zero threads would wait for ever."""

    threads: int = 8  # blocks at once, and as many dbsession(): one connection each
    wait_s: float = 60.0  # for a thread or a turn, before AtomicTimeoutError
    idle_s: float = 30.0  # after which a thread closes its connections and ends

    def __post_init__(self) -> None:
        for name, least in (("threads", 1), ("wait_s", 0), ("idle_s", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
                raise ImproperlyConfigured(
                    f"ASYNC_ATOMIC[{name.upper()!r}] is {value!r}: give a number from {least} up."
                )


KEYS = tuple(field.name.upper() for field in fields(Limits))


def limits() -> Limits:
    """The limits of this moment; a test may override the setting around a block.

    Raises: ImproperlyConfigured naming the key.
    """
    chosen = getattr(settings, "ASYNC_ATOMIC", None) or {}
    unknown = sorted(set(chosen) - set(KEYS))
    if unknown:
        raise ImproperlyConfigured(
            f"ASYNC_ATOMIC has no {', '.join(map(repr, unknown))}: it knows {', '.join(KEYS)}."
        )
    return Limits(**{key.lower(): value for key, value in chosen.items()})
