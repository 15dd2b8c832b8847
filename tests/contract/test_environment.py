"""Only `settings/` reads the environment."""

import ast

from tests.contract.source import modules

_READERS = {"environ", "environb", "getenv", "getenvb"}


def reads_environment(tree: ast.AST) -> bool:
    """Whether a file touches os.environ, but for naming Django's settings module."""
    harmless = {
        node.func.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setdefault"
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == "DJANGO_SETTINGS_MODULE"
    }
    return any(
        (isinstance(node, ast.Attribute) and node.attr in _READERS and node not in harmless)
        or (isinstance(node, ast.alias) and node.name in _READERS | {"environs"})
        for node in ast.walk(tree)
    )


def test_only_settings_read_the_environment() -> None:
    packages = ("canvas", "sync", "workers", "management", "simulator")
    assert [str(path) for path, tree in modules(*packages) if reads_environment(tree)] == []


def test_a_read_of_the_environment_is_seen() -> None:
    assert reads_environment(ast.parse("import os\ndef f():\n    return os.environ['HOME']"))
    assert reads_environment(ast.parse("from os import getenv"))


def test_naming_the_settings_module_is_allowed() -> None:
    line = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings.base')"
    assert not reads_environment(ast.parse(line))
