"""Promise R29: processes that share a token stay under Canvas's limit and use what it allows.

The measurement of `python -m bench.throttle`, once and shorter.
"""

import pytest

from bench.throttle import SCENARIOS, measure


def test_r29_four_processes_are_never_rejected_and_use_the_allowed_rate(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    found = measure(SCENARIOS["4 processes"], warm_up_s=0.0, seconds=40.0)
    assert found.rejections == 0
    assert found.share_used >= 0.8
