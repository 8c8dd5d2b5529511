"""A sheet to print and hang: what, when, where, and a code to scan. Drawn here, with our own font in it."""

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from core import qr
from core.french import full_when, hour
from core.markdown import plain
from events.models import Event, Poster

#: Counts the drawings: another one is asked for when it changes.
DRAWING = 2
#: Millimetres. What is written for A4 is scaled down for A5.
_SIZES = {Poster.Size.A4: (210, 297), Poster.Size.A5: (148, 210)}
_FONT = Path(settings.BASE_DIR) / "static" / "fonts" / "bricolage.woff2"
_MARGIN, _BAND, _CODE = 16, 14, 46
#: Points, from the largest title to the smallest.
_TITLES = range(62, 17, -2)
_LINE = 1.12
_POINT = 25.4 / 72


@dataclass(frozen=True)
class Sheet:
    """All that is written on it: what changes any of this asks for another."""

    site: str
    accent: str
    kind: str
    title: str
    when: str
    hours: str
    place: str
    address: str
    words: str
    initiative: str
    link: str
    legal: str
    drawing: int = DRAWING

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def sheet_of(event: Event) -> Sheet:
    """What the poster of this event says today."""
    start, end = event.local_start, event.local_end
    hours = f"{hour(start)} – {hour(end)}" if start.date() == end.date() else hour(start)
    initiative = event.shown_initiative
    return Sheet(
        site=settings.SITE_NAME,
        accent=settings.SITE_ACCENT,
        kind=str(event.get_kind_display()),
        title=event.title,
        # The day alone: hours stand below.
        when=full_when(start, event.tz).rpartition(",")[0],
        hours=f"{hours} ({event.clock})" if event.clock else hours,
        place=event.place_line if event.commune is None else event.place_name or event.commune.name,
        address=", ".join(filter(None, (event.address, event.commune.label))) if event.commune else "",
        words=plain(event.description),
        initiative=initiative.title if initiative else "",
        link=f"{settings.SITE_ADDRESS}/e/{event.pk}",
        legal=_("Ne pas jeter sur la voie publique. Édité par %(who)s. Imprimé par :")
        % {"who": settings.SITE_OPERATOR},
    )


def bound(title: str) -> str:
    """Each word of one or two letters beside the one that it announces: a line does not break between them."""
    return re.sub(r"(?<!\S)(\w{1,2}) (?=\w)", "\\1\N{NO-BREAK SPACE}", title)


def draw(sheet: Sheet, size: str) -> bytes:
    """The PDF, on one page whatever is written."""
    return _Page(sheet, Poster.Size(size)).drawn()


