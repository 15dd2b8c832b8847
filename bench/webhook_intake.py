"""Events verified and durably stored per second, beside a bare Django view that inserts a row.

Both views are in one process tree, under the same server and the same middleware, and take turns;
PostgreSQL commits to the disk. 16 clients keep their connections. Run it with

    python -m tests.servers --durable -- python -m bench.webhook_intake
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import psycopg

ROOT: Final = Path(__file__).resolve().parent.parent
SITE: Final = "bench.webhook_site"
CLIENTS: Final = 16
EVENTS: Final = 2_000  # of a round
ROUNDS: Final = 5
WANTED: Final = 0.6  # what the acceptance of the project asks for
KID, ACCOUNT = "bench", "WvAHhY5FINzq5IyRIJybGeiXyFkG3SqHUPb7jZY5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the clients post to."""

    port: int
    webhook: str
    bare: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one round. `waits_s`: of every request, sorted."""

    seconds: float
    waits_s: Sequence[float]

    @property
    def per_s(self) -> float:
        return len(self.waits_s) / self.seconds

    def quantile_ms(self, share: float) -> float:
        return self.waits_s[int(share * (len(self.waits_s) - 1))] * 1000


def main(arguments: list[str]) -> None:
    """Takes the number of rounds, unless it is to be the usual one."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    with site() as place:
        sys.stdout.write(json.dumps(measure(place, rounds=rounds), indent=2) + "\n")


