"""Looking for secrets: in every form they may have taken, wherever text can be left behind."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import redis

from tests.acceptance.driver import Mirror, Running

# Unlike a token of Canvas: no pattern of the redaction may be what saves it. Quoting changes it.
CANARY = "Zy9+canary/kQ7=w3xTq81pL"
CLIENT_SECRET = "Cs4+client/hV2=mm0Rb65sN"
REFRESH_TOKEN = "Rt8+refresh/uJ5=pd9Wc23eK"


def forms_of(secret: str) -> dict[str, bytes]:
    """As it is, encoded in any way that can be read back, or enough of it to know it by."""
    plain = secret.encode()
    forms = {
        "clear": plain,
        "its beginning": plain[:10],
        "its end": plain[-10:],
        "percent-encoded": quote(secret, safe="").encode(),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
    }
    for shift in range(3):
        forms[f"base64 at {shift}"] = _base64(plain, shift)
        forms[f"url-safe base64 at {shift}"] = _base64(plain, shift).translate(_URL_SAFE)
    return forms


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _base64(plain: bytes, shift: int) -> bytes:
    """What base64 makes of it whatever precedes (`shift` bytes, modulo 3) and follows it."""
    first, end = -(-8 * shift // 6), 8 * (shift + len(plain)) // 6
    return base64.b64encode(b"\0" * shift + plain)[first:end]


def leaks(places: Mapping[str, str | bytes], *secrets: str) -> list[str]:
    """Where which secret is found in what form: `stderr: Zy9 in hex`."""
    return [
        f"{place}: {secret[:3]}… {form}"
        for place, content in places.items()
        for secret in secrets
        for form, text in forms_of(secret).items()
        if text in (content.encode() if isinstance(content, str) else content)
    ]


def command_line(process: Running | subprocess.Popen[bytes]) -> bytes:
    """What everybody on the machine sees of a running process."""
    listed = Path(f"/proc/{process.pid}/cmdline")
    if listed.exists():
        return listed.read_bytes()
    shown = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(process.pid)], capture_output=True
    )
    return shown.stdout


def ended(process: Running, *, stdin: str = "") -> dict[str, str | bytes]:
    """All that is to be seen of a command, from outside, until it ends."""
    seen = command_line(process)
    stdout, stderr = process.communicate(stdin, timeout=120)
    return {"stdout": stdout, "stderr": stderr, "command line": seen}


def stored(mirror: Mirror) -> dict[str, str | bytes]:
    """Everything the database holds: each file of SQLite, or each row of each table as text."""
    if mirror.is_postgres:
        return _tables(mirror.database_url)
    file = Path(urlsplit(mirror.database_url).path)
    return {each.name: each.read_bytes() for each in file.parent.glob(f"{file.name}*")}


def _tables(url: str) -> dict[str, str | bytes]:
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url) as connection:
        return {
            name: "\n".join(
                row for (row,) in connection.execute(f'SELECT t::text FROM "{name}" t'.encode())
            )
            for (name,) in connection.execute(names.encode()).fetchall()
        }


def keyspace(url: str) -> dict[str, str | bytes]:
    """Every key of every database of a Redis, with what it holds."""
    with redis.Redis.from_url(url) as connection:
        numbers = [int(name.removeprefix("db")) for name in connection.info("keyspace")]
    found: dict[str, str | bytes] = {}
    for number in numbers:
        with redis.Redis.from_url(f"{url.rpartition('/')[0]}/{number}") as connection:
            for key in connection.scan_iter():
                found[f"{number} {key!r}"] = repr(key).encode() + _held(connection, key)
    return found


def _held(connection: redis.Redis, key: bytes) -> bytes:
    """All parts of any kind of value. The commands are asked as such: their answers are bytes."""
    read = {
        b"string": ("GET", key),
        b"list": ("LRANGE", key, 0, -1),
        b"set": ("SMEMBERS", key),
        b"zset": ("ZRANGE", key, 0, -1),
        b"hash": ("HGETALL", key),
    }
    kind = connection.type(key)
    assert isinstance(kind, bytes)
    answer: object = connection.execute_command(*read[kind])  # type: ignore[no-untyped-call]
    return repr(answer).encode()
