"""A model that answers every request with one completion after a delay, for little CPU: `PORT DELAY_S`.

Written by hand because it must cost less than whatever is measured before it.
"""

from __future__ import annotations

import asyncio
import sys

from benchmarks.articles import completion


class ModelProtocol(asyncio.Protocol):
    """Answer when a request is whole."""

    _body = completion()
    _reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_body), _body)

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with a caller."""
        self._transport, self._received = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        """Collect a request; answer it after the delay."""
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]) if separator else 0
        if separator and len(rest) >= length:
            self._received = rest[length:]
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, self._reply)  # type: ignore[attr-defined]


async def serve(port: int, delay_s: float) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(
        lambda: ModelProtocol(delay_s), "127.0.0.1", port, backlog=1_024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
