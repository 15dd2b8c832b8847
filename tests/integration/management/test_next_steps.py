"""What people are told to do can be done with this version."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.core.management import get_commands

from tests.contract.source import modules

COMMAND = re.compile(r"manage\.py ([a-z_]+)")


def told(tree: ast.AST) -> Iterator[str]:
    """The commands named in the texts of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from COMMAND.findall(node.value)


def test_every_command_that_is_named_exists() -> None:
    named = {
        (str(path), command)
        for path, tree in modules()
        if not str(path).startswith("tests")
        for command in told(tree)
    }
    assert len(named) > 10
    assert {one for one in named if one[1] not in get_commands()} == set()


@pytest.mark.parametrize("text", ["run `manage.py doctor` now", "'manage.py doctor'"])
def test_a_command_that_does_not_exist_is_seen(text: str) -> None:
    assert list(told(ast.parse(repr(text)))) == ["doctor"]
