"""Small landscapes drawn for the covers of the demonstration: flat colours, hills, trees, roofs. No file is copied."""

import math
from collections.abc import Callable
from io import BytesIO
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from core import images
from core.images import Picture

WIDTH, HEIGHT = 960, 540
#: Drawn larger, then reduced: edges are smooth.
_SCALE = 2
W, H = WIDTH * _SCALE, HEIGHT * _SCALE

Colour = tuple[int, int, int]


def draw(scene: str, *, seed: str) -> Picture:
    """The landscape of this name, read as what a citizen sends is."""
    rng = Random(seed)  # noqa: S311 (nothing secret is drawn)
    image = SCENES[scene](rng).resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    file = BytesIO()
    image.save(file, "PNG", compress_level=1)
    return images.read(SimpleUploadedFile("illustration.png", file.getvalue(), "image/png"))


# --- Landscapes ------------------------------------------------------------------------------------------------------

_DAY = ((143, 196, 222), (247, 236, 214))
_EVENING = ((96, 122, 168), (250, 196, 140))
_AUTUMN = ((176, 205, 214), (252, 226, 178))
_NIGHT = ((18, 28, 58), (64, 82, 128))
_GREENS = ((150, 185, 150), (112, 160, 120), (78, 132, 96), (56, 104, 80))
_GOLDS = ((196, 190, 140), (176, 164, 96), (142, 138, 76), (104, 112, 66))
_BLUES = ((52, 68, 110), (38, 54, 92), (28, 42, 74), (20, 32, 58))


def _town(rng: Random) -> Image.Image:
    image, pen = _sky(_EVENING)
    _disc(pen, 0.74 * W, 0.42 * H, 0.09 * H, (255, 232, 184))
    _hills(pen, rng, _GREENS[:2], top=0.52)
    _houses(pen, rng, base=0.78, count=11, height=(0.14, 0.24), lit=0.25)
    _hill(pen, rng, _GREENS[3], top=0.78, swell=0.01)
    _trees(pen, rng, base=0.86, count=14, size=0.05, colours=_GREENS[1:3])
    return image


def _street(rng: Random) -> Image.Image:
    image, pen = _sky(_DAY)
    _disc(pen, 0.2 * W, 0.24 * H, 0.07 * H, (255, 244, 206))
    _hills(pen, rng, _GREENS[:2], top=0.5)
    _houses(pen, rng, base=0.8, count=8, height=(0.2, 0.32), lit=0)
    pen.rectangle((0, 0.8 * H, W, H), fill=(214, 204, 186))
    pen.rectangle((0, 0.88 * H, W, H), fill=(150, 146, 142))
    for at in range(-1, 9):
        left = (at + 0.3) * W / 8
        pen.rectangle((left, 0.935 * H, left + W / 18, 0.945 * H), fill=(244, 240, 228))
    _trees(pen, rng, base=0.84, count=7, size=0.085, colours=_GREENS[1:3])
    return image


def _orchard(rng: Random) -> Image.Image:
    image, pen = _sky(_AUTUMN)
    _disc(pen, 0.3 * W, 0.28 * H, 0.075 * H, (255, 240, 200))
    _hills(pen, rng, _GOLDS[:2], top=0.46)
    _houses(pen, rng, base=0.6, count=5, height=(0.07, 0.11), lit=0, left=0.62, right=0.95)
    _hill(pen, rng, _GOLDS[2], top=0.6, swell=0.03)
    for row in range(5):
        base, size = 0.66 + 0.075 * row, 0.026 + 0.013 * row
        _trees(pen, rng, base=base, count=13 - row, size=size, colours=((196, 92, 60), (222, 142, 70), _GREENS[2]))
    return image


def _village(rng: Random) -> Image.Image:
    image, pen = _sky(_DAY)
    _hills(pen, rng, _GREENS[:3], top=0.44)
    _houses(pen, rng, base=0.74, count=9, height=(0.1, 0.17), lit=0, left=0.22, right=0.78)
    _steeple(pen, 0.5 * W, 0.74 * H)
    _hill(pen, rng, _GREENS[3], top=0.74, swell=0.02)
    _trees(pen, rng, base=0.84, count=12, size=0.05, colours=_GREENS[:3])
    return image


def _city(rng: Random) -> Image.Image:
    image, pen = _sky(_EVENING)
    _disc(pen, 0.22 * W, 0.36 * H, 0.08 * H, (255, 230, 186))
    _towers(pen, rng, base=0.72, colours=((214, 160, 128), (196, 130, 112), (232, 196, 150), (150, 140, 160)), lit=0.2)
    pen.rectangle((0, 0.72 * H, W, 0.79 * H), fill=(206, 190, 168))
    _trees(pen, rng, base=0.77, count=12, size=0.05, colours=_GREENS[1:3])
    _water(pen, rng, top=0.79, colour=(112, 140, 170), light=(168, 186, 198))
    return image


