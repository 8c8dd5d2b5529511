"""The yearly report (DSA, art. 15 and 24), from the months that were counted in the log: nothing is typed by hand."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from core import french
from moderation import figures
from moderation.filter import Ground
from moderation.models import Anchor, Decision, MonthFigures

#: Months over which active members are averaged (art. 24, 2).
_ACTIVE_MONTHS = 6
FORMATS = ("md", "html", "csv")


class NothingToReport(Exception):
    """No month of this year was counted; the text says so."""


@dataclass(frozen=True)
class Line:
    """One figure of the report; `reference` is the paragraph that asks for it."""

    reference: str
    label: str
    value: str


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Report:
    year: int
    site: str
    first: date
    last: date
    counted_at: object
    sections: list[Section]
    anchor: Anchor | None


def of_year(year: int) -> Report:
    """Raises NothingToReport."""
    months = list(MonthFigures.objects.filter(month__year=year).order_by("month"))
    if not months:
        raise NothingToReport(_("Aucun mois de %d n’a été compté.") % year)
    counts = figures.total(months)
    return Report(
        year=year,
        site=settings.SITE_NAME,
        first=months[0].month,
        last=figures.next_month(months[-1].month) - timedelta(days=1),
        counted_at=max(month.made_at for month in months),
        sections=[
            Section(_("Signalements"), list(_notices(counts, months))),
            Section(_("Modération de notre initiative"), list(_restrictions(counts))),
            Section(_("Moyens automatisés"), list(_automated(counts))),
            Section(_("Recours internes"), list(_appeals(counts, months))),
            Section(_("Abus"), list(_abuse(counts))),
            Section(_("Membres actifs"), list(_active(months))),
        ],
        anchor=Anchor.objects.filter(day__year=year).first(),
    )


def _notices(counts: figures.Counts, months: list[MonthFigures]) -> Iterator[Line]:
    article = "15, 1, b"
    yield Line(article, _("Signalements reçus"), _shown(counts.get("notices")))
    yield Line(article, _("dont de signaleurs de confiance"), _shown(counts.get("trusted_notices")))
    for name, number in figures.shown_parts(counts.get("notices_by_ground", {})).items():
        label = Ground(name).label if name in set(Ground) else _("Autre contenu interdit par la loi")
        yield Line(article, _("pour : %s") % label, _least(number))
    yield Line(article, _("Signalements suivis d’une mesure"), _shown(counts.get("acted_notices")))
    yield Line(article, _("Délai médian de réponse, mois par mois"), _medians(months, "median_answer"))


def _restrictions(counts: figures.Counts) -> Iterator[Line]:
    article = "15, 1, c"
    yield Line(article, _("Restrictions décidées"), _shown(counts.get("restrictions")))
    for name, number in figures.shown_parts(counts.get("by_ground", {})).items():
        yield Line(article, _("pour : %s") % Ground(name).label, _least(number))
    restricting = {name: number for name, number in counts.get("by_verb", {}).items() if name in figures.RESTRICTIONS}
    for name, number in figures.shown_parts(restricting).items():
        yield Line(article, _("mesure : %s") % Decision.Verb(name).label, _least(number))
    for name, number in figures.shown_parts(counts.get("by_source", {})).items():
        yield Line(article, _("connue par : %s") % Decision.Source(name).label, _least(number))
    yield Line(article, _("Retours sur une décision"), _shown(counts.get("reversals")))


def _automated(counts: figures.Counts) -> Iterator[Line]:
    article = "15, 1, e"
    detected = (counts.get("detected_published") or 0) + (counts.get("detected_restricted") or 0)
    yield Line(article, _("Restrictions décidées par le filtre seul"), _shown(counts.get("automated_restrictions")))
    yield Line(
        article,
        _("Part des restrictions décidées par le filtre seul"),
        _percent(figures.share(counts.get("automated_restrictions"), counts.get("restrictions"))),
    )
    yield Line(article, _("Textes relus à la demande du filtre"), _shown(detected))
    yield Line(
        article,
        _("Part de ces textes publiés par une personne (alertes à tort)"),
        _percent(figures.share(counts.get("detected_published"), detected)),
    )
    yield Line(
        article,
        _("Part des refus du filtre contestés qu’une personne a annulés"),
        _percent(figures.share(counts.get("reversed_filter_appeals"), counts.get("filter_appeals"))),
    )


def _appeals(counts: figures.Counts, months: list[MonthFigures]) -> Iterator[Line]:
    article = "15, 1, d"
    yield Line(article, _("Recours reçus"), _shown(counts.get("appeals")))
    yield Line(article, _("dont de personnes qui avaient signalé"), _shown(counts.get("notifiers_appeals")))
    yield Line(article, _("Recours jugés"), _shown(counts.get("decided_appeals")))
    yield Line(article, _("dont décisions annulées"), _shown(counts.get("reversed_appeals")))
    yield Line(article, _("Délai médian de jugement, mois par mois"), _medians(months, "median_verdict"))


def _abuse(counts: figures.Counts) -> Iterator[Line]:
    article = "24, 1, b"
    verbs = counts.get("by_verb", {})
    yield Line(article, _("Avertissements"), _shown(verbs.get("warn")))
    yield Line(article, _("Comptes limités à la lecture"), _shown(verbs.get("silence")))
    yield Line(article, _("Comptes suspendus"), _shown(verbs.get("suspend")))
    yield Line(article, _("Signalements manifestement infondés"), _shown(counts.get("unfounded_notices")))
    yield Line(article, _("Avertissements à qui signale à tort"), _shown(counts.get("warned_notifiers")))


def _active(months: list[MonthFigures]) -> Iterator[Line]:
    latest = [month.counts.get("active_members", 0) for month in months[-_ACTIVE_MONTHS:]]
    mean = round(sum(latest) / len(latest))
    label = _("Membres connectés dans le mois, en moyenne sur %d mois") % len(latest)
    yield Line("24, 2", label, _shown(mean))


def _shown(number: int | None) -> str:
    return _least(figures.shown(number))


def _least(value: int | str) -> str:
    return _("moins de %d") % figures.LEAST if value == figures.FEW else french.number(value)


def _percent(share: int | None) -> str:
    return "—" if share is None else f"{share} %"


def _medians(months: list[MonthFigures], name: str) -> str:
    rows = ((month, figures.public_row(month)[name]) for month in months)
    return (
        " ; ".join(
            f"{month.month:%m/%Y} : {french.duration(timedelta(seconds=seconds))}"
            for month, seconds in rows
            if seconds is not None
        )
        or "—"
    )


# --- Its files -------------------------------------------------------------------------------------------------------


def written(report: Report, form: str) -> str:
    if form == "csv":
        return _csv(report)
    return render_to_string(f"moderation/report.{form}", {"report": report, "made_at": timezone.now()})


def _csv(report: Report) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("année"), _("partie"), _("article"), _("libellé"), _("valeur")])
    for section in report.sections:
        writer.writerows([report.year, section.title, line.reference, line.label, line.value] for line in section.lines)
    return out.getvalue()
