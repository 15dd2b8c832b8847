"""The files under `deploy/` start what there is, with options that there are, for every queue."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from celery.bin.beat import beat
from celery.bin.worker import worker
from django.core.management import get_commands, load_command_class

import celeryconfig
from management.up.children import NODES as NODES_OF_UP
from management.up.running import GRACE_S
from management.web import asked, web_command
from sync.models import Run
from tests.contract.deploy_files import NODES, UNITS, Command, commands, copied, unit
from tests.contract.source import PACKAGES, ROOT

COMMANDS = commands()
CELERY = ("-m", "celery", "--quiet", "-A", "workers")
QUEUES = {str(queue) for queue in Run.Queue}


def options(command: Command) -> dict[str, object]:
    """The options of a worker or a beat as Celery reads them. Raises click's own errors."""
    name, *words = command[len(CELERY) :]
    program = {"worker": worker, "beat": beat}[name]
    read, left, _ = program.make_parser(click.Context(program)).parse_args(words)
    assert not left
    return read


def workers(file: str) -> dict[str, set[str]]:
    """Of the worker nodes a file starts: place → queues."""
    return {
        place: set(str(options(command)["queues"]).split(","))
        for place, command in COMMANDS.items()
        if place.startswith(file) and "worker" in command
    }


@pytest.mark.parametrize("place", COMMANDS)
def test_every_command_is_one_that_there_is(place: str) -> None:
    command = COMMANDS[place]
    if command[:2] == ("-m", "management.web"):
        assert asked(list(command[2:]))[0] == sys.executable
    elif command[:2] == ("-m", "celery"):
        assert command[: len(CELERY)] == CELERY
        options(command)
    else:
        program, name, *words = command
        assert program == "manage.py"
        found = load_command_class(get_commands()[name], name)
        found.create_parser("manage.py", name).parse_args(words)


def test_an_option_that_does_not_exist_is_seen() -> None:
    with pytest.raises(click.NoSuchOption):
        options((*CELERY, "worker", "--queue", "realtime"))


@pytest.mark.parametrize("file", ["Procfile", "canvas-mirror-worker@.service", "compose"])
def test_every_queue_is_served_and_what_is_urgent_has_a_node_of_its_own(file: str) -> None:
    served = list(workers(file).values())
    assert set().union(*served) == QUEUES
    assert {"realtime"} in served
    assert sorted(map(sorted, served)) == sorted(
        sorted(queues.split(",")) for queues in NODES_OF_UP.values()
    )


def test_one_clock_is_enough_for_each() -> None:
    clocks = [place.split()[0] for place, command in COMMANDS.items() if "beat" in command]
    assert clocks == ["Procfile", "canvas-mirror-beat.service", "compose"]


def test_a_worker_has_time_to_end_its_runs() -> None:
    grace_s = float(unit("canvas-mirror-worker@.service")["TimeoutStopSec"])
    assert celeryconfig.worker_soft_shutdown_timeout < GRACE_S < grace_s


@pytest.mark.parametrize("file", sorted(UNITS.glob("*.service")), ids=lambda file: file.name)
def test_a_service_may_do_little(file: Path) -> None:
    lines = unit(file.name)
    assert (lines["User"], lines["NoNewPrivileges"]) == ("canvas-mirror", "yes")
    assert (lines["ProtectSystem"], lines["KillSignal"]) == ("strict", "SIGTERM")


def test_the_image_has_every_package_and_what_it_is_made_from() -> None:
    needed = {ROOT / name for name in (*PACKAGES, "manage.py", "celeryconfig.py")}
    assert copied() == needed | {ROOT / "pyproject.toml", ROOT / "uv.lock"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for file in UNITS.iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace("/opt/canvas-mirror/.venv/bin/python", sys.executable)
        text = text.replace("/opt/canvas-mirror", str(ROOT)).replace("=canvas-mirror\n", "=root\n")
        (tmp_path / file.name).write_text(text.replace("=/etc/", "=-/etc/"), encoding="utf-8")
    for node in NODES:
        shutil.copy(tmp_path / "canvas-mirror-worker@.service", _instance(tmp_path, node))
    (tmp_path / "canvas-mirror-worker@.service").unlink()
    units = [str(file) for kind in ("service", "target") for file in tmp_path.glob(f"*.{kind}")]
    said = subprocess.run(
        ["systemd-analyze", "verify", *units],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (said.returncode, said.stderr) == (0, "")


def _instance(folder: Path, node: str) -> Path:
    return folder / f"canvas-mirror-worker@{node}.service"


def test_up_starts_the_same_web_server() -> None:
    assert asked(["--port", "8001", "--workers", "1"]) == web_command(
        host="127.0.0.1", port=8001, workers=1
    )