def _night(rng: Random) -> Image.Image:
    image, pen = _sky(_NIGHT)
    _stars(pen, rng)
    _disc(pen, 0.78 * W, 0.24 * H, 0.075 * H, (248, 240, 210))
    _towers(pen, rng, base=0.82, colours=_BLUES[:3], lit=0.45)
    pen.rectangle((0, 0.82 * H, W, H), fill=_BLUES[3])
    for at in range(7):
        left = (at + 0.5) * W / 7
        pen.rectangle((left - 4, 0.7 * H, left + 4, 0.86 * H), fill=(96, 106, 136))
        _disc(pen, left, 0.7 * H, 0.018 * H, (255, 222, 142))
    return image


def _train(rng: Random) -> Image.Image:
    image, pen = _sky(_NIGHT)
    _stars(pen, rng)
    _disc(pen, 0.24 * W, 0.24 * H, 0.085 * H, (248, 240, 210))
    _hills(pen, rng, _BLUES[:2], top=0.46)
    base = 0.74 * H
    pen.rectangle((0, base, W, base + 0.012 * H), fill=(96, 106, 136))
    for car in range(6):
        left = 0.06 * W + car * 0.155 * W
        pen.rounded_rectangle((left, base - 0.1 * H, left + 0.148 * W, base - 0.012 * H), 18, fill=(164, 58, 62))
        for window in range(5):
            at = left + (0.014 + 0.027 * window) * W
            lit = (255, 220, 140) if rng.random() < 0.75 else (96, 40, 52)
            pen.rounded_rectangle((at, base - 0.082 * H, at + 0.017 * W, base - 0.05 * H), 6, fill=lit)
    _hill(pen, rng, _BLUES[3], top=0.76, swell=0.02)
    _trees(pen, rng, base=0.86, count=16, size=0.05, colours=((24, 40, 62), (30, 48, 68)))
    return image


def _pond(rng: Random) -> Image.Image:
    image, pen = _sky(_NIGHT)
    _stars(pen, rng)
    _disc(pen, 0.64 * W, 0.24 * H, 0.08 * H, (248, 240, 210))
    _hills(pen, rng, _BLUES[:2], top=0.46)
    _trees(pen, rng, base=0.66, count=18, size=0.05, colours=_BLUES[2:])
    _water(pen, rng, top=0.66, colour=(44, 62, 104), light=(112, 128, 160))
    for _reed in range(46):
        left = rng.choice((rng.uniform(0, 0.3), rng.uniform(0.7, 1))) * W
        tall = rng.uniform(0.12, 0.26) * H
        pen.line((left, H, left + rng.uniform(-30, 30), H - tall), fill=(20, 36, 48), width=7)
    return image


def _river(rng: Random) -> Image.Image:
    image, pen = _sky(_DAY)
    _disc(pen, 0.8 * W, 0.22 * H, 0.07 * H, (255, 244, 206))
    _hills(pen, rng, _GREENS[:3], top=0.42)
    _trees(pen, rng, base=0.68, count=20, size=0.055, colours=_GREENS[1:])
    _water(pen, rng, top=0.66, colour=(118, 168, 190), light=(186, 214, 220))
    for pier in range(4):
        left = (0.2 + 0.2 * pier) * W
        pen.rectangle((left - 18, 0.58 * H, left + 18, 0.72 * H), fill=(176, 158, 136))
    pen.rectangle((0, 0.55 * H, W, 0.595 * H), fill=(196, 178, 152))
    _hill(pen, rng, _GREENS[3], top=0.92, swell=0.02)
    _trees(pen, rng, base=0.97, count=9, size=0.08, colours=_GREENS[2:])
    return image


SCENES: dict[str, Callable[[Random], Image.Image]] = {
    "town": _town,
    "street": _street,
    "orchard": _orchard,
    "village": _village,
    "city": _city,
    "night": _night,
    "train": _train,
    "pond": _pond,
    "river": _river,
}


# --- What they are made of -------------------------------------------------------------------------------------------


