"""The script in Redis and the model in Python decide alike."""

from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from canvas.client.bucket import Answered, Bucket, Outcome, Rejected, Turn
from workers.shared_bucket import KEY, SharedBucket, redis_client

ONLY_MODELLED = ("highest", "outflow_per_s", "in_flight", "rejections")

STEPS = 150


def some_outcome(chance: Random) -> Outcome:
    """Mostly an answer of an ordinary day; sometimes one of another."""
    figure = chance.choice([None, chance.uniform(-250, 800)])
    cost = chance.choice([None, chance.uniform(0, 60)])
    usual = Answered(remaining=chance.uniform(300, 600), cost=chance.uniform(0, 3))
    others: list[Outcome] = [
        Answered(remaining=figure, cost=cost),
        Rejected(),
        Rejected(retry_after_s=chance.uniform(0, 700)),
        None,
    ]
    return chance.choice([usual] * 8 + others)


def some_pause_s(chance: Random) -> float:
    return chance.choice([0.0, 0.0, 0.001, 0.1, 0.1, 1.0, chance.uniform(0, 29)])


@dataclass(slots=True)
class Pair:
    """Both of them, told the same at the same times."""

    model: Bucket
    script: SharedBucket
    redis: Redis
    now: float = 1_700_000_000.0
    held: list[tuple[str, float]] = field(default_factory=list)

    async def ask(self) -> tuple[Turn, Turn]:
        slot, ours = self.script.new_slot(), self.model.turn(self.now)
        if not ours.wait_s:
            self.model.enter(self.now)
            self.held.append((slot, self.now))
        return ours, (await self.script.enter(slot, now=self.now)).turn

    async def leave(self, outcome: Outcome, *, jitter: float) -> None:
        slot, entered_at = self.held.pop(0)
        told: dict[str, Any] = {"entered_at": entered_at, "outcome": outcome, "jitter": jitter}
        self.model.leave(self.now, **told)
        await self.script.leave(slot, **told, now=self.now)

    async def wait(self, seconds: float) -> None:
        await self.script.keep([slot for slot, _ in self.held], now=self.now)
        self.model.turn(self.now)
        self.now += seconds

    async def stored(self) -> dict[str, float]:
        fields: dict[bytes, bytes] = await self.redis.hgetall(KEY + "twin")  # type: ignore[assignment]
        return {name.decode(): float(value) for name, value in fields.items() if b":" not in name}

    def modelled(self) -> dict[str, float]:
        names = asdict(self.model)
        return {name: names[name] for name in names if name not in ONLY_MODELLED}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(seed=st.integers(min_value=0), highest=st.integers(1, 14))
async def test_the_script_decides_as_the_model_does(
    redis_url: str, seed: int, highest: int
) -> None:
    chance = Random(seed)
    async with redis_client(redis_url) as redis:
        await redis.delete(KEY + "twin")
        script = SharedBucket(redis, identity="twin", highest=highest)
        pair = Pair(Bucket(highest=highest), script, redis)
        for _ in range(STEPS):
            await pair.wait(some_pause_s(chance))
            if pair.held and chance.random() < 0.4:
                await pair.leave(some_outcome(chance), jitter=chance.random())
            ours, theirs = await pair.ask()
            assert (ours.wait_s == 0, ours.tight) == (theirs.wait_s == 0, theirs.tight)
            assert theirs.wait_s == pytest.approx(ours.wait_s, abs=1e-6)
            assert await pair.stored() == pytest.approx(pair.modelled(), abs=1e-5)
