"""Who has certainly ended: of this machine a process is looked at, of another nothing is sure."""

from __future__ import annotations

import os
import subprocess
import sys

from sync.alive import has_ended, this_worker


def test_this_process_has_not_ended() -> None:
    assert not has_ended(this_worker())


def test_a_process_that_ended_is_known_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    here = this_worker().rpartition(" ")[0]
    assert has_ended(f"{here} {int(ended.stdout)}|1")


def test_another_process_with_the_number_of_a_dead_one_is_not_it() -> None:
    here = this_worker().rpartition(" ")[0]
    assert has_ended(f"{here} {os.getpid()}|1")


def test_a_zombie_has_ended() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    here = this_worker().rpartition(" ")[0]
    assert has_ended(f"{here} {child}|1")
    os.waitpid(child, 0)


def test_of_another_machine_nothing_is_certain() -> None:
    assert not has_ended("another-host|0815 12|34")
    assert not has_ended("")


def test_its_name_fits_the_column() -> None:
    assert len(this_worker()) < 200
