"""R37, the inbox: what comes while the broker is away is queued, and sent when it is back."""

from __future__ import annotations

from typing import Any

import redis

from tests.acceptance.driver import Mirror

AWAY = "redis://127.0.0.1:1/0"
EVENT = (
    "INSERT INTO sync_webhookevent (integration_id, digest, event_name, document, repeats, "
    "received_at, outcome) VALUES (1, 'd', 'course_updated', "
    """'{"metadata": {}, "body": {"course_id": "101"}}', 0, '2026-01-01 00:00:00+00', '')"""
)
QUEUED = "SELECT id, dispatched_at IS NOT NULL FROM sync_run WHERE state = 'queued'"


def replayed(mirror: Mirror, broker: str) -> Any:
    done = mirror.manage("webhooks", "replay", "1", "--json", REDIS_URL=broker)
    assert done.code == 0, done.stderr
    return done.report


def test_events_are_queued_while_the_broker_is_away_and_sent_when_it_is_back(
    synced: Mirror, redis_url: str
) -> None:
    synced.sql(EVENT)
    assert replayed(synced, AWAY)["refreshes_queued"] == 1
    ((run, is_sent),) = synced.sql(QUEUED)
    assert not is_sent
    replayed(synced, redis_url)
    assert synced.sql(QUEUED) == [(run, True)]
    with redis.Redis.from_url(redis_url) as broker:
        assert broker.llen("realtime") == 1
