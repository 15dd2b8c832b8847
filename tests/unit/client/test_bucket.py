"""The model of Canvas's bucket: when one more request may start."""

import pytest

from canvas.client.bucket import (
    BLIND,
    CALM_ANSWERS,
    FIRST,
    KNOWN_FOR_S,
    MOST,
    Answered,
    Bucket,
    Outcome,
    Rejected,
)

OK = Answered(remaining=600.0, cost=0.0)


def ask(bucket: Bucket, now: float = 0.0, *, outcome: Outcome = OK, took_s: float = 0.0) -> float:
    """One request from start to end; the moment it ended. It starts even if it should wait."""
    bucket.turn(now)
    bucket.enter(now)
    bucket.leave(now + took_s, entered_at=now, outcome=outcome, jitter=0.0)
    return now + took_s


def start_all(bucket: Bucket, now: float = 0.0) -> int:
    """Start as many as may start at once; how many they were."""
    started = 0
    while bucket.turn(now).wait_s == 0:
        bucket.enter(now)
        started += 1
    return started


def known(*, remaining: float = 600.0, ceiling: float = 600.0, limit: int = MOST) -> Bucket:
    """A bucket that answers have shown to be so full, with nothing in flight."""
    bucket = Bucket(highest=MOST)
    ask(bucket, outcome=Answered(remaining=ceiling, cost=0.0))
    bucket.room, bucket.limit = remaining, limit
    return bucket


def test_it_starts_carefully() -> None:
    assert start_all(Bucket(highest=MOST)) == FIRST


def test_an_empty_bucket_takes_ten_at_once_and_keeps_a_margin() -> None:
    assert start_all(known()) == 10


def test_a_larger_bucket_takes_no_more_than_600_by_50() -> None:
    assert start_all(known(remaining=2000.0, ceiling=2000.0)) == MOST


def test_concurrency_grows_with_answers_that_show_room() -> None:
    bucket = Bucket(highest=8)
    for answers in range(2 + 3 + 4 + 5 + 6 + 7):
        assert start_all(bucket, answers) < 8
        bucket.in_flight, bucket.room = 0, 600.0
        ask(bucket, answers)
    assert start_all(bucket, 27.0) == 8


def test_without_headers_concurrency_stays_small() -> None:
    bucket = Bucket(highest=MOST)
    for second in range(200):
        ask(bucket, second, outcome=Answered())
    assert start_all(bucket, 200.0) == BLIND


def test_what_was_seen_long_ago_is_not_believed() -> None:
    bucket = known()
    assert start_all(bucket, KNOWN_FOR_S + 1) == BLIND


def test_a_full_bucket_is_waited_for_as_long_as_it_leaks() -> None:
    turn = known(remaining=-180.0).turn(0.0)
    assert turn.wait_s == pytest.approx(58.0)
    assert turn.tight
    assert known(remaining=-180.0).turn(turn.wait_s).wait_s == 0


def test_when_all_are_in_flight_the_quota_is_not_the_reason() -> None:
    bucket = known(limit=3)
    assert start_all(bucket) == 3
    assert bucket.turn(0.0).tight is False


def test_work_done_is_paced_so_that_others_find_room() -> None:
    bucket = known(limit=1)
    now = 0.0
    while bucket.turn(now).wait_s == 0:
        ask(bucket, now, outcome=Answered(cost=5.0))
    assert bucket.room == pytest.approx(400.0, abs=5)


def test_less_room_than_expected_is_the_work_of_others() -> None:
    bucket = known()
    for _ in range(20):
        ask(bucket, outcome=Answered(remaining=100.0, cost=0.0))
    assert bucket.room == pytest.approx(100.0, abs=1)
    assert bucket.turn(0.0).tight


def test_more_room_is_believed_only_as_far_as_our_own_requests_cannot_explain_it() -> None:
    bucket = known(remaining=300.0)
    for _ in range(3):
        bucket.enter(0.0)
    bucket.leave(0.0, entered_at=0.0, outcome=Answered(remaining=290.0, cost=0.0), jitter=0.0)
    assert bucket.room == 200.0
    bucket.leave(0.0, entered_at=0.0, outcome=Answered(remaining=500.0, cost=0.0), jitter=0.0)
    assert bucket.room == 450.0


