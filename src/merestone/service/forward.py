"""Hands a request on to the process that makes the pages, over a socket that only this machine's user reaches.

HTTP/1.1 by h11, one connection for each request: what a page costs is far more.
"""

import asyncio
import logging
from collections import deque
from pathlib import Path
from typing import Any, Final

import h11
from starlette.types import Receive, Scope, Send

from merestone.service.begun_answer import BegunAnswer
from merestone.service.bodies import BodyRefused
from merestone.service.problem import problem

LOG: Final = logging.getLogger("merestone.service")
_ENDED_HERE: Final = {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect"}
"""Headers that are of one connection alone (RFC 9110, 7.6.1)."""
_STATED_HERE: Final = {b"x-forwarded-for", b"x-forwarded-proto", b"forwarded"}
_CHUNK: Final = 1 << 16


class Turns:
    """One piece of an answer at a time; between two of them the event loop looks at what else came.

    64 answers of megabytes, of which each has a piece ready, would otherwise be handed on one after the other before a
    check that came meanwhile is even read, and again before it is answered.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for the next turn."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            loop.call_soon(self._give, loop)
        await turn

    def _give(self, loop: asyncio.AbstractEventLoop) -> None:
        turn = self._waiting[0]
        if not turn.done():  # or its client has left
            turn.set_result(None)
        self._waiting.popleft()
        if self._waiting:
            loop.call_soon(self._give, loop)  # runs only after the loop has looked


class Forward:
    """The application that is somewhere else."""

    def __init__(self, path: Path) -> None:
        self.path, self._turns = path, Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and the answer back as it comes."""
        if scope["type"] != "http":
            return
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.path))
        except OSError:
            answer = problem(503, "the pages are starting, or have stopped; checks of a place go on. Try again soon")
            answer.headers["Retry-After"] = "2"
            await answer(scope, receive, send)
            return
        handed_back = BegunAnswer(send)
        try:
            await exchange(reader, writer, scope, receive, handed_back, turns=self._turns)
        except AnswerLost as error:
            LOG.warning("no whole answer to %s %s: %s", scope["method"], scope["path"], error)
            if handed_back.has_begun:
                raise
            await problem(502, "the process that makes the pages did not answer; try again")(scope, receive, send)
        except h11.LocalProtocolError as error:
            await problem(400, f"the request cannot be handed on: {error}")(scope, receive, send)
        finally:
            writer.close()


class AnswerLost(Exception):
    """The process over there ended before its answer did."""


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    turns: Turns | None = None,
) -> None:
    """Hand one request on by an open connection, and its answer back; no further once the client has left.

    Parameters
    ----------
    turns
        Each piece of the answer waits for its turn; None: none does.

    Raises
    ------
    AnswerLost
    BodyRefused
        The body is too large, or did not come in time.
    h11.LocalProtocolError
        Its headers cannot be sent.
    """
    connection = h11.Connection(h11.CLIENT)
    writer.write(connection.send(_request_of(scope)) or b"")
    sending = asyncio.ensure_future(_send_body(connection, receive, writer))
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                # A client that leaves closes our connection, and so gives up its turn over there.
                part = await _next_part(reader, sending)
                if turns is not None:
                    await turns.take()
                connection.receive_data(part)
            elif isinstance(event, h11.Response):
                headers = [(name, value) for name, value in event.headers if name not in _ENDED_HERE]
                await send({"type": "http.response.start", "status": event.status_code, "headers": headers})
            elif isinstance(event, h11.Data):
                await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
            elif isinstance(event, h11.EndOfMessage):
                await send({"type": "http.response.body", "body": b""})
                return
            elif isinstance(event, h11.ConnectionClosed):
                raise AnswerLost("the process ended its answer early")
    except _ClientGone:
        return
    except (h11.RemoteProtocolError, OSError) as error:
        raise AnswerLost(str(error)) from error
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


class _ClientGone(Exception):
    """Whoever asked has left."""


def _request_of(scope: Scope) -> h11.Request:
    target = scope.get("raw_path") or scope["path"].encode()
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    dropped = _ENDED_HERE | _STATED_HERE
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    headers.append((b"x-forwarded-for", (scope["client"][0] if scope.get("client") else "").encode()))
    headers.append((b"x-forwarded-proto", scope["scheme"].encode()))
    headers.append((b"connection", b"close"))
    if not any(name == b"content-length" for name, _ in headers) and scope["method"] in ("POST", "PUT", "PATCH"):
        headers.append((b"transfer-encoding", b"chunked"))
    return h11.Request(method=scope["method"], target=target, headers=headers)


async def _send_body(connection: h11.Connection, receive: Receive, writer: asyncio.StreamWriter) -> None:
    """The body as it comes; ends when the client leaves, and only then."""
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            if connection.our_state is h11.SEND_BODY:
                if message.get("body"):
                    writer.write(connection.send(h11.Data(data=message["body"])) or b"")
                if not message.get("more_body"):
                    writer.write(connection.send(h11.EndOfMessage()) or b"")
                await writer.drain()
    except OSError:
        # The pages took no more; their answer, such as that the body is too large, can still be read.
        await asyncio.Event().wait()


async def _next_part(reader: asyncio.StreamReader, sending: "asyncio.Future[None]") -> bytes:
    reading = asyncio.ensure_future(reader.read(_CHUNK))
    both: tuple[asyncio.Future[Any], ...] = (reading, sending)
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            return reading.result()
        if isinstance(refused := sending.exception(), BodyRefused):
            raise refused
        if sending.exception() is not None:
            raise h11.RemoteProtocolError("the request could not be handed on")
        raise _ClientGone
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