def measure(place: Place, *, rounds: int) -> dict[str, Any]:
    """Rounds of both, one after the other; ratios are those of neighbours."""
    for path in (place.bare, place.webhook):  # connections, imports, statistics
        post(place.port, path, signed(EVENTS // 8, round_=-1))
    bare, webhook = list[Figures](), list[Figures]()
    for round_ in range(rounds):
        bodies = signed(EVENTS, round_=round_)
        bare.append(post(place.port, place.bare, bodies))
        webhook.append(post(place.port, place.webhook, bodies))
    ratios = [ours.per_s / theirs.per_s for ours, theirs in zip(webhook, bare, strict=True)]
    return {
        "clients": CLIENTS,
        "events_of_a_round": EVENTS,
        "body_bytes": len(signed(1, round_=0)[0]),
        "bare_insert": summary(bare),
        "webhook": summary(webhook),
        "ratio": {"median": round(median(ratios), 2), "all": [round(one, 2) for one in ratios]},
        "wanted": WANTED,
    }


def summary(rounds: Sequence[Figures]) -> dict[str, Any]:
    return {
        "per_s": round(median(one.per_s for one in rounds)),
        "p50_ms": round(median(one.quantile_ms(0.5) for one in rounds), 1),
        "p99_ms": round(median(one.quantile_ms(0.99) for one in rounds), 1),
    }


def signed(count: int, *, round_: int) -> list[bytes]:
    """So many different grade changes as Canvas would send them."""
    from jwt.api_jws import PyJWS

    key, jws = _key(), PyJWS()
    bodies = []
    for number in range(count):
        payload = json.dumps(_event(f"{round_}-{number}")).encode()
        bodies.append(jws.encode(payload, key, algorithm="RS256", headers={"kid": KID}).encode())
    return bodies


def _event(name: str) -> dict[str, Any]:
    base = 21_070_000_000_000_000
    ids = ("submission_id", "assignment_id", "user_id", "student_id", "grader_id")
    return {
        "iss": "https://live-events.canvas.instructure.com",
        "metadata": {
            "event_name": "grade_change",
            "event_time": "2026-03-01T10:11:12.345Z",
            "producer": "canvas",
            "root_account_id": str(base + 1),
            "root_account_uuid": ACCOUNT,
            "root_account_lti_guid": "7db438071375c02373713c12c73869ff2f470b68.north.example",
            "context_type": "Course",
            "context_id": str(base + 101),
            "context_role": "TeacherEnrollment",
            "user_id": str(base + 565),
            "user_login": "bench@north.example",
            "request_id": name,
            "session_id": "ef686f8ed684abf78cbfa1f6a58112b5",
            "hostname": "north.example",
            "http_method": "PUT",
            "url": "https://north.example/api/v1/courses/101/assignments/7/submissions/565",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "client_ip": "192.0.2.7",
            "time_zone": "Europe/Berlin",
        },
        "body": {
            **{one: str(base + place) for place, one in enumerate(ids)},
            "grade": "4.5",
            "old_grade": "3",
            "score": 4.5,
            "old_score": 3,
            "points_possible": 10,
            "old_points_possible": 10,
            "muted": False,
        },
    }


def post(port: int, path: str, bodies: Sequence[bytes]) -> Figures:
    """All bodies, from CLIENTS connections at once. Raises AssertionError unless all are taken."""
    shares = [bodies[first::CLIENTS] for first in range(CLIENTS)]
    waits: list[float] = []
    threads = [threading.Thread(target=_post, args=(port, path, share, waits)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    assert len(waits) == len(bodies), "some were not taken"
    return Figures(seconds=seconds, waits_s=sorted(waits))


def _post(port: int, path: str, bodies: Sequence[bytes], waits: list[float]) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/jwt\r\n"
    with socket.create_connection(("127.0.0.1", port)) as line:
        for body in bodies:
            request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            began = time.perf_counter()
            line.sendall(request)
            answer = line.recv(65_536)
            waits.append(time.perf_counter() - began)
            assert answer.startswith(b"HTTP/1.1 204"), answer


@contextmanager
def site() -> Iterator[Place]:
    """The web server as in production, with an integration and the key of the bench."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": SITE, "LOG_LEVEL": "WARNING"}
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "-v0"], env=environment, cwd=ROOT, check=True)
    pk, uuid = _integration()
    port = _free_port()
    server = subprocess.Popen(_web_command(port), env=environment, cwd=ROOT)
    try:
        _await_ready(port, server)
        yield Place(port=port, webhook=f"/webhooks/canvas/{uuid}/", bare=f"/bare/{pk}/")
    finally:
        server.terminate()
        server.wait(30)


def _web_command(port: int) -> list[str]:
    from management.web import web_command

    return web_command(host="127.0.0.1", port=port)


def _integration() -> tuple[int, str]:
    """Stored beside the product, which would have to ask a Canvas."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        columns = "name, uuid, base_url, account_id, client_id, root_account_uuid, created_at"
        rest = "unsigned_events, sealed_token, sealed_client_secret, sealed_refresh_token"
        row = connection.execute(
            f"INSERT INTO canvas_canvasintegration ({columns}, {rest}, pause_reason,"
            " refused_credential) VALUES ('bench', gen_random_uuid(), 'https://north.example',"
            " 'self', '', %s, now(), false, '', '', '', '', '') RETURNING id, uuid".encode(),
            [ACCOUNT],
        ).fetchone()
        connection.execute(
            "INSERT INTO sync_webhookkeys (url, keys, fetched_at, tried_at) VALUES (%s, %s, now(),"
            " now())",
            [_keys_url(), json.dumps([_jwk()])],
        )
    assert row is not None
    return int(row[0]), str(row[1])


def _keys_url() -> str:
    from settings.base import WEBHOOK_KEYS_URL

    return str(WEBHOOK_KEYS_URL)


def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not _made:
        _made.append(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return _made[0]


_made: list[Any] = []


def _jwk() -> dict[str, str]:
    import base64

    numbers = _key().public_key().public_numbers()
    texts = (
        base64.urlsafe_b64encode(one.to_bytes(256, "big").lstrip(b"\0")).rstrip(b"=").decode()
        for one in (numbers.n, numbers.e)
    )
    return {"kid": KID, "kty": "RSA", **dict(zip(("n", "e"), texts, strict=True))}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not start; what it said is above")


if __name__ == "__main__":
    main(sys.argv[1:])