def _sky(colours: tuple[Colour, Colour]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    top, bottom = (Image.new("RGB", (W, H), colour) for colour in colours)
    fading = Image.linear_gradient("L").resize((W, round(0.7 * H)))
    mask = Image.new("L", (W, H), 255)
    mask.paste(fading, (0, 0))
    image = Image.composite(bottom, top, mask)
    return image, ImageDraw.Draw(image)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _stars(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    for _star in range(70):
        _disc(pen, rng.random() * W, rng.random() ** 1.4 * 0.5 * H, rng.uniform(1.5, 4), (214, 220, 238))


def _hills(pen: ImageDraw.ImageDraw, rng: Random, colours: tuple[Colour, ...], *, top: float) -> None:
    for number, colour in enumerate(colours):
        _hill(pen, rng, colour, top=top + 0.09 * number, swell=0.06)


def _hill(pen: ImageDraw.ImageDraw, rng: Random, colour: Colour, *, top: float, swell: float) -> None:
    waves = [(rng.uniform(0.6, 2.4), rng.uniform(0, math.tau), rng.uniform(0.3, 1)) for _ in range(3)]
    ridge = [
        (x, H * (top + swell * sum(size * math.sin(often * math.tau * x / W + at) for often, at, size in waves) / 2))
        for x in range(0, W + 1, 16)
    ]
    pen.polygon([*ridge, (W, H), (0, H)], fill=colour)


def _trees(
    pen: ImageDraw.ImageDraw, rng: Random, *, base: float, count: int, size: float, colours: tuple[Colour, ...]
) -> None:
    for number in range(count):
        x = (number + 0.5 + rng.uniform(-0.25, 0.25)) * W / count
        radius = size * H * rng.uniform(0.8, 1.15)
        foot, colour = base * H, rng.choice(colours)
        pen.rectangle((x - radius / 9, foot - radius, x + radius / 9, foot), fill=(92, 72, 58))
        pen.ellipse((x - radius * 0.85, foot - 2.6 * radius, x + radius * 0.85, foot - 0.6 * radius), fill=colour)


_WALLS = ((246, 236, 216), (238, 218, 190), (226, 226, 218), (244, 226, 206))
_ROOFS = ((182, 88, 66), (164, 76, 62), (120, 108, 116), (198, 110, 78))


def _houses(
    pen: ImageDraw.ImageDraw,
    rng: Random,
    *,
    base: float,
    count: int,
    height: tuple[float, float],
    lit: float,
    left: float = 0.0,
    right: float = 1.0,
) -> None:
    wide = (right - left) * W / count
    for number in range(count):
        x, foot, tall = left * W + number * wide, base * H, rng.uniform(*height) * H
        eaves, roof = foot - tall * 0.66, tall * 0.34
        end = x + wide * rng.uniform(0.88, 1.0)
        pen.rectangle((x, eaves, end, foot), fill=rng.choice(_WALLS))
        over = wide * 0.05
        pen.polygon(
            [(x - over, eaves), (x + wide * 0.2, eaves - roof), (end - wide * 0.2, eaves - roof), (end + over, eaves)],
            fill=rng.choice(_ROOFS),
        )
        _windows(pen, rng, (x, eaves, end, foot), each=max(wide * 0.13, 12), lit=lit, dark=(112, 128, 142))


def _windows(
    pen: ImageDraw.ImageDraw,
    rng: Random,
    wall: tuple[float, float, float, float],
    *,
    each: float,
    lit: float,
    dark: Colour,
) -> None:
    left, top, right, foot = wall
    columns, rows = max(2, int((right - left) / (each * 2.4))), max(1, int((foot - top) / (each * 2.6)))
    for column in range(columns):
        for row in range(rows):
            x = left + (column + 0.5) * (right - left) / columns - each / 2
            y = top + (row + 0.28) * (foot - top) / rows
            pen.rectangle((x, y, x + each, y + each * 1.35), fill=(255, 220, 146) if rng.random() < lit else dark)


def _towers(pen: ImageDraw.ImageDraw, rng: Random, *, base: float, colours: tuple[Colour, ...], lit: float) -> None:
    x = -0.02 * W
    while x < W:
        wide, tall = rng.uniform(0.07, 0.12) * W, rng.uniform(0.2, 0.42) * H
        colour = rng.choice(colours)
        pen.rectangle((x, base * H - tall, x + wide, base * H), fill=colour)
        dark = tuple(round(part * 0.72) for part in colour)
        _windows(pen, rng, (x, base * H - tall, x + wide, base * H), each=0.016 * W, lit=lit, dark=dark)
        x += wide * 1.02


def _steeple(pen: ImageDraw.ImageDraw, x: float, foot: float) -> None:
    wide = 0.028 * W
    pen.rectangle((x - wide, foot - 0.26 * H, x + wide, foot), fill=(238, 226, 204))
    pen.polygon(
        [(x - wide * 1.15, foot - 0.26 * H), (x, foot - 0.42 * H), (x + wide * 1.15, foot - 0.26 * H)],
        fill=(116, 106, 118),
    )
    _disc(pen, x, foot - 0.21 * H, wide * 0.5, (112, 128, 142))


def _water(pen: ImageDraw.ImageDraw, rng: Random, *, top: float, colour: Colour, light: Colour) -> None:
    pen.rectangle((0, top * H, W, H), fill=colour)
    for _ripple in range(34):
        x, y, long = rng.random() * W, rng.uniform(top + 0.02, 1) * H, rng.uniform(0.02, 0.09) * W
        pen.rounded_rectangle((x, y, x + long, y + 5), 2, fill=light)
