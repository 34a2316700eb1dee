"""Whether an answer has begun: then nothing else can be answered any more."""

from starlette.types import Message, Send


class BegunAnswer:
    """Sends an answer on, and remembers that it has begun."""

    def __init__(self, send: Send) -> None:
        self._send, self.has_begun = send, False

    async def __call__(self, message: Message) -> None:
        """Send one message of it on."""
        self.has_begun = True
        await self._send(message)
