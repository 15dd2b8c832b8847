"""Who runs a server: ourselves, or an account without rights when we are root.

PostgreSQL refuses to run as root. We change the uid of the child and of files that we made, and
nothing else: no account is added, no folder of the machine gets another mode.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NOBODY_UID = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The uid and gid that a server runs under; None means ours."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """What `subprocess` needs to start a child as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, folder: Path) -> None:
        """Give the folder, which we made, and everything in it to this account."""
        if self.uid is None or self.gid is None:
            return
        os.chown(folder, self.uid, self.gid)
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(Path(place) / name, self.uid, self.gid, follow_symlinks=False)

    def can_run(self, program: Path, *, folder: Path) -> bool:
        """Whether `program --version` works as this account, started in `folder`."""
        try:
            answer = subprocess.run(
                [program, "--version"], cwd=folder, capture_output=True, **self.popen_arguments()
            )
        except OSError:
            return False
        return answer.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether every folder on the way lets this account pass."""
        if self.uid is None:
            return os.access(folder, os.W_OK | os.X_OK)
        return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def unprivileged_account() -> Account:
    """Ourselves, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return Account()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=_NOBODY_UID, gid=_NOBODY_UID)
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


@contextmanager
def workspace(account: Account, *, name: str) -> Iterator[Path]:
    """A new private folder of the account, gone afterwards."""
    parents = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    parent = next((place for place in parents if account.can_enter(place)), parents[0])
    folder = Path(tempfile.mkdtemp(prefix=f"canvas-mirror-{name}-", dir=parent)).resolve()
    try:
        account.own(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
