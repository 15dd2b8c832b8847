"""The way of a request: caller, bucket, view, page, faults, reply."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.message import Message
from email.utils import formatdate
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from simulator import routes
from simulator.auth import Caller, Doorkeeper, fingerprint, token_of
from simulator.call import Call, Listing
from simulator.errors import Refusal, method_not_allowed, throttled
from simulator.faults import FaultBook
from simulator.faults.kinds import KINDS
from simulator.paging import link_header, page_number, paginate
from simulator.posts import POSTS
from simulator.query import Query
from simulator.reply import Compressor, Reply, json_reply, refusal_reply
from simulator.requestlog import LoggedRequest, RequestLog
from simulator.throttle import Throttle
from simulator.world.world import World

STRING_IDS = "application/json+canvas-string-ids"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came in. `origin` is scheme and host as the client named them."""

    method: str
    target: str
    headers: Message
    origin: str
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, escapes kept."""
        return urlsplit(self.target).path

    @property
    def query_text(self) -> str:
        """The query as sent."""
        return urlsplit(self.target).query


@dataclass(slots=True, kw_only=True)
class Desk:
    """Answers API requests on behalf of a world."""

    world: World
    doorkeeper: Doorkeeper
    throttle: Throttle
    faults: FaultBook
    log: RequestLog
    latency_s: float = 0.0
    drop_includes: bool = False
    compressor: Compressor = field(default_factory=Compressor)
    served: int = 0

    def answer(self, request: Request) -> Reply:
        """The reply, compressed if wanted, with Canvas's headers; written to the log."""
        started = time.perf_counter()
        query = Query(request.query_text, drop_includes=self.drop_includes)
        key = fingerprint(token_of(request.headers, query))
        reply = self._guarded(request, query, key)
        fault = self.faults.pick(request.target, page_number(query.one("page")))
        if fault is not None:
            reply = KINDS[fault.kind](reply, fault.options)
        if "Content-Encoding" not in reply.headers:
            accepts = "gzip" in request.headers.get("Accept-Encoding", "")
            self.compressor.finish(reply, accepts_gzip=accepts)
        self._stamp(reply)
        self.log.add(
            LoggedRequest(
                method=request.method,
                path=request.path,
                query=_without_token(request.query_text, query),
                status=reply.status,
                at=self.world.now(),
                token=key,
                seconds=round(time.perf_counter() - started, 6),
                fault=fault.kind if fault else None,
                user_agent=request.headers.get("User-Agent", ""),
            )
        )
        return reply

    def _guarded(self, request: Request, query: Query, key: str) -> Reply:
        """Through the bucket, which stands before everything else."""
        if not self.throttle.enter(key):
            reply = refusal_reply(throttled(self.throttle.status))
            reply.headers["X-Rate-Limit-Remaining"] = f"{self.throttle.rejected_remaining(key):.4f}"
            return reply
        cost = 0.0
        try:
            if self.latency_s > 0:
                time.sleep(self.latency_s)
            reply = self._viewed(request, query)
            cost = self.throttle.cost_of(reply.rows, includes=len(query.includes))
        except Refusal as refusal:
            reply = refusal_reply(refusal)
        finally:
            remaining = self.throttle.leave(key, cost=cost)
        reply.headers["X-Request-Cost"] = f"{cost:.6f}"
        reply.headers["X-Rate-Limit-Remaining"] = f"{remaining:.4f}"
        return reply

    def _viewed(self, request: Request, query: Query) -> Reply:
        if request.method == "POST" and request.path in POSTS:
            return POSTS[request.path](self, request)
        caller = self.doorkeeper.admit(token_of(request.headers, query), request.headers)
        view, references = routes.match(request.path)
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed()
        string_ids = STRING_IDS in request.headers.get("Accept", "")
        world = self.world
        with world.lock:
            call = _call(world, request, query=query, caller=caller)
            answer = view(call, *references)
            if not isinstance(answer, Listing):
                return json_reply(answer, string_ids=string_ids)
            return _listed(answer, call, string_ids=string_ids)

    def _stamp(self, reply: Reply) -> None:
        self.served += 1
        name = f"{self.world.preset}:{self.world.seed}:{self.served}"
        reply.headers["X-Request-Context-Id"] = str(uuid5(NAMESPACE_URL, name))
        reply.headers["X-Runtime"] = "0.05"
        reply.headers["Date"] = formatdate(self.world.clock.now_s(), usegmt=True)


def _call(world: World, request: Request, *, query: Query, caller: Caller) -> Call:
    return Call(
        world=world,
        caller=caller,
        query=query,
        base=request.origin,
        path=request.path,
        now=world.now(),
    )


def _listed(listing: Listing, call: Call, *, string_ids: bool) -> Reply:
    page = paginate(listing, call)
    records = listing.render(page.rows)
    body = records if listing.root is None else {listing.root: records}
    reply = json_reply(body, string_ids=string_ids)
    reply.rows = len(records)
    reply.headers["Link"] = link_header(page.links)
    return reply


def _without_token(text: str, query: Query) -> str:
    if query.one("access_token") is None:
        return text
    kept = [part for part in text.split("&") if not part.startswith("access_token=")]
    return "&".join(kept)