class _Page:
    def __init__(self, sheet: Sheet, size: Poster.Size) -> None:
        self.sheet = sheet
        self.scale = _SIZES[size][0] / _SIZES[Poster.Size.A4][0]
        self.pdf = FPDF(format=_SIZES[size])
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(_MARGIN * self.scale)
        self.pdf.c_margin = 0
        self.pdf.set_title(sheet.title)
        self.pdf.set_lang(settings.LANGUAGE_CODE)
        self.pdf.set_creator(sheet.site)
        for style, weight in (("", 400), ("B", 700)):
            self.pdf.add_font("site", style, _FONT, variations={"wght": weight})
        self.known = self.pdf.fonts["site"].cmap
        self.pdf.add_page()

    def drawn(self) -> bytes:
        pdf, sheet = self.pdf, self.sheet
        self._band()
        top = pdf.y = self._mm(_BAND + 18)
        self._write(sheet.kind.capitalize(), 17)
        pdf.y += self._mm(3)
        self._title(until=top + self._mm(92))
        pdf.y += self._mm(8)
        self._write(sheet.when.capitalize(), 27, "B")
        self._write(sheet.hours, 21, lines=2)
        pdf.y += self._mm(6)
        self._write(sheet.place, 23, "B", lines=2)
        self._write(sheet.address, 15, lines=2)
        foot = pdf.h - self._mm(_MARGIN + 6 + _CODE)
        if sheet.initiative:
            pdf.y += self._mm(4)
            self._write(_("Pour l’initiative « %(title)s »") % {"title": sheet.initiative}, 14, lines=2)
        pdf.y += self._mm(7)
        self._write(sheet.words, 13, lines=int((foot - self._mm(8) - pdf.y) / self._height(13)))
        self._foot(foot)
        return bytes(pdf.output())

    def _band(self) -> None:
        red, green, blue = (int(self.sheet.accent.lstrip("#")[at : at + 2], 16) for at in (0, 2, 4))
        self.pdf.set_fill_color(red, green, blue)
        self.pdf.rect(0, 0, self.pdf.w, self._mm(_BAND), style="F")
        # The better read of black and white (WCAG: relative luminance).
        self.pdf.set_text_color(0 if _luminance(red, green, blue) > 0.179 else 255)
        self.pdf.y = self._mm(_BAND) / 2 - self._height(13) / 2
        self._write(self.sheet.site, 13, "B")
        self.pdf.set_text_color(0)

    def _title(self, *, until: float) -> None:
        """As large as it fits, words whole, and no line that ends with « à » or « de »."""
        words = bound(self._known(self.sheet.title))
        for points in _TITLES:
            self.pdf.set_font("site", "B", points * self.scale)
            lines = self._lines(words, points)
            fits = self.pdf.y + len(lines) * self._height(points) <= until
            if fits and all(self.pdf.get_string_width(word) <= self.pdf.epw for word in words.split(" ")):
                break
        self._write(words, points, "B", lines=int((until - self.pdf.y) / self._height(points)))

    def _foot(self, top: float) -> None:
        pdf, side = self.pdf, self._mm(_CODE)
        rows = qr.squares(self.sheet.link)
        # Four squares of white around it; the margin is one side of it already.
        step = side / (len(rows) + 4)
        pdf.set_fill_color(0)
        for down, row in enumerate(rows):
            for across, is_dark in enumerate(row):
                if is_dark:
                    # A hair wider than it is, so that no viewer shows a seam.
                    pdf.rect(pdf.l_margin + across * step, top + down * step, step * 1.02, step * 1.02, style="F")
        pdf.set_left_margin(pdf.l_margin + side + self._mm(4))
        pdf.y = top + self._mm(8)
        self._write(_("Tout savoir et dire « je viens » :"), 15)
        self._write(self.sheet.link.partition("://")[2], 19, "B", lines=2)
        pdf.set_left_margin(self._mm(_MARGIN))
        pdf.y = pdf.h - self._mm(12)
        # Small, and still read on the smaller sheet.
        self._write(f"{self.sheet.legal} {'.' * 60}", max(7.5, 6.5 / self.scale))

    # --- Text ---

    def _write(self, text: str, points: float, style: str = "", *, lines: int = 1) -> None:
        """At most so many lines; what does not fit ends with an ellipsis."""
        if not text or lines < 1:
            return
        self.pdf.set_font("site", style, points * self.scale)
        found = self._lines(self._known(text), points)
        if len(found) > lines:
            found = found[:lines]
            while found[-1] and self.pdf.get_string_width(f"{found[-1]}…") > self.pdf.epw:
                found[-1] = found[-1][:-1]
            found[-1] = f"{found[-1].rstrip(' ,;:.')}…"
        for line in found:
            if not line:
                self.pdf.y += self._height(points) / 2
                continue
            self.pdf.x = self.pdf.l_margin
            self.pdf.cell(text=line, h=self._height(points), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _lines(self, text: str, points: float) -> list[str]:
        """As they would be written in the present font."""
        return self.pdf.multi_cell(
            w=0, h=self._height(points), text=text, align="L", dry_run=True, output="LINES", new_x=XPos.LMARGIN
        )

    def _known(self, text: str) -> str:
        """Letters that our font has: « ã » becomes « a », a picture leaves."""
        kept = []
        for letter in unicodedata.normalize("NFC", text):
            if letter == "\n" or ord(letter) in self.known:
                kept.append(letter)
                continue
            plain_letters = unicodedata.normalize("NFKD", letter)
            kept += [each for each in plain_letters if ord(each) in self.known and not unicodedata.combining(each)]
        return "\n".join(" ".join(line.split(" ")) for line in "".join(kept).split("\n")).strip()

    def _height(self, points: float) -> float:
        return points * self.scale * _POINT * _LINE

    def _mm(self, length: float) -> float:
        return length * self.scale


def _luminance(*colour: int) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
