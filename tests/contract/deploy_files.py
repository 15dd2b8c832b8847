"""What the files under `deploy/` start: every command line in words, variables filled in."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.contract.source import ROOT

DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
NODES = ("realtime", "main")
_PYTHON = {"/opt/canvas-mirror/.venv/bin/python", ".venv/bin/python", "python"}
Command = tuple[str, ...]


def commands() -> dict[str, Command]:
    """Where it is named → the words after the interpreter."""
    found = dict([*_of_procfile(), *_of_units(), *_of_compose(), *_of_container()])
    return {place: _of_python(words) for place, words in found.items()}


def unit(name: str) -> dict[str, str]:
    """The lines of a unit; of those that come twice the last."""
    lines = (UNITS / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Za-z]+=", line))


def variables(node: str) -> dict[str, str]:
    """What `worker-NODE.env` sets."""
    lines = (UNITS / f"worker-{node}.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _of_python(words: list[str]) -> Command:
    assert words[0] in _PYTHON, words
    return tuple(words[1:])


def _of_procfile() -> Iterator[tuple[str, list[str]]]:
    for line in (DEPLOY / "Procfile").read_text(encoding="utf-8").splitlines():
        name, command = line.split(": ", 1)
        yield f"Procfile {name}", shlex.split(command.replace("$PORT", "8000"))


def _of_units() -> Iterator[tuple[str, list[str]]]:
    for file in sorted(UNITS.glob("*.service")):
        command = unit(file.name)["ExecStart"]
        if "@" not in file.name:
            yield file.name, shlex.split(command)
            continue
        for node in NODES:
            filled = command.replace("%i", node).replace("%%", "%")
            for name, value in variables(node).items():
                filled = filled.replace(f"${{{name}}}", value)
            yield f"{file.name} {node}", shlex.split(filled)


def _of_compose() -> Iterator[tuple[str, list[str]]]:
    """Lists on one line are JSON as well; no other command is ours."""
    service = ""
    for line in (DEPLOY / "compose.yaml").read_text(encoding="utf-8").splitlines():
        if named := re.fullmatch(r"  ([a-z]+):", line):
            service = named[1]
        command = re.fullmatch(r'    command: (\["python".*\])', line)
        if command:
            yield f"compose {service}", json.loads(command[1])


def _of_container() -> Iterator[tuple[str, list[str]]]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    command = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert command
    yield "Containerfile", json.loads(command[1])


def copied() -> set[Path]:
    """What of the checkout goes into the image."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)
    return {ROOT / word for line in lines for word in line.split()}
