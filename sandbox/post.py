"""A small HTTP/1.1 client for deliveries: keep-alive, one request at a time a connection, bodies that fit in memory.

A general client spends several times the CPU a request, and the sandbox must outrun what it measures.
"""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_ANSWER = 1 << 20
IDLE_CONNECTIONS = 64
"""Kept open for each address."""


class DeliveryError(Exception):
    """The webhook could not be reached or did not answer properly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    host: str
    port: int
    tls: bool


@dataclass(slots=True, eq=False)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False


class Poster:
    def __init__(self) -> None:
        self._idle: dict[Address, list[Connection]] = {}
        self._tls = ssl.create_default_context()
        self._parsed: dict[str, tuple[Address, bytes]] = {}

    async def request(
        self, url: str, *, method: str = "POST", headers: bytes = b"", body: bytes = b"", timeout: float = 10.0
    ) -> Answer:
        """Raises: DeliveryError when there is no proper answer within `timeout` seconds.

        `headers` are ready lines, each ended by CRLF.
        """
        address, target = self._where(url)
        head = b"%s %s HTTP/1.1\r\nHost: %s:%d\r\n%sContent-Length: %d\r\n\r\n" % (
            method.encode(),
            target,
            address.host.encode("idna"),
            address.port,
            headers,
            len(body),
        )
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(address, head + body)
        except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise DeliveryError(type(error).__name__) from error

    async def _exchange(self, address: Address, data: bytes) -> Answer:
        while True:
            connection = await self._connection(address)
            fine = False
            try:
                connection.writer.write(data)
                answer, keep = await _read_answer(connection.reader)
                fine = keep
            except (ConnectionError, EOFError):
                # A server may close an idle connection just as it is used again; only a fresh one tells the truth.
                if not connection.used:
                    raise
                continue
            finally:
                if fine:
                    self._release(address, connection)
                else:
                    connection.writer.close()
            return answer

    async def _connection(self, address: Address) -> Connection:
        idle = self._idle.get(address)
        while idle:
            connection = idle.pop()
            if not connection.reader.at_eof() and not connection.writer.is_closing():
                return connection
            connection.writer.close()
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=self._tls if address.tls else None
        )
        return Connection(reader, writer)

    def _release(self, address: Address, connection: Connection) -> None:
        connection.used = True
        idle = self._idle.setdefault(address, [])
        if len(idle) < IDLE_CONNECTIONS:
            idle.append(connection)
        else:
            connection.writer.close()

    def _where(self, url: str) -> tuple[Address, bytes]:
        known = self._parsed.get(url)
        if known is None:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise DeliveryError("not an http or https URL")
            tls = parts.scheme == "https"
            address = Address(host=parts.hostname, port=parts.port or (443 if tls else 80), tls=tls)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            known = self._parsed[url] = (address, target.encode("ascii", "replace"))
            if len(self._parsed) > 10_000:
                self._parsed.clear()
        return known

    async def close(self) -> None:
        connections = [connection for idle in self._idle.values() for connection in idle]
        self._idle.clear()
        for connection in connections:
            connection.writer.close()
        await asyncio.gather(*(connection.writer.wait_closed() for connection in connections), return_exceptions=True)


async def _read_answer(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    """The answer and whether the connection may be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, status, *_ = head[0].split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = await _read_chunks(reader)
    elif "content-length" in headers:
        length = int(headers["content-length"])
        if length > MAX_ANSWER:
            raise ValueError("answer too large")
        body = await reader.readexactly(length) if length else b""
    elif status in ("204", "304"):
        body = b""
    else:
        body, keep = await reader.read(MAX_ANSWER), False
    return Answer(status=int(status), headers=headers, body=body), keep


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        if len(body) + size > MAX_ANSWER:
            raise ValueError("answer too large")
        chunk = await reader.readexactly(size + 2)
        if size == 0:
            return bytes(body)
        body += chunk[:-2]
