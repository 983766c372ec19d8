"""The way to hosts of the internet: direct, or by the proxy that this machine uses."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass


@dataclass(frozen=True, slots=True)
class Upstream:
    """Opens connections; `proxy` is the URL of a proxy, empty for none."""

    proxy: str = ""

    async def open(self, host: str, port: int, *, is_secure: bool) -> tuple[StreamReader, StreamWriter]:
        """Connect to a host, with TLS when it `is_secure`. Raises OSError and ValueError."""
        if not self.proxy or proxy_bypass(host):
            return await asyncio.open_connection(host, port, ssl=is_secure or None)
        url = urlsplit(self.proxy)
        reader, writer = await asyncio.open_connection(
            url.hostname, url.port or 80, ssl=(url.scheme == "https") or None
        )
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        head = f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n"
        if url.username:
            pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
            head += f"Proxy-Authorization: Basic {b64encode(pair.encode()).decode()}\r\n"
        writer.write(f"{head}\r\n".encode("latin-1"))
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            answer = b""
        first = answer.partition(b"\r\n")[0].decode("latin-1")
        if first.split(" ")[1:2] != ["200"]:
            writer.close()
            raise OSError(f"the proxy {url.hostname} answered {first or 'nothing'}")
        if is_secure:
            await writer.start_tls(ssl.create_default_context(), server_hostname=host)
        return reader, writer


def find_upstream() -> Upstream:
    """Return the way that the environment of this process describes."""
    proxies = getproxies()
    found = proxies.get("https") or proxies.get("all") or ""
    return Upstream(found if found.startswith(("http://", "https://")) else "")
