"""Reading an address that somebody else wrote, or giving it something, on the Internet and nowhere else.

Such an address must not lead into our own house: its name is resolved once, each address found is judged, and the
connection goes to the one that was judged (a second look-up could answer otherwise: DNS rebinding). The same at each
redirection. What is read is bounded in bytes, compressed or not, and in time, however slowly it trickles.
"""

import http.client
import select
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

#: Bits of IPv6 that carry an IPv4 address to a translator (RFC 6052), and those kept for local ones (RFC 8215).
_NAT64, _LOCAL_NAT64 = IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")
_REDIRECTIONS = (301, 302, 303, 307, 308)
_CHUNK = 64 * 1024
#: What is read of the answer to something that was given: more, and the connection is not used again.
_WORDS = 16 * 1024


class Reason(Enum):
    """Why nothing was read."""

    #: Not https, or not a public server.
    ADDRESS = auto()
    UNREACHABLE = auto()
    SLOW = auto()
    #: The server answers that there is nothing for us.
    REFUSED = auto()
    REDIRECTED = auto()
    HEAVY = auto()


class FetchFailed(Exception):
    """Nothing was read, for this `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What the server gave: `is_same` when it says that what we had still holds, and then no body."""

    body: bytes
    etag: str = ""
    last_modified: str = ""
    charset: str = ""
    is_same: bool = False


@dataclass(frozen=True)
class Reply:
    """What a server said of what it was given; its words are not kept. `retry_after` is as it wrote it."""

    status: int
    retry_after: str = ""


def fetch(
    address: str,
    *,
    most_bytes: int,
    seconds: float,
    etag: str = "",
    last_modified: str = "",
    redirections: int = 3,
    trusted: Sequence[Network] = (),
) -> Answer:
    """Read an address, https only, within so many seconds in all. Raises FetchFailed.

    `trusted` networks are read though they are not public, and by http too. The resolver's own time-outs bound the
    look-up of a name; all the rest ends at the deadline.
    """
    deadline = time.monotonic() + seconds
    headers = {"Accept-Encoding": "gzip", "User-Agent": f"possibles (+{settings.SITE_ADDRESS})", "Connection": "close"}
    headers |= {name: said for name, said in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if said}
    for hop in range(redirections + 1):
        try:
            found = _ask(address, headers, deadline, most_bytes, trusted)
        except FetchFailed as failure:
            # Where an address leads is told apart from the address itself.
            if hop and failure.reason is Reason.ADDRESS:
                raise FetchFailed(Reason.REDIRECTED) from failure
            raise
        if isinstance(found, Answer):
            return found
        address = found
    raise FetchFailed(Reason.REDIRECTED)


def _ask(
    address: str, headers: dict[str, str], deadline: float, most_bytes: int, trusted: Sequence[Network]
) -> Answer | str:
    """The answer, or the address where it is said to be."""
    parts, port = _taken_apart(address)
    connection = _Connection(parts.hostname, port, _resolve(parts, port, trusted), parts.scheme == "https", deadline)
    answer = None
    try:
        with connection.watched(deadline):
            connection.request("GET", _path(parts), headers=headers)
            answer = connection.getresponse()
            if answer.status in _REDIRECTIONS:
                return urljoin(address, answer.getheader("Location", ""))
            if answer.status == 304 and headers.keys() & {"If-None-Match", "If-Modified-Since"}:
                return Answer(b"", is_same=True)
            if answer.status != 200:
                raise FetchFailed(Reason.REFUSED)
            return Answer(
                _read(answer, deadline, most_bytes),
                etag=answer.getheader("ETag", ""),
                last_modified=answer.getheader("Last-Modified", ""),
                charset=answer.headers.get_content_charset(""),
            )
    finally:
        # Whatever is still being sent is not wanted; an answer without a length holds the socket open by itself.
        if answer is not None:
            answer.close()
        connection.close()


class Lines:
    """Servers that are given one thing after another, each through one connection while it lasts.

    Used as `with Lines() as lines`, by one thread. A name is resolved and judged when its connection is made.
    """

    def __init__(self, *, trusted: Sequence[Network] = ()) -> None:
        self._trusted = trusted
        self._kept: dict[tuple[str, str, int], _Connection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error) -> None:
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()

    def post(self, address: str, *, body: bytes, headers: dict[str, str], seconds: float) -> Reply:
        """What the server says, within so many seconds; a redirection is an answer too, not followed.

        Raises FetchFailed: nobody knows then whether the server took it, unless the reason is ADDRESS.
        """
        deadline = time.monotonic() + seconds
        parts, port = _taken_apart(address)
        server = (parts.scheme, parts.hostname, port)
        connection = self._kept.pop(server, None)
        if connection is None or connection.has_hung_up():
            addresses = _resolve(parts, port, self._trusted)
            connection = _Connection(parts.hostname, port, addresses, parts.scheme == "https", deadline)
        try:
            with connection.watched(deadline):
                connection.request("POST", _path(parts), body=body, headers=headers)
                with connection.getresponse() as answer:
                    answer.read(_WORDS)
                    is_read = answer.isclosed()
        except BaseException:
            connection.close()
            raise
        if is_read:
            self._kept[server] = connection
        else:
            connection.close()
        return Reply(answer.status, answer.getheader("Retry-After", ""))


