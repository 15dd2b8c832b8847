"""HTTP/1.1 over real sockets: one thread per connection, kept alive, faults with a raw hand."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulator import control
from simulator.desk import Request
from simulator.faults.delivery import WAYS
from simulator.reply import Reply, json_reply

logger = logging.getLogger(__name__)
MAX_BODY_BYTES = 16 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Listens for one simulated Canvas and can hang up on everybody at once."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], panel: control.Panel) -> None:
        self.panel = panel
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()
        self.connections_lock = threading.Lock()
        super().__init__(address, Handler)

    def hang_up(self) -> None:
        """Close the listening socket and every open connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self.connections_lock:
            for connection in list(self.connections):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that went away are no news; anything else is a bug of ours."""
        logger.debug("connection.failed", extra={"peer": str(client_address)})


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        with self.server.connections_lock:
            self.server.connections.add(self.connection)

    def finish(self) -> None:
        with self.server.connections_lock:
            self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def respond(self) -> None:
        """Answer whatever was asked."""
        body = self._body()
        try:
            reply = self._reply(body)
        except Exception:
            logger.exception("request.failed")
            reply = json_reply({"errors": [{"message": "simulator bug, see its log"}]}, status=500)
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        wanted = int(length) if length.isdigit() else 0
        return self.rfile.read(min(wanted, MAX_BODY_BYTES))

    def _reply(self, body: bytes) -> Reply:
        name, port = self.server.server_address[:2]
        host = self.headers.get("Host") or f"{name!s}:{port}"
        request = Request(
            method=self.command,
            target=self.path,
            headers=self.headers,
            origin=f"http://{host}",
            body=body,
        )
        if request.path.startswith(control.PREFIX):
            return self.server.panel.answer(request, body, peer=str(self.client_address[0]))
        return self.server.panel.desk.answer(request)

    def _send(self, reply: Reply) -> None:
        raw = self._raw(reply)
        if reply.delivery is None:
            self.wfile.write(raw)
            return
        self.close_connection = True
        WAYS[reply.delivery](self.connection, raw, options=reply.options, stop=self.server.stopping)

    def _raw(self, reply: Reply) -> bytes:
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        lines.append(f"Content-Length: {len(reply.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return head if self.command == "HEAD" else head + reply.body

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: requests are in the request log."""
