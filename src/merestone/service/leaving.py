"""A server that ends, and resets nobody's connection who asked before they could know that it would.

What has been read is answered, the last answer on a connection says `Connection: close`, and a connection that is open
without a request stays so for a while longer, since one may be on its way. Source: RFC 9112, 9.3 and 9.6.
"""

import asyncio
import contextlib
import selectors
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Final

import uvicorn
from uvicorn.server import ServerState

WAITS_WHEN_REPLACED_S: Final = 5.0
"""How long a process whose place another has taken waits for one more request on an open connection."""
WAITS_AT_END_S: Final = 1.0
"""The same at the end of the whole service."""
ACCEPTS_FOR_S: Final = 0.1
"""For so long a service that ends takes the connections that were made before it told the system to take no more."""
_ATTACH_FILTER: Final = 26
"""SO_ATTACH_FILTER, which Python has no name for; socket(7)."""
_LETS_BEGIN_NO_CONNECTION: Final = (
    (0x30, 0, 0, 13),  # load the byte with TCP's flags
    (0x54, 0, 0, 0x12),  # of these, SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone begins a connection:
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # keep everything else
)
"""A filter for a socket that listens, as bpf(4) writes them: each an operation, two jumps and a value."""


class _Ended(BaseException):
    """SIGTERM came."""


@contextlib.contextmanager
def cleaned_at_sigterm() -> Iterator[None]:
    """Have SIGTERM leave the blocks within this one before it ends the process, as Ctrl-C does: folders are removed.

    uvicorn ends in order and then raises the signal again, by which a process is gone at once if nothing handles it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_: object) -> None:
        raise _Ended

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except _Ended:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)  # who started it is told by what it ended
    finally:
        signal.signal(signal.SIGTERM, before)


class LeavingState(ServerState):
    """What all connections of a server know of it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_leaving = False
        self.waits_s = WAITS_AT_END_S


class LeavingServer(uvicorn.Server):
    """uvicorn's server, whose connections know that it ends."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state: LeavingState = LeavingState()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, and end once all that began has ended."""
        self.server_state.is_leaving = True
        await super().shutdown(sockets)


async def refuse_new(listening: socket.socket) -> None:
    """Have the system begin no new connection, and leave time for those that have begun to be accepted.

    Closing the socket that listens would reset them. A client that comes later asks again after a second, as TCP does,
    and is refused then. Where there is no such filter, whoever comes in this moment may be reset.
    """
    if sys.platform != "linux":
        return
    import ctypes

    code = b"".join(struct.pack("HBBI", *operation) for operation in _LETS_BEGIN_NO_CONNECTION)
    operations = ctypes.create_string_buffer(code, len(code))
    with contextlib.suppress(OSError):
        program = struct.pack("HL", len(_LETS_BEGIN_NO_CONNECTION), ctypes.addressof(operations))
        listening.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
    await asyncio.sleep(ACCEPTS_FOR_S)


def has_unread(transport: asyncio.BaseTransport) -> bool:
    """Whether something has come on a connection that its process has not read yet."""
    connection = transport.get_extra_info("socket")
    if connection is None or connection.fileno() < 0:
        return False
    with selectors.DefaultSelector() as looks:
        looks.register(connection.fileno(), selectors.EVENT_READ)
        return bool(looks.select(0))
