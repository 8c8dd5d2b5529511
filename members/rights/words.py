"""How long, in words."""

from datetime import timedelta

from django.utils.translation import ngettext

from members.rights.registry import Retention, retentions

_HOUR, _MONTH, _YEAR = 3600, 30.5, 365


def duration(kept: timedelta) -> str:
    """ "30 minutes", "7 jours", "6 mois", "5 ans"."""
    if kept < timedelta(hours=1):
        return ngettext("%(count)d minute", "%(count)d minutes", kept.seconds // 60) % {"count": kept.seconds // 60}
    if kept < timedelta(days=1):
        hours = kept.seconds // _HOUR
        return ngettext("%(count)d heure", "%(count)d heures", hours) % {"count": hours}
    # Whole years, but for the days that leap years add.
    if kept.days >= _YEAR and kept.days % _YEAR <= kept.days // _YEAR + 1:
        return ngettext("%(count)d an", "%(count)d ans", kept.days // _YEAR) % {"count": kept.days // _YEAR}
    months = round(kept.days / _MONTH)
    if months >= 3 and abs(kept.days - months * _MONTH) < 1:
        return ngettext("%(count)d mois", "%(count)d mois", months) % {"count": months}
    return ngettext("%(count)d jour", "%(count)d jours", kept.days) % {"count": kept.days}


def how_long(retention: Retention) -> str:
    """ "30 jours après la demande"; "tant que le compte existe"."""
    if retention.kept is None:
        return str(retention.until)
    return f"{duration(retention.kept)} {retention.until}".strip()


def table() -> list[tuple[str, str, str]]:
    """What is kept, why, how long: what the page on privacy prints."""
    return [(str(each.what), str(each.why), how_long(each)) for each in retentions()]
