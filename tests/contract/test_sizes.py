"""Modules and functions stay small enough to be read at once."""

import ast

from tests.contract.source import ROOT, modules

_MODULE_LINES = 250
_FUNCTION_LINES = 50


def long_functions(tree: ast.AST) -> list[str]:
    """Names of the functions over the limit, decorators and docstrings included."""
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > _FUNCTION_LINES
    ]


def test_no_module_is_longer_than_250_lines() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path, _tree in modules()
    }
    assert {path: n for path, n in lengths.items() if n > _MODULE_LINES} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    found = [f"{path}:{name}" for path, tree in modules() for name in long_functions(tree)]
    assert found == []


def test_a_long_function_is_seen() -> None:
    assert long_functions(ast.parse("def f():\n" + "    pass\n" * 50)) == ["f"]
