"""Who is alive: a process of this machine is looked at, of another one its silence counts."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

from django.utils import timezone

from sync.alive import SILENCE, is_alive, this_worker

ELSEWHERE = "another-host|0815 12|34"


def test_this_process_is_alive_however_long_it_is_silent() -> None:
    assert is_alive(this_worker(), alive_at=timezone.now() - dt.timedelta(days=1))


def test_a_process_that_ended_is_dead_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    here = this_worker().rpartition(" ")[0]
    assert not is_alive(f"{here} {int(ended.stdout)}|1", alive_at=timezone.now())


def test_another_process_with_the_number_of_a_dead_one_is_not_it() -> None:
    here = this_worker().rpartition(" ")[0]
    assert not is_alive(f"{here} {os.getpid()}|1", alive_at=timezone.now())


def test_a_zombie_is_dead() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    here = this_worker().rpartition(" ")[0]
    assert not is_alive(f"{here} {child}|1", alive_at=timezone.now())
    os.waitpid(child, 0)


def test_of_another_machine_only_silence_tells() -> None:
    lately = timezone.now() - SILENCE + dt.timedelta(minutes=1)
    assert is_alive(ELSEWHERE, alive_at=lately)
    assert not is_alive(ELSEWHERE, alive_at=lately - dt.timedelta(minutes=2))
    assert not is_alive(ELSEWHERE, alive_at=None)


def test_its_name_fits_the_column() -> None:
    assert len(this_worker()) < 200
