"""The vendor stub that all targets call: one constant answer, straight over asyncio, so that it is never the limit."""

import asyncio
import sys

BODY = (
    b'{"object":"list","data_ref":"data","data":[{"id":"vtx_1","source_id":"op_1","reason":"goodwill",'
    b'"type":"POINTS_ADDITION","details":{"balance":{"points":100,"balance":1350}},'
    b'"created_at":"2026-11-22T10:00:00.000Z"}],"has_more":false}'
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)


class Stub(asyncio.Protocol):
    """Answers every request that ends within one segment, after `DELAY_S`."""

    delay_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer."""
        if self.delay_s:
            asyncio.get_running_loop().call_later(self.delay_s, self.transport.write, HEAD + BODY)  # type: ignore[attr-defined]
        else:
            self.transport.write(HEAD + BODY)  # type: ignore[attr-defined]


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))