def test_a_first_answer_that_shows_little_does_not_hide_the_bucket() -> None:
    bucket = Bucket(highest=MOST)
    ask(bucket, outcome=Answered(remaining=20.0, cost=1.0))
    wait_s = bucket.turn(0.0).wait_s
    assert 0 < wait_s < 15
    assert bucket.turn(wait_s).wait_s == 0


def test_a_lost_answer_frees_its_place_and_its_reservation() -> None:
    bucket = known()
    ask(bucket, outcome=None)
    assert (bucket.in_flight, bucket.room) == (0, 599.0)


def test_a_rejection_halves_concurrency_down_to_one() -> None:
    bucket, now, limits = known(limit=8), 1.0, []
    for _ in range(5):
        now = ask(bucket, now, outcome=Rejected()) + 1
        limits.append(bucket.limit)
    assert limits == [4, 2, 1, 1, 1]


def test_pauses_grow_from_five_to_twenty_seconds() -> None:
    bucket, now, pauses = known(), 1.0, []
    for jitter in (0.0, 1.0, 0.0, 1.0):
        bucket.enter(now)
        bucket.leave(now, entered_at=now, outcome=Rejected(), jitter=jitter)
        pauses.append(bucket.turn(now).wait_s)
        now += 30
    assert pauses == pytest.approx([5.0, 12.5, 16.0, 20.0])


@pytest.mark.parametrize(("asked_s", "pause_s"), [(42.0, 42.0), (1.0, 5.0), (3600.0, 600.0)])
def test_a_retry_after_is_kept_within_reason(asked_s: float, pause_s: float) -> None:
    bucket = known()
    ask(bucket, 1.0, outcome=Rejected(retry_after_s=asked_s))
    assert bucket.turn(1.0).wait_s == pytest.approx(pause_s)


def test_requests_rejected_together_count_as_one() -> None:
    bucket = known(limit=8)
    for at in range(4):
        bucket.enter(at)
    for at in range(4):
        bucket.leave(10.0 + at, entered_at=at, outcome=Rejected(), jitter=0.0)
    assert (bucket.limit, bucket.rejections, bucket.turn(14.0).wait_s) == (4, 4, 1.0)


def test_after_the_pause_it_waits_until_the_bucket_has_leaked() -> None:
    bucket = known()
    now = ask(bucket, 1.0, outcome=Rejected())
    assert bucket.turn(now + 5.0).wait_s > 0
    bucket.turn(now + 40.0)
    assert bucket.turn(now + 40.0).wait_s == 0


def test_recovery_is_gradual() -> None:
    bucket = known(limit=4)
    now = ask(bucket, 1.0, outcome=Rejected()) + 30
    for _ in range(CALM_ANSWERS - 1):
        ask(bucket, now)
    assert bucket.limit == 2
    ask(bucket, now)
    assert bucket.limit == 3


def test_after_calm_the_next_pause_is_short_again() -> None:
    bucket = known()
    for now in (1.0, 50.0):
        ask(bucket, now, outcome=Rejected())
    for _ in range(CALM_ANSWERS):
        ask(bucket, 100.0)
    ask(bucket, 101.0, outcome=Rejected())
    assert bucket.turn(101.0).wait_s == 5.0


def test_a_clock_that_stands_still_or_goes_back_gives_nothing_away() -> None:
    bucket = known(remaining=100.0)
    bucket.turn(-50.0)
    assert bucket.room == 100.0


def test_a_quota_that_was_shown_too_large_once_is_forgotten() -> None:
    bucket, now, waits = known(ceiling=3000.0), 0.0, []
    for _ in range(60):
        while wait_s := bucket.turn(now).wait_s:
            waits.append(wait_s)
            now += wait_s
        now = ask(bucket, now, outcome=Answered(remaining=690.0, cost=0.3), took_s=0.1) + 1.0
    assert bucket.ceiling < 1500
    assert max(waits) > 10
    assert bucket.turn(now).wait_s < 1.5


def test_work_of_our_own_does_not_lower_what_the_bucket_holds() -> None:
    bucket, now = known(), 0.0
    for _ in range(200):
        now += bucket.turn(now).wait_s
        room = bucket.room + 10.0 * 0.1 - 2.0
        now = ask(bucket, now, outcome=Answered(remaining=min(room, 600.0), cost=2.0), took_s=0.1)
    assert bucket.ceiling == 600.0
