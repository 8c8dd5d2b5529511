"""{% figure "supports_confirmed" place=place %}: a number of the latest snapshot, and its day.

{% live 12 %}: a number that was counted for this very page says « maintenant ». Each carries `data-figure`, by which
tests hold pages to the snapshot.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import french
from figures import reading
from figures.definitions import Number
from figures.reading import Board, Figure

register = template.Library()

#: What stands for a number is not as large as one.
_WORDS = '<span class="quiet" data-figure="{}">{}</span>'


@register.simple_tag(takes_context=True)
def figure(context, key: str, place: reading.Place | None = None, *, dated: bool = True) -> SafeString | str:
    """The number, with « au 22 novembre 2026 » unless the page says the day itself; « pas encore compté » at first."""
    board = _board(context)
    if board is None:
        return _("pas encore compté")
    return shown(board.figure(key, place), dated=dated)


@register.simple_tag(takes_context=True)
def figures_day(context) -> str:
    """The day of the latest snapshot: « 22 novembre 2026 »; nothing before any."""
    board = _board(context)
    return french.day(board.day) if board else ""


@register.simple_tag
def figure_text(number: Number, value: int | None) -> str:
    """A value of this number in words, for what describes a curve."""
    return reading.written(number.unit, value)


@register.simple_tag
def live(value: int) -> SafeString:
    """A number as it is at this moment."""
    return format_html('<span data-figure="now">{}</span> {}', french.number(value), _("maintenant"))


@register.filter
def shown(found: Figure, dated: bool = False) -> SafeString:
    """{{ figure|shown }}: one that the view has read."""
    pattern = '<span data-figure="{}">{}</span>' if found.value is not None else _WORDS
    number = format_html(pattern, found.reference, found.text)
    if not dated:
        return number
    return format_html('{} <span class="quiet">{}</span>', number, _("au %s") % french.day(found.at))


def _board(context) -> Board | None:
    """Read once for a page."""
    request = context.get("request")
    if request is None:
        return reading.board()
    if not hasattr(request, "figures_board"):
        request.figures_board = reading.board()
    return request.figures_board
