"""Somebody who receives events over HTTP, and answers as planned."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What was posted."""

    path: str
    content_type: str
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted; `answers` are its statuses, the last one for all that follow. Status 0
    hangs up without any."""

    daemon_threads = True

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.posts = list(answers or (204,)), list[Post]()
        self.arrived = threading.Condition()
        serve = {"poll_interval": 0.02}
        threading.Thread(target=self.serve_forever, kwargs=serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/secret"

    def keep(self, post: Post) -> int:
        with self.arrived:
            self.posts.append(post)
            self.arrived.notify_all()
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def wait(self, count: int, timeout_s: float = 20.0) -> bool:
        """Whether so many were posted in time."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.posts) >= count, timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        post = Post(path=self.path, content_type=self.headers["Content-Type"], body=body)
        status = self.server.keep(post)
        if status:
            self.send_response(status)
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass
