"""A TLS proxy in front of a server without TLS."""

import asyncio
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from tests.support.certificates import Certificate


@contextmanager
def tls_before(port: int, certificate: Certificate, *, clients: str | None = None) -> Generator[int, None, None]:
    """Terminate TLS on a free port, yield the port, and forward to another port of this machine.

    clients: the file of the authority whose certificates clients must present.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_serve(port, context), loop).result(timeout=10)
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end_connections(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(port: int, context: ssl.SSLContext) -> asyncio.Server:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass_on(reader, behind[1]), _pass_on(behind[0], writer))

    return await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _end_connections() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
