"""What a test or an operator holds of the Live Events of one simulated Canvas."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from simulator.live_events import envelope
from simulator.live_events.envelope import Body, Event
from simulator.live_events.keys import Key, KeySet
from simulator.world.world import ROOT_ACCOUNT_ID, World

JWKS_PATH = "/_simulator/jwks"


class LiveEvents:
    """Events of a world that may be replaced (`Canvas.reset`): `world` asks for the one of now.

    `sent` holds every event that was sent so far, oldest first, whoever listened.
    """

    def __init__(self, world: Callable[[], World], *, address: Callable[[], str]) -> None:
        self._world, self._address = world, address
        self.keys = KeySet()
        self.key_fetches = 0
        self.sent: list[Event] = []
        self._numbers = itertools.count(1)

    @property
    def keys_url(self) -> str:
        """Where the key set is read."""
        return f"{self._address()}{JWKS_PATH}"

    @property
    def root_account_uuid(self) -> str:
        """What tells this Canvas from others whose events bear the same signature."""
        return self._world().accounts[ROOT_ACCOUNT_ID].uuid

    def make(
        self,
        name: str,
        *,
        body: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        user_id: int | None = None,
        course_id: int | None = None,
        job: str | None = None,
    ) -> Event:
        """An event that nobody sends yet, caused by a person (the teacher unless said) in a
        course, or by a job with that tag. `metadata` goes over what Canvas would say; a key
        given as None is left out."""
        world, number = self._world(), next(self._numbers)
        with world.lock:
            told = envelope.metadata(world, name)
            if job is not None:
                told |= envelope.of_job(world, number=number, tag=job)
            else:
                actor = user_id if user_id is not None else world.teacher_id
                told |= envelope.of_request(
                    world, number=number, user_id=actor, course_id=course_id
                )
        return {"metadata": _over(told, metadata or {}), "body": dict(body or {})}

    def sign(self, event: Event, *, key: Key | None = None) -> bytes:
        """The event as Canvas posts it, signed by the current key unless another is given."""
        return (key or self.keys.current).sign({"iss": envelope.ISSUER, **event})

    def key_set(self) -> dict[str, list[dict[str, str]]]:
        """The key set, for somebody who fetched it."""
        self.key_fetches += 1
        return self.keys.jwks()


def _over(told: Body, given: Mapping[str, Any]) -> Body:
    return {name: value for name, value in {**told, **given}.items() if value is not None}
