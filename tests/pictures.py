"""Files that people send, real and hostile, drawn by the tests themselves."""

import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

TYPES = {"JPEG": ("image/jpeg", "photo.jpg"), "PNG": ("image/png", "photo.png"), "WEBP": ("image/webp", "photo.webp")}


def drawing(width: int = 1200, height: int = 800, mode: str = "RGB") -> Image.Image:
    """A blue sky over a green field: its corners tell where is up."""
    image = Image.new("RGB", (width, height), (90, 150, 220))
    ImageDraw.Draw(image).rectangle((0, height // 2, width, height), fill=(60, 140, 60))
    return image if mode == "RGB" else image.convert(mode)


@cache
def photograph(width: int = 4032, height: int = 3024) -> Image.Image:
    """As uneven as a real photograph: details at every scale, the finer the fainter."""
    image = drawing(width, height)
    for size, strength in {256: 0.3, 128: 0.25, 64: 0.2, 32: 0.16, 16: 0.13, 8: 0.1, 4: 0.08}.items():
        grain = Image.effect_noise((max(2, width // size), max(2, height // size)), 90).convert("RGB")
        image = Image.blend(image, grain.resize((width, height), Image.Resampling.BICUBIC), strength)
    return image


def encoded(image: Image.Image, format: str = "JPEG", **options) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def sent(data: bytes, format: str = "JPEG", *, name: str = "", type: str = "") -> SimpleUploadedFile:
    """As a browser sends it: with a name and a type that fit the format, unless told."""
    usual_type, usual_name = TYPES[format]
    return SimpleUploadedFile(name or usual_name, data, type or usual_type)


def a_photo(**fields) -> SimpleUploadedFile:
    """Any good image."""
    return sent(encoded(drawing(**fields)))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int) -> bytes:
    """A few kilobytes that inflate to width × height pixels."""
    row = b"\0" + b"\0" * (width * 4)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(min(height, 200))) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg_in_passes(width: int, height: int) -> bytes:
    """A small, plain, grey JPEG whose components come one after another: a decoder keeps them all until the last."""

    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    one_code = bytes([1, *[0] * 15, 0])
    blocks = -(-width // 8) * -(-height // 8)
    numbers = (1, 2, 3)
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"".join(bytes([n, 0x11, 0]) for n in numbers)),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            *(segment(0xDA, bytes([1, n, 0, 0, 63, 0])) + bytes(-(-blocks * 2 // 8)) for n in numbers),
            b"\xff\xd9",
        )
    )


def a_zip() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>" * 50)
    return file.getvalue()
