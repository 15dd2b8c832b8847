"""An operator in the process of the test: runs one command on its database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from management.command import OperatorCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout. Raises ValueError for none, and for more than one."""
        return json.loads(self.stdout)


class Operator:
    """`operator("verify", "--json")`."""

    def __init__(self, command: type[OperatorCommand], capsys: pytest.CaptureFixture[str]) -> None:
        self._command, self._capsys = command, capsys

    def __call__(self, *arguments: str) -> Answer:
        code = 0
        name = self._command.__module__.rpartition(".")[2]
        try:
            self._command().run_from_argv(["manage.py", name, *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = self._capsys.readouterr()
        return Answer(code=code, stdout=said.out, stderr=said.err)
