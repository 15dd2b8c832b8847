"""The setting ASYNC_ATOMIC."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from canvas.models.aio.limits import Limits, limits


def test_nothing_has_to_be_set() -> None:
    assert limits() == Limits()


def test_each_limit_can_be_set_alone_and_is_read_when_asked() -> None:
    with override_settings(ASYNC_ATOMIC={"THREADS": 3, "WAIT_S": 1.5}):
        assert limits() == Limits(threads=3, wait_s=1.5)
    assert limits().threads == Limits().threads


@pytest.mark.parametrize(
    "wrong", [{"THREADS": 0}, {"IDLE_S": -1}, {"WAIT_S": "60"}, {"threads": 4}]
)
def test_what_makes_no_sense_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with override_settings(ASYNC_ATOMIC=wrong):
        with pytest.raises(ImproperlyConfigured, match=f"ASYNC_ATOMIC.*{next(iter(wrong))}"):
            limits()
