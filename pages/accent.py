"""The operator's accent: one colour chosen in the settings, made readable on light and on dark paper."""

import colorsys
import hashlib
import re
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

Colour = tuple[int, int, int]

#: WCAG 2.2, success criterion 1.4.3.
READABLE = 4.5
#: On what the accent is written, lightest to darkest: paper, card and sunk of static/css/site.css.
LIGHT_PAPERS = ("#fffdf9", "#fbf7f0", "#f3ebdf")
DARK_PAPERS = ("#15110e", "#1b1613", "#251f1a")
WHITE = (255, 255, 255)
#: Share of accent in the tint behind a label; on dark paper less would not be seen.
TINT, DARK_TINT = 0.1, 0.18
#: How far the colour under the pointer goes from the accent, toward black or white.
STRONGER = 0.18
STEPS = 50
FOR_EVER = 60 * 60 * 24 * 365


def parse(text: str) -> Colour:
    """#b4331f or #b31 as red, green and blue from 0 to 255. Raises ImproperlyConfigured."""
    match = re.fullmatch(r"#([0-9a-f]{6}|[0-9a-f]{3})", text.strip().lower())
    if not match:
        raise ImproperlyConfigured(f"SITE_ACCENT must be a colour such as #b4331f, not {text!r}.")
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return tuple(int(digits[place : place + 2], 16) for place in (0, 2, 4))


def contrast(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black on white), as WCAG defines it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def shades(accent: Colour) -> dict[str, dict[str, Colour]]:
    """The colours that follow from the accent, for each scheme: the nearest to it that can be read."""
    return {
        "light": _scheme(accent, tuple(map(parse, LIGHT_PAPERS)), lightest=False, text=WHITE, share=TINT),
        "dark": _scheme(
            accent, tuple(map(parse, DARK_PAPERS)), lightest=True, text=parse(DARK_PAPERS[0]), share=DARK_TINT
        ),
    }


@cache
def accent_css(accent: str) -> str:
    """The tokens of static/css/site.css that the operator decides. Raises ImproperlyConfigured."""
    light, dark = (_tokens(scheme) for scheme in shades(parse(accent)).values())
    return (
        f"@layer tokens{{:root{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        # A printed page is read on white, whatever the screen was.
        f"@media print{{:root{{{light}}}}}}}\n"
    )


def version() -> str:
    """Changes with the style sheet, so that browsers may keep each one for ever."""
    return hashlib.sha256(accent_css(settings.SITE_ACCENT).encode()).hexdigest()[:10]


@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """/accent.css, kept for ever by browsers when its address holds the current version."""
    response = HttpResponse(accent_css(settings.SITE_ACCENT), content_type="text/css; charset=utf-8")
    if request.GET.get("v") == version():
        patch_cache_control(response, public=True, max_age=FOR_EVER, immutable=True)
    return response


def _scheme(
    accent: Colour, papers: tuple[Colour, ...], *, lightest: bool, text: Colour, share: float
) -> dict[str, Colour]:
    for step in range(STEPS + 1):
        colour = _shade(accent, step / STEPS, lightest=lightest)
        tint = _mix(papers[1], colour, share)
        if all(contrast(colour, paper) >= READABLE for paper in (*papers, tint, text)):
            return {
                "accent": colour,
                "accent-strong": _shade(colour, STRONGER, lightest=lightest),
                "accent-tint": tint,
                "on-accent": text,
            }
    raise ImproperlyConfigured("The papers of the site are too close to black or to white.")


def _shade(colour: Colour, share: float, *, lightest: bool) -> Colour:
    """The same hue, nearer to white or to black by this share."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    lightness += ((1 if lightest else 0) - lightness) * share
    return tuple(round(channel * 255) for channel in colorsys.hls_to_rgb(hue, lightness, saturation))


def _tokens(scheme: dict[str, Colour]) -> str:
    return ";".join(f"--{name}:#{red:02x}{green:02x}{blue:02x}" for name, (red, green, blue) in scheme.items())


def _mix(colour: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# An operator's typing mistake stops the start, not the first visitor.
accent_css(settings.SITE_ACCENT)
