"""Counting what a client did."""

from canvas.client.stats import Spent, Stats


def waited(stats: Stats, seconds: float, *, until: float) -> None:
    stats.note_wait(queued_s=seconds, throttled_s=seconds, ended_at=until)


def test_waits_that_overlap_count_once() -> None:
    stats = Stats()
    waited(stats, 5.0, until=10.0)
    waited(stats, 6.0, until=12.0)
    assert stats.throttle_wait_s == 7.0
    assert stats.queued_s == 11.0


def test_waits_one_after_another_add_up() -> None:
    stats = Stats()
    waited(stats, 2.0, until=2.0)
    waited(stats, 3.0, until=105.0)
    assert stats.throttle_wait_s == 5.0


def test_waiting_behind_requests_of_ours_is_no_throttle() -> None:
    stats = Stats()
    stats.note_wait(queued_s=4.0, throttled_s=0.0, ended_at=4.0)
    assert (stats.queued_s, stats.throttle_wait_s) == (4.0, 0.0)


def test_counters_that_stayed_empty_are_left_out() -> None:
    stats = Stats(bytes=10)
    stats.verdicts["ok"] += 1
    assert stats.as_counts() == {"bytes": 10, "verdicts": {"ok": 1}}


def test_each_source_has_its_own_share_of_requests_and_cost() -> None:
    stats = Stats()
    for source, cost in (("submissions", 0.5), ("sections", 0.25), ("submissions", 1.0)):
        stats.note_request(source)
        stats.note_cost(source, cost)
    assert (stats.requests, stats.cost) == (3, 1.75)
    assert stats.spent_on("submissions") == Spent(requests=2, cost=1.5)
    assert stats.spent_on("quizzes") == Spent()
