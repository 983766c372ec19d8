"""A copy of each mail for a real SMTP server, so that a mail catcher shows it."""

import logging
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from smtplib import SMTP, SMTPException, SMTPServerDisconnected
from threading import Lock, Thread
from urllib.parse import urlsplit

from ..errors import ApiError
from ..state.workspace import Workspace
from .compose import compose_mail
from .outbox import Sent

_logger = logging.getLogger(__name__)
_SECONDS = 10
_BATCH = 100
"""The most mails over one connection."""


class RelayError(Exception):
    """Mails cannot go to that address; the message says why."""


class Relay:
    """Hands mails on in its own thread, and logs what goes wrong.

    `address` is `HOST:PORT`. Raises RelayError for a malformed one, and for one on another machine unless
    `anywhere`: the mails may carry the addresses of real people.
    """

    def __init__(self, address: str, *, anywhere: bool = False, most: int = 100_000) -> None:
        self._host, self._port = _read_address(address)
        if not anywhere and not _is_loopback(self._host):
            raise RelayError(
                f"{self._host} is not this machine; smtp_anywhere=True lets mails go there all the same"
            )
        self._address = address
        self._queue: SimpleQueue[tuple[Workspace, Sent] | None] = SimpleQueue()
        self._most = most
        self._is_full = False
        self._thread: Thread | None = None
        self._lock = Lock()

    def take(self, workspace: Workspace, record: Sent) -> None:
        """Hand on the mail of a record soon; returns at once.

        When `most` mails wait already, it is left out, and one line of the log says so.
        """
        if self._queue.qsize() >= self._most:
            if not self._is_full:
                _logger.warning("%s mails wait for %s; --max-mails lets more wait", self._most, self._address)
            self._is_full = True
            return
        self._is_full = False
        self._queue.put((workspace, record))
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="coldsend-mock relay", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Hand on the mails that wait, for some seconds at most, and end."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join(_SECONDS)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            batch, ends = [item], False
            while len(batch) < _BATCH and not ends:
                try:
                    following = self._queue.get_nowait()
                except Empty:
                    break
                ends = following is None
                batch += [following] if following else []
            self._hand_on(batch)
            if ends:
                return

    def _hand_on(self, batch: list[tuple[Workspace, Sent]]) -> None:
        left = len(batch)
        try:
            with SMTP(self._host, self._port, timeout=_SECONDS) as server:
                for workspace, record in batch:
                    self._send(server, workspace, record)
                    left -= 1
        except Exception as error:  # the server goes on after any error
            if left:
                self._complain(f"{left} of {len(batch)} mails", error)

    def _send(self, server: SMTP, workspace: Workspace, record: Sent) -> None:
        try:
            with workspace.lock:
                mail = compose_mail(workspace, record)
        except ApiError:  # the lead or its campaign was deleted meanwhile
            return
        try:
            server.send_message(mail.make_message(), mail.sender.addr_spec, mail.recipients)
        except SMTPServerDisconnected:
            raise
        except SMTPException as error:
            self._complain(f"the mail to {mail.to}", error)

    def _complain(self, what: str, error: Exception) -> None:
        _logger.warning("not handed to %s: %s (%s)", self._address, what, " ".join(str(error).split()))


def _read_address(address: str) -> tuple[str, int]:
    parts = urlsplit(f"//{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.netloc != address or "@" in address:
        raise RelayError(f"{address} is no HOST:PORT, for example 127.0.0.1:1025")
    return host, port


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
