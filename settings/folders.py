"""Folders and files that only their owner may read."""

import os
import tempfile
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """The folder, made with mode 0700 if it was missing. Raises: OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_once(file: Path, text: str) -> None:
    """Write `text` whole, mode 0600, unless the file exists; of two writers at once one wins.

    Raises: OSError.
    """
    descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        _publish(Path(draft), file)
    finally:
        Path(draft).unlink(missing_ok=True)


def _publish(draft: Path, file: Path) -> None:
    """Give the draft its name; a link, unlike a rename, never replaces the other writer's file."""
    try:
        os.link(draft, file)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        draft.replace(file)
