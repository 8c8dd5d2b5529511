"""Pages that are made once for many readers, but for a few words of each.

Compressing takes longer than all the rest of such a page. What all readers share is compressed once, piece by piece;
their own words go between the pieces as they are, as the format allows (RFC 1951, 3.2.4). So the length of an answer
tells nothing of what is somebody's own.
"""

import re
import struct
import zlib
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.html import escape

from core.hot import hole

#: RFC 1952: no name, no date, no system.
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: A last block, which is empty.
_LAST = b"\x03\x00"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes of a page, and the same as whole blocks that refer to nothing before them."""

    plain: bytes
    deflated: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """A page from a mould, for one reader: the pieces of all, and their own words."""

    _pieces: list[_Piece]

    def plain(self) -> bytes:
        return b"".join([piece.plain for piece in self._pieces])

    def gzip(self) -> bytes:
        body = self.plain()
        end = struct.pack("<II", zlib.crc32(body), len(body))
        return b"".join([_GZIP, *[piece.deflated for piece in self._pieces], _LAST, end])


class Poured(HttpResponse):
    """A page whose pieces are compressed already, for whoever reads it so (`core.middleware.Compression`)."""

    def __init__(self, copy: Copy) -> None:
        super().__init__(copy.plain())
        self.gzip = copy.gzip


class Mould:
    """A page with holes (`core.hot.hole`) of these names."""

    def __init__(self, page: str, *names: str) -> None:
        named = {hole(name): name for name in names}
        cut = re.split(f"({'|'.join(named)})", page) if named else [page]
        self._parts = [named.get(part) or _shared(part.encode()) for part in cut if part]

    def copy(self, **values: object) -> Copy:
        """The page with each value, escaped, in its holes."""
        own = {name: _own(escape(value).encode()) for name, value in values.items()}
        return Copy([part if isinstance(part, _Piece) else own[part] for part in self._parts])

    def pour(self, **values: object) -> Poured:
        """The same, as a view answers."""
        return Poured(self.copy(**values))


def _shared(plain: bytes) -> _Piece:
    squeezed = zlib.compressobj(zlib.Z_BEST_COMPRESSION, wbits=-zlib.MAX_WBITS)
    return _Piece(plain, squeezed.compress(plain) + squeezed.flush(zlib.Z_FULL_FLUSH))


def _own(plain: bytes) -> _Piece:
    """A name or an address: far shorter than the 65,535 bytes of a block that is not compressed."""
    return _Piece(plain, struct.pack("<BHH", 0, len(plain), len(plain) ^ 0xFFFF) + plain)
