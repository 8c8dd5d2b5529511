"""Images that people send: refused unless they are what they say, then written anew in a few widths.

What is kept is drawn by us, pixel by pixel: no metadata, no position, no colour profile, no byte of the file that was
sent. `read` is the only way in. It looks at the file's own structure before any decoder does, so that what a decoder
would need is known, and bounded, beforehand.
"""

import re
import secrets
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import PurePath

from django import forms
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageCms

#: Pixels of width in which an image is written, never more than it has.
WIDTHS = (480, 960, 1600)
#: An image that is narrower says nothing on a page.
LEAST_WIDTH = 320
#: Neither a ribbon nor a pole: the longer side is at most so many times the shorter one.
MOST_ELONGATED = 4
#: Bytes of the file that is sent.
MOST_BYTES = 10 * 1024 * 1024
#: Pixels, by what decoding them costs (docs/initiatives.md): a plain JPEG is read reduced, a progressive one is held
#: whole, the others several times.
MOST_PIXELS = {"plain JPEG": 64_000_000, "progressive JPEG": 25_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
#: Passes over the whole picture that a progressive JPEG may ask for: real ones have about ten.
MOST_SCANS = 40
#: Parts that a file may be made of: those of the largest that we take have a few thousand, and each costs a decoder.
MOST_PARTS = 20_000
#: Bytes of the narrowest one, which is what a phone takes on a slow network: the quality gives way.
NARROW_BYTES = 10_000
_NARROW_QUALITIES = (60, 50, 40, 32, 26, 20)
_QUALITY = 72

#: By format: how a browser may name it, how its files may end.
FORMATS = {
    "JPEG": ({"image/jpeg", "image/jpg", "image/pjpeg"}, {".jpg", ".jpeg", ".jpe", ".jfif"}),
    "PNG": ({"image/png", "image/x-png"}, {".png"}),
    "WEBP": ({"image/webp"}, {".webp"}),
}
#: For the `accept` attribute: a telephone then converts its own formats by itself.
ACCEPTED = "image/jpeg,image/png,image/webp"
#: What browsers say of a file that they know nothing about.
_UNDECLARED = {"", "application/octet-stream"}

#: However many threads a process has, it holds one picture; the others wait so many seconds.
_one_at_a_time = threading.Lock()
_PATIENCE = 10

# Our own bounds are narrower; this one stops whatever would open an image by another way.
Image.MAX_IMAGE_PIXELS = max(MOST_PIXELS.values())


class ImageRefused(Exception):
    """The file cannot be taken. Its text says why, and what to do, to the person who sent it."""


@dataclass(frozen=True)
class Picture:
    """An image as we keep it: `files` are WebP by width, `width` and `height` are the pixels of the widest."""

    width: int
    height: int
    files: dict[int, bytes]


def widths_of(width: int) -> list[int]:
    """The widths in which an image of this width is written, narrowest first."""
    return [each for each in WIDTHS if each < width] + [min(width, WIDTHS[-1])]


def read(upload: UploadedFile) -> Picture:
    """Take an image that somebody sent. Raises ImageRefused.

    Of a polyglot, a file that is an image and something else, nothing would be kept; it is refused all the same, since
    whoever sends one does not send a picture.
    """
    if upload.size > MOST_BYTES:
        raise ImageRefused(
            _("Cette image pèse %(size)d Mo : dix au plus. Réduisez-la, ou envoyez-en une autre.")
            % {"size": -(-upload.size // 1024**2)}
        )
    if not _one_at_a_time.acquire(timeout=_PATIENCE):
        raise ImageRefused(_("Beaucoup d’images arrivent en ce moment : renvoyez la vôtre dans une minute."))
    try:
        upload.seek(0)
        data = upload.read()
        found = _look(data)
        _refuse_lies(upload, found)
        _refuse_unreasonable(found)
        _refuse_polyglots(data, found)
        return _write(_decode(data, found))
    finally:
        _one_at_a_time.release()


# --- The structure of a file, before it is decoded -------------------------------------------------------------------


@dataclass
class _Found:
    """What a file says of itself: `end` is where the picture ends, `notes` all that it holds besides pixels."""

    format: str
    width: int = 0
    height: int = 0
    end: int = 0
    notes: bytes = b""
    is_animated: bool = False
    is_progressive: bool = False
    scans: int = 0

    @property
    def sort(self) -> str:
        """What it costs to decode, as `MOST_PIXELS` names it."""
        if self.format != "JPEG":
            return self.format
        # Whatever comes in several passes is held whole until the last one.
        return "progressive JPEG" if self.is_progressive or self.scans > 1 else "plain JPEG"

    def widen(self, width: int, height: int) -> None:
        """Keep the largest of the sizes that a file gives: a decoder may believe any of them."""
        self.width, self.height = max(self.width, width), max(self.height, height)


class _Broken(Exception):
    """The file ends before its picture does, or is not built as its format says."""


def _look(data: bytes) -> _Found:
    """Raises ImageRefused for what is no image of ours, or is cut short."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _look_at_jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _look_at_png(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _look_at_webp(data)
    except (_Broken, struct.error, IndexError) as error:
        raise ImageRefused(_BROKEN) from error
    raise ImageRefused(_not_an_image(data))


_BROKEN = gettext_lazy(
    "Cette image est abîmée ou incomplète : elle ne s’ouvre pas. Envoyez-la de nouveau, ou une autre."
)


def _not_an_image(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"):
        return _(
            "Cette photo est au format HEIC, que tous les navigateurs ne savent pas montrer. "
            "Enregistrez-la en JPEG, PNG ou WebP, puis envoyez-la."
        )
    return _("Ce fichier n’est pas une image JPEG, PNG ou WebP. Enregistrez-le dans l’un de ces trois formats.")


# Within a scan, FF is followed by 00 or by the number of a restart: anything else is the next segment.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _look_at_jpeg(data: bytes, start: int = 0) -> _Found:
    found = _Found("JPEG")
    notes = []
    at = start + 2
    for _part in range(MOST_PARTS):
        if data[at] != 0xFF:
            raise _Broken
        marker = data[at + 1]
        # What fills has no marker.
        at += 1 if marker == 0xFF else 2
        if marker == 0xD9:
            break
        if marker in (0x01, 0xFF) or 0xD0 <= marker <= 0xD7:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2 or at + length > len(data):
            raise _Broken
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if found.width:
                raise _Broken
            found.height, found.width = struct.unpack_from(">HH", data, at + 3)
            found.is_progressive = marker not in (0xC0, 0xC1)
        elif 0xE0 <= marker <= 0xEF or marker == 0xFE:
            notes.append(data[at + 2 : at + length])
        at += length
        if marker == 0xDA:
            found.scans += 1
            following = _AFTER_SCAN.search(data, at)
            if following is None:
                raise _Broken
            at = following.start()
    else:
        raise _Broken
    if not found.width or not found.height or not found.scans:
        raise _Broken
    found.end, found.notes = at, b"\0".join(notes)
    return found


#: Bytes of notes in a PNG, once inflated: a camera's profile and captions are well below.
_MOST_SAID = 16 * 1024**2


def _look_at_png(data: bytes) -> _Found:
    found = _Found("PNG")
    notes = []
    at, said = 8, 0
    for _part in range(MOST_PARTS):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        at = body + length + 4
        if at > len(data):
            raise _Broken
        if kind == b"IHDR":
            if found.width:
                raise _Broken
            found.width, found.height = struct.unpack_from(">II", data, body)
        elif kind == b"acTL":
            found.is_animated = True
        elif kind == b"IEND":
            break
        elif kind not in (b"IDAT", b"fdAT", b"PLTE"):
            notes.append(_said_in_png(kind, data[body : body + length]))
            said += len(notes[-1])
            if said > _MOST_SAID:
                raise _Broken
    else:
        raise _Broken
    if not found.width or not found.height:
        raise _Broken
    found.end, found.notes = at, b"\0".join(notes)
    return found


def _said_in_png(kind: bytes, body: bytes) -> bytes:
    """A chunk, and what it says once inflated: a megabyte of it at most."""
    if kind not in (b"zTXt", b"iTXt", b"iCCP"):
        return body
    packed = body.find(b"x", body.find(b"\0"))
    try:
        return body + zlib.decompressobj().decompress(body[packed:], 1024**2) if packed >= 0 else body
    except zlib.error:
        return body


def _look_at_webp(data: bytes) -> _Found:
    found = _Found("WEBP")
    notes = []
    (length,) = struct.unpack_from("<I", data, 4)
    found.end = 8 + length + length % 2
    # Some writers forget the last byte, which only pads.
    if 8 + length > len(data):
        raise _Broken
    at = 12
    for _part in range(MOST_PARTS):
        if at + 8 > 8 + length:
            break
        kind, size = struct.unpack_from("<4sI", data, at)
        body = at + 8
        at = body + size + size % 2
        if body + size > 8 + length:
            raise _Broken
        if kind == b"VP8X":
            found.is_animated |= bool(data[body] & 0x02)
            found.widen(1 + _three_bytes(data, body + 4), 1 + _three_bytes(data, body + 7))
        elif kind == b"VP8 ":
            if data[body + 3 : body + 6] != b"\x9d\x01\x2a":
                raise _Broken
            width, height = struct.unpack_from("<HH", data, body + 6)
            found.widen(width & 0x3FFF, height & 0x3FFF)
        elif kind == b"VP8L":
            (packed,) = struct.unpack_from("<I", data, body + 1)
            found.widen(1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF))
        elif kind in (b"ANIM", b"ANMF"):
            found.is_animated = True
        elif kind != b"ALPH":
            notes.append(data[body : body + size])
    else:
        raise _Broken
    if not found.width or not found.height:
        raise _Broken
    found.notes = b"\0".join(notes)
    return found


def _three_bytes(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


# --- What is refused -------------------------------------------------------------------------------------------------


def _refuse_lies(upload: UploadedFile, found: _Found) -> None:
    """The name, the browser and the file must tell the same format; a browser may tell none."""
    types, endings = FORMATS[found.format]
    declared = (upload.content_type or "").partition(";")[0].strip().lower()
    ending = PurePath(upload.name or "").suffix.lower()
    if declared in types | _UNDECLARED and ending in endings | {""}:
        return
    real = {"WEBP": "WebP"}.get(found.format, found.format)
    raise ImageRefused(
        _(
            "Ce fichier est une image %(format)s, mais son nom ou son type dit autre chose. "
            "Enregistrez-la de nouveau depuis un logiciel d’images, puis envoyez-la."
        )
        % {"format": real}
    )


def _refuse_unreasonable(found: _Found) -> None:
    if found.is_animated:
        raise ImageRefused(_("Cette image est animée : envoyez une image fixe."))
    if found.width * found.height > MOST_PIXELS[found.sort] or found.scans > MOST_SCANS:
        raise ImageRefused(
            _("Cette image a trop de points (%(width)d × %(height)d) : réduisez-la, 2 000 points de large suffisent.")
            % {"width": found.width, "height": found.height}
        )
    if max(found.width, found.height) > MOST_ELONGATED * min(found.width, found.height):
        raise ImageRefused(_("Cette image est trop allongée : recadrez-la, quatre fois plus longue que haute au plus."))
    # On its side, it may be as wide as it is high: the decoder knows.
    if max(found.width, found.height) < LEAST_WIDTH:
        raise ImageRefused(_too_small(found.width))


def _too_small(width: int) -> str:
    return _("Cette image est trop petite : %(width)d points de large, il en faut au moins %(least)d.") % {
        "width": width,
        "least": LEAST_WIDTH,
    }


#: Tags by which a browser, or a server, would take a file for a page or a program.
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|iframe|object|embed|svg|\?php|\?=)[\s>/]", re.IGNORECASE)
#: Documents and archives that are looked for wherever they stand in a file; ZIP has its own test.
_OTHER_FILE = re.compile(rb"%PDF-|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c")


def _refuse_polyglots(data: bytes, found: _Found) -> None:
    """Nothing but what cameras write may stand beside the pixels.

    A ZIP is read from its end, a PDF from its first thousand bytes, a page from its tags. After the picture, padding
    alone; after that of a JPEG, also the smaller pictures, Samsung's trailer and the film that telephones add.
    """
    rest = data[found.end :]
    is_polyglot = (
        zipfile.is_zipfile(BytesIO(data))
        or b"%PDF-" in data[:1024]
        or _MARKUP.search(found.notes)
        or _OTHER_FILE.search(found.notes)
        or (rest.strip(b"\0\r\n ") and not (found.format == "JPEG" and _is_added_by_camera(rest)))
    )
    if is_polyglot:
        raise ImageRefused(
            _(
                "Ce fichier contient autre chose qu’une image. Enregistrez la seule image depuis un logiciel d’images, "
                "puis envoyez-la."
            )
        )


#: Bytes of zeros, at most, between a picture and the film that follows it.
_PADDING = 4096
#: Pictures, at most, that a telephone adds to a picture.
_MOST_ADDED = 8


def _is_added_by_camera(rest: bytes) -> bool:
    """What follows the picture of a JPEG is more pictures, Samsung's trailer, a film: each whole, and nothing else."""
    for _more in range(_MOST_ADDED):
        film = rest.find(b"ftyp", 4, _PADDING) - 4
        if film >= 0 and not rest[:film].strip(b"\0"):
            return _is_film(rest[film:]) and not _MARKUP.search(rest)
        rest = rest.lstrip(b"\0")
        if rest.startswith(b"\xff\xd8\xff"):
            try:
                more = _look_at_jpeg(rest)
            except (_Broken, struct.error, IndexError):
                return False
            if _MARKUP.search(more.notes) or _OTHER_FILE.search(more.notes):
                return False
            rest = rest[more.end :]
        else:
            return not rest or (rest.endswith(b"SEFT") and b"SEFH" in rest and not _MARKUP.search(rest))
    return False


def _is_film(rest: bytes) -> bool:
    """Whether boxes of MP4 fill it to its last byte."""
    at = 0
    while at + 8 <= len(rest):
        (size,) = struct.unpack_from(">I", rest, at)
        if size < 8 or at + size > len(rest):
            return False
        at += size
    return at == len(rest)


# --- Decoding, and writing anew --------------------------------------------------------------------------------------

#: By the orientation that a camera writes (EXIF 0x0112): what puts the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


_DECODER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, struct.error, zlib.error)


@contextmanager
def _said_in_our_words() -> Iterator[None]:
    """Whatever the decoder does not like is a damaged image for the person who sent it."""
    try:
        yield
    except (*_DECODER_ERRORS, Image.DecompressionBombError) as error:
        raise ImageRefused(_BROKEN) from error


def _decode(data: bytes, found: _Found) -> Image.Image:
    """The picture upright, in sRGB, without transparency, at most as wide as we keep it."""
    with _said_in_our_words(), Image.open(BytesIO(data), formats=[found.format]) as image:
        if image.width > found.width or image.height > found.height:
            raise ImageRefused(_BROKEN)
        turn = _turn(image)
        is_on_its_side = turn in (
            Image.Transpose.TRANSPOSE,
            Image.Transpose.ROTATE_270,
            Image.Transpose.TRANSVERSE,
            Image.Transpose.ROTATE_90,
        )
        width, height = reversed(image.size) if is_on_its_side else image.size
        if width < LEAST_WIDTH:
            raise ImageRefused(_too_small(width))
        kept = (min(width, WIDTHS[-1]), _height(width, height, min(width, WIDTHS[-1])))
        size = kept[::-1] if is_on_its_side else kept
        # A plain JPEG is decoded at a half, a quarter or an eighth when that is enough.
        image.draft(None, size)
        profile = image.info.get("icc_profile")
        picture = _without_transparency(_in_eight_bits(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))
    picture = _in_srgb(picture, profile)
    return picture.transpose(turn) if turn is not None else picture


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What puts it upright; a camera that writes its notes badly took a good picture all the same."""
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION))
    except _DECODER_ERRORS:
        return None


def _height(width: int, height: int, kept: int) -> int:
    return max(1, round(height * kept / width))


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """In a mode that can be reduced: no palette, no sixteen bits."""
    if image.mode in ("P", "PA") or "transparency" in image.info:
        has_transparency = image.mode == "PA" or "transparency" in image.info
        return image.convert("RGBA" if has_transparency else "RGB")
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if image.mode in ("L", "RGB", "RGBA", "CMYK"):
        image.load()
        return image
    return image.convert("RGBA" if "A" in image.mode else "L" if image.mode == "1" else "RGB")


def _without_transparency(image: Image.Image) -> Image.Image:
    """On white: black letters on nothing would be lost on a dark page."""
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours of all screens; a profile that does not fit the picture is ignored."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _write(image: Image.Image) -> Picture:
    files = {}
    for width in widths_of(image.width):
        size = (width, _height(image.width, image.height, width))
        narrower = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        files[width] = _webp(narrower)
    return Picture(image.width, image.height, files)


def _webp(image: Image.Image) -> bytes:
    is_narrow = image.width <= WIDTHS[0]
    for quality in _NARROW_QUALITIES if is_narrow else (_QUALITY,):
        file = BytesIO()
        image.save(file, "WEBP", quality=quality, method=6 if is_narrow else 4, exif=b"", icc_profile=b"", xmp=b"")
        if file.tell() <= NARROW_BYTES:
            break
    return file.getvalue()


# --- Keeping ---------------------------------------------------------------------------------------------------------

#: Files that were written for a row which never came, or whose row is gone, are erased after so many hours.
ORPHAN_AGE = timedelta(hours=24)
#: One file, as the proxy and our own view serve it: folder, first two letters, name, width.
FILE = r"[a-z]+/[0-9a-f]{2}/[0-9a-f]{32}-[0-9]{3,4}\.webp"


def keep(picture: Picture, *, folder: str) -> str:
    """Write its files where only the site reads them; the name they are called by, which nobody guesses."""
    letters = secrets.token_hex(16)
    name = f"{folder}/{letters[:2]}/{letters}"
    for width, content in picture.files.items():
        storages["private"].save(path_of(name, width), ContentFile(content))
    return name


def path_of(name: str, width: int) -> str:
    return f"{name}-{width}.webp"


def address(name: str, width: int) -> str:
    """Where anyone reads it, once it is public."""
    return storages["default"].url(path_of(name, width))


def content(name: str, width: int) -> bytes | None:
    """The file, wherever it is; None when it is nowhere."""
    return _content_in("private", path_of(name, width)) or _content_in("default", path_of(name, width))


def public_content(path: str) -> bytes | None:
    """A file that anyone may read, by its path; None when there is none."""
    return _content_in("default", path)


def _content_in(place: str, path: str) -> bytes | None:
    try:
        with storages[place].open(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def place(name: str, width: int, *, is_public: bool) -> None:
    """Put the files of an image where anyone reads them, or where only the site does. Harmless twice."""
    origin, goal = ("private", "default") if is_public else ("default", "private")
    for path in (path_of(name, each) for each in widths_of(width)):
        if (found := _content_in(origin, path)) is None:
            continue
        # A copy that was cut short is not trusted.
        storages[goal].delete(path)
        storages[goal].save(path, ContentFile(found))
        storages[origin].delete(path)


def forget(name: str, width: int) -> None:
    """Erase the files of an image, wherever they are."""
    for path in (path_of(name, each) for each in widths_of(width)):
        storages["private"].delete(path)
        storages["default"].delete(path)


def forget_orphans(folder: str, known: Callable[[set[str]], set[str]]) -> int:
    """Erase old files of this folder that no row knows; how many. `known` says which of these names a row has."""
    erased = 0
    for place in ("private", "default"):
        for shelf in _listed(place, folder)[0]:
            files = _listed(place, f"{folder}/{shelf}")[1]
            named = {file: f"{folder}/{shelf}/{file.partition('-')[0]}" for file in files}
            kept = known(set(named.values()))
            for file, name in named.items():
                path = f"{folder}/{shelf}/{file}"
                if name not in kept and storages[place].get_modified_time(path) < timezone.now() - ORPHAN_AGE:
                    storages[place].delete(path)
                    erased += 1
    return erased


def _listed(place: str, folder: str) -> tuple[list[str], list[str]]:
    """Folders and files; none of a folder that was never made."""
    try:
        return storages[place].listdir(folder)
    except FileNotFoundError:
        return [], []


# --- In a form -------------------------------------------------------------------------------------------------------


class PictureField(forms.FileField):
    """A file that becomes a `Picture`; what is refused is an error of the field, in the words of `ImageRefused`."""

    default_error_messages = {
        "required": gettext_lazy("Choisissez une image."),
        "empty": gettext_lazy("Ce fichier est vide : choisissez-en un autre."),
    }

    def __init__(self, **kwargs):
        given = {
            "label": gettext_lazy("Image"),
            "help_text": gettext_lazy(
                "JPEG, PNG ou WebP, dix mégaoctets au plus. Le lieu et l’heure inscrits par l’appareil sont effacés."
            ),
            "widget": forms.FileInput(attrs={"accept": ACCEPTED}),
        }
        super().__init__(**given | kwargs)

    def to_python(self, data: UploadedFile | None) -> Picture | None:
        upload = super().to_python(data)
        if upload is None:
            return None
        try:
            return read(upload)
        except ImageRefused as refusal:
            raise forms.ValidationError(str(refusal), code="refused") from refusal
