"""One child: what is to run, and the process that does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings

_TETHER: Final = Path(__file__).with_name("tether.py")
_LONGEST_LINE: Final = 256 * 1024  # bytes; what is longer is told in pieces
Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """`environment` is the whole of it; `stdin` is given to it once. `unsaid`: lines with one of
    these texts are not passed on."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    stdin: bytes = field(default=b"", repr=False)
    unsaid: tuple[str, ...] = ()


class Process:
    """A child that was started. It leads a session of its own: Ctrl-C is for the parent alone."""

    def __init__(
        self, child: Child, process: asyncio.subprocess.Process, *, output: int, say: Say
    ) -> None:
        self._child, self._process = child, process
        self._listening = asyncio.create_task(self._pass_on(output, say))

    @classmethod
    async def start(cls, child: Child, *, say: Say) -> Process:
        """Raises OSError where no process can be made."""
        output, their_end = os.pipe()
        given = _readable(child.stdin)
        try:
            # The pipe is ours: asyncio would wait for processes that the child leaves behind.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())),
                *child.command,
                cwd=settings.BASE_DIR,
                env=dict(child.environment),
                stdin=given,
                stdout=their_end,
                stderr=their_end,
                start_new_session=True,
            )
        except BaseException:
            os.close(output)
            raise
        finally:
            os.close(their_end)
            os.close(given)
        return cls(child, process, output=output, say=say)

    async def ended(self) -> int:
        """Its status, negative for a signal, once nothing of it is left."""
        status = await self._process.wait()
        self.kill()  # processes of its own that it left behind
        await self._listening
        return status

    def terminate(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """The child, and the processes it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _pass_on(self, output: int, say: Say) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb", buffering=0)
        )
        rest = b""
        while piece := await reader.read(64 * 1024):
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._tell(line, say)
        self._tell(rest, say)
        transport.close()

    def _tell(self, line: bytes, say: Say) -> None:
        text = line.decode(errors="replace").rstrip()
        if text and not any(words in text for words in self._child.unsaid):
            say(self._child.name, text)


def _readable(text: bytes) -> int:
    """A pipe to read the text from, which must fit into it (4 KiB)."""
    theirs, ours = os.pipe()
    os.write(ours, text)
    os.close(ours)
    return theirs
