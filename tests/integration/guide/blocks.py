"""The Python blocks of a page of our documents: found, cut into parts, and run as printed."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from tests.contract.source import ROOT

_FENCE = re.compile(r"^(?P<indent> *)```python\n(?P<code>.*?)^(?P=indent)```$", re.M | re.S)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.M)
# Where a block shows both ways, this comment begins the one for coroutines.
_ASYNC_PART = re.compile(r"^# Async version$", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of `page`: the `number`-th under its heading, beginning after line `line`."""

    page: str
    heading: str
    number: int
    line: int
    code: str

    async def run(self, supplied: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The names each part leaves behind, `supplied` ones included.

        Raises AssertionError unless exactly the names are supplied that the block leaves open.
        """
        assert set(supplied) == self.open_names(), f"{self} leaves open {self.open_names()}"
        names: dict[str, Any] = dict(supplied)
        left: list[dict[str, Any]] = []
        for part, line, is_sync in self._parts():
            code = self._compiled(part, line)
            if is_sync:
                # As in a synchronous program: on a thread without an event loop.
                await sync_to_async(eval)(code, names)
            else:
                coroutine = eval(code, names)
                if code.co_flags & inspect.CO_COROUTINE:
                    await coroutine
            left.append(dict(names))
        return left

    def _parts(self) -> list[tuple[str, int, bool]]:
        """Shape: (text, lines before it on the page, whether it is the synchronous way)."""
        mark = _ASYNC_PART.search(self.code)
        if mark is None:
            return [(self.code, self.line, False)]
        before, after = self.code[: mark.start()], self.code[mark.start() :]
        return [(before, self.line, True), (after, self.line + before.count("\n"), False)]

    def _compiled(self, part: str, line: int) -> Any:
        """With the page's own line numbers, so that a traceback leads there."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile("\n" * line + part, self.page, "exec", flags=flags, dont_inherit=True)

    def open_names(self) -> set[str]:
        """The names the block reads and nothing in it binds."""
        tree = ast.parse(self.code)
        nodes = list(ast.walk(tree))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        bound = {one.id for one in names if isinstance(one.ctx, ast.Store)}
        bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        bound |= {node.name for node in nodes if isinstance(node, _DEFINES) and node.name}
        bound |= {
            (alias.asname or alias.name).partition(".")[0]
            for node in nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        return {one.id for one in names} - bound - set(vars(builtins))


_DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler


@functools.cache
def blocks_of(page: str) -> tuple[Block, ...]:
    """Every Python block of the page, a path from the root of the checkout."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _FENCE.finditer(text):
        heading = _HEADING.findall(_without_code(text[: match.start()]))[-1]
        number = 1 + sum(block.heading == heading for block in found)
        line = text.count("\n", 0, match.start("code"))
        found.append(Block(page, heading, number, line, textwrap.dedent(match["code"])))
    return tuple(found)


def _without_code(text: str) -> str:
    """A comment inside code looks like a heading."""
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.M | re.S)