def _path(parts: SplitResult) -> str:
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _taken_apart(address: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        named = parts.scheme in ("https", "http") and parts.hostname and parts.username is None
        # Neither spaces nor line breaks reach the request.
        written = all(" " < letter <= "~" for letter in f"{parts.path}{parts.query}{parts.hostname}")
    except ValueError as error:
        raise FetchFailed(Reason.ADDRESS) from error
    if not named or not written:
        raise FetchFailed(Reason.ADDRESS)
    return parts, port


# --- Where it leads --------------------------------------------------------------------------------------------------


def _resolve(parts: SplitResult, port: int, trusted: Sequence[Network]) -> list[str]:
    """The addresses of the server, when all of them may be spoken to."""
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(Reason.UNREACHABLE) from error
    # An IPv6 address may name an interface: fe80::1%eth0.
    addresses = [ip_address(str(place[0]).partition("%")[0]) for *_rest, place in found]
    for address in addresses:
        if any(address in network for network in trusted):
            continue
        if parts.scheme != "https" or not is_public(address):
            raise FetchFailed(Reason.ADDRESS)
    return [str(address) for address in addresses]


def may_lead_outside(address: str, *, trusted: Sequence[Network] = ()) -> bool:
    """Whether it is written as an address that we would go to. Its name is not resolved: that is for when we go."""
    try:
        parts, _port = _taken_apart(address)
    except FetchFailed:
        return False
    try:
        host = ip_address(parts.hostname)
    except ValueError:
        return parts.scheme == "https" and "." in parts.hostname.strip(".")
    return any(host in network for network in trusted) or (parts.scheme == "https" and is_public(host))


def is_public(address: Address) -> bool:
    """Whether it is of the Internet, and carries no address that is not."""
    if isinstance(address, IPv6Address):
        if address in _LOCAL_NAT64 or address.is_site_local:
            return False
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(inner is not None for inner in carried):
            return all(is_public(inner) for inner in carried if inner is not None)
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Connection(http.client.HTTPConnection):
    """To one of these addresses and to no other, under the name that the certificate must bear."""

    def __init__(self, host: str, port: int, addresses: list[str], is_secure: bool, deadline: float) -> None:
        super().__init__(host, port)
        self._addresses = addresses
        self._is_secure = is_secure
        self._deadline = deadline
        # http.client forgets its own while an answer without a length is still being read.
        self._open: socket.socket | None = None

    def connect(self) -> None:
        failure: OSError = TimeoutError()
        for address in self._addresses:
            try:
                self.sock = self._open = socket.create_connection((address, self.port), timeout=self._left())
                break
            except OSError as error:
                failure = error
        else:
            raise failure
        # What is given goes in two pieces: the second waits for nobody.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # `break_off` may have come a moment too soon to see the socket.
        self._left()
        if self._is_secure:
            context = ssl.create_default_context()
            self.sock = self._open = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._left()
            self.sock.do_handshake()

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @contextmanager
    def watched(self, deadline: float) -> Iterator[None]:
        """Whatever is said within ends at the deadline, and fails in one way. Raises FetchFailed."""
        self._deadline = deadline
        if self.sock is not None:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
        watch = threading.Timer(max(deadline - time.monotonic(), 0), self.break_off)
        watch.daemon = True
        watch.start()
        try:
            yield
        # A server may answer anything at all, and a connection that is broken off fails in many ways.
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() >= deadline
            raise FetchFailed(Reason.SLOW if late else Reason.UNREACHABLE) from error
        finally:
            watch.cancel()

    def has_hung_up(self) -> bool:
        """Between two requests a server says nothing, unless it takes leave."""
        if self.sock is None:
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        is_over = bool(poll.poll(0))
        if is_over:
            self.close()
        return is_over

    def break_off(self) -> None:
        """The time is over: whatever is being read or written fails at once."""
        if self._open is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)


# --- What comes ------------------------------------------------------------------------------------------------------


def _read(answer: http.client.HTTPResponse, deadline: float, most_bytes: int) -> bytes:
    """The body, unpacked. Raises FetchFailed, or what the connection raises."""
    packing = answer.getheader("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip", ""):
        raise FetchFailed(Reason.REFUSED)
    announced = answer.length
    if announced is not None and announced > most_bytes:
        raise FetchFailed(Reason.HEAVY)
    unpacked = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if "gzip" in packing else None
    body, received = bytearray(), 0
    while chunk := answer.read(_CHUNK):
        received += len(chunk)
        # One byte more than is taken, to know that there is more.
        body += unpacked.decompress(chunk, most_bytes + 1 - len(body)) if unpacked else chunk
        if len(body) > most_bytes or received > most_bytes:
            raise FetchFailed(Reason.HEAVY)
    if time.monotonic() >= deadline:
        raise TimeoutError
    if (announced is not None and received < announced) or (unpacked and not unpacked.eof):
        # Cut short: half a calendar would look like one that lost its other half.
        raise ConnectionError
    return bytes(body)
