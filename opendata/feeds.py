"""What is new in each list, to be followed from elsewhere (Atom, RFC 4287). Nobody is named.

A feed holds the newest MOST things, whatever its list holds. An entry keeps its identifier (RFC 4151) when its title,
and so its address, changes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape, linebreaks
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import french, markdown
from core.converters import NumberedSlug
from events.forms import AgendaForm
from events.models import Event, EventReport
from figures import reading
from figures.models import Snapshot
from initiatives.forms.search import SearchForm
from initiatives.models import Contribution, Initiative, Update
from moderation.models import Statement
from moderation.wording import in_words
from territories.lookup import from_path
from territories.models import Commune, Region

#: Entries of a feed.
MOST = 50
#: Characters of a title that is made from a text.
_TITLE = 80
#: What somebody may write, and XML cannot hold: one would spoil the feed of all (XML 1.0, 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Seconds for which a copy may be kept: what a moderator withholds is gone after a minute.
_KEPT = {"max_age": 60, "s_maxage": 60}
#: When this site began to name things: with its domain, the authority of its identifiers.
_SINCE = "2026"


@dataclass(frozen=True)
class Entry:
    """`number` is its own for ever among those of its sort; `words` are HTML."""

    sort: str
    number: int | str
    title: str
    path: str
    published: datetime
    updated: datetime
    words: str

    @property
    def tag(self) -> str:
        return _tag(f"{self.sort}/{self.number}")


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Of an empty feed, a date that does not change: neither do its bytes."""
        return super().latest_post_date() if self.items else datetime(2026, 1, 1, tzinfo=UTC)


# --- Lists -----------------------------------------------------------------------------------------------------------


@require_safe
def initiatives(request: HttpRequest) -> HttpResponse:
    """Those of a place, a theme, a kind, the last published first; or the last that succeeded."""
    form = SearchForm.read(request.GET)
    if form.misses_place:
        raise Http404
    asked, place = form.cleaned_data, form.place
    has_ended = asked["etat"] == "abouties"
    found = Initiative.objects.succeeded() if has_ended else Initiative.objects.listed()
    if asked["sorte"]:
        found = found.filter(kind=asked["sorte"])
    if place:
        found = found.in_territory(place)
    if asked["theme"]:
        found = found.filter(tag_uses__tag=asked["theme"])
    newest = found.order_by(*(("-ended_at", "-id") if has_ended else ("-published_at", "-id")))[:MOST]
    what = _("Initiatives abouties") if has_ended else _("Initiatives")
    parts = [what, asked["theme"] and asked["theme"].name, place and place.name]
    entries = [_succeeded(each) if has_ended else _initiative(each) for each in newest]
    return _answer(request, " · ".join(filter(None, parts)), reverse("initiatives"), entries)


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What has just been announced of an agenda, under its filters; the agenda itself is a calendar."""
    form = AgendaForm.read(request.GET)
    if form.misses_place:
        raise Http404
    search = form.search.whenever
    newest = search.narrow(Event.objects.coming()).for_cards().order_by("-published_at", "-id")[:MOST]
    parts = [_("Événements"), search.theme and search.theme.name, search.place and search.place.name]
    return _answer(request, " · ".join(filter(None, parts)), search.address, [_event(each) for each in newest])


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What happened, as organisers tell it."""
    found = EventReport.objects.public().select_related("event__commune__department")
    newest = found.order_by("-published_at", "-id")[:MOST]
    return _answer(request, _("Comptes rendus"), reverse("event_reports"), [_report(each) for each in newest])


@require_safe
def territory(request: HttpRequest, territory: str) -> HttpResponse:
    """What is new here: initiatives, events, reports, what succeeded."""
    place = from_path(territory)
    if place is None:
        raise Http404
    here = Initiative.objects.in_territory(place)
    told = EventReport.objects.public().select_related("event__commune__department")
    if isinstance(place, Commune):
        inside = {"event__commune__in": place.with_arrondissements if place.is_divided else [place.pk]}
    else:
        inside = {"event__department__region" if isinstance(place, Region) else "event__department": place}
    entries = [
        *(_initiative(each) for each in here.listed().order_by("-published_at", "-id")[:MOST]),
        *(_succeeded(each) for each in here.succeeded().order_by("-ended_at", "-id")[:MOST]),
        *(
            _event(each)
            for each in Event.objects.coming().in_territory(place).for_cards().order_by("-published_at", "-id")[:MOST]
        ),
        *(_report(each) for each in told.filter(**inside).order_by("-published_at", "-id")[:MOST]),
    ]
    newest = sorted(entries, key=lambda entry: (entry.published, entry.tag), reverse=True)[:MOST]
    return _answer(request, place.name, place.get_absolute_url(), newest)


@require_safe
def updates(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What its organisers tell."""
    initiative = get_object_or_404(Initiative.objects.public(), pk=slug.pk)
    newest = Update.objects.filter(initiative=initiative).public().order_by("-id")[:MOST]
    title = _("Nouvelles de « %(title)s »") % {"title": initiative.title}
    return _answer(request, title, initiative.get_absolute_url(), [_update(each, initiative) for each in newest])


@require_safe
def discussion(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What is said of it, without the replies."""
    initiative = get_object_or_404(Initiative.objects.public(), pk=slug.pk)
    newest = initiative.contributions.threads().public().filter(erased_at=None).order_by("-id")[:MOST]
    title = _("Discussion de « %(title)s »") % {"title": initiative.title}
    entries = [_contribution(each, initiative) for each in newest]
    return _answer(request, title, reverse("discussion", args=[initiative.slug]), entries)


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Each restriction, and why."""
    newest = Statement.objects.order_by("-stated_at", "-id")[:MOST]
    return _answer(
        request, _("Décisions de modération"), reverse("moderation_public"), [_decision(each) for each in newest]
    )


@require_safe
def snapshots(request: HttpRequest) -> HttpResponse:
    """The figures of each night, with the hash of what was published: kept elsewhere, it proves it."""
    newest = reading.newest()
    found = Snapshot.objects.filter(is_demonstration=newest.is_demonstration) if newest else Snapshot.objects.none()
    entries = [_snapshot(each) for each in found.order_by("-day").only("day", "number", "hash")[:MOST]]
    return _answer(request, _("Relevés des chiffres"), reverse("figures_snapshots"), entries)


# --- Entries ---------------------------------------------------------------------------------------------------------


def _initiative(initiative: Initiative) -> Entry:
    return Entry(
        "initiative",
        initiative.pk,
        initiative.title,
        initiative.get_absolute_url(),
        initiative.published_at,
        max(initiative.published_at, initiative.updated_at),
        _paragraphs(initiative.place_label, initiative.summary),
    )


def _succeeded(initiative: Initiative) -> Entry:
    return Entry(
        "aboutie",
        initiative.pk,
        _("Aboutie : %(title)s") % {"title": initiative.title},
        initiative.get_absolute_url(),
        initiative.ended_at,
        max(initiative.ended_at, initiative.updated_at),
        markdown.render(initiative.outcome),
    )


def _event(event: Event) -> Entry:
    return Entry(
        "evenement",
        event.pk,
        event.title,
        event.get_absolute_url(),
        event.published_at,
        max(event.published_at, event.updated_at),
        _paragraphs(f"{event.span}, {event.place_line}", markdown.plain(event.description)),
    )


def _report(report: EventReport) -> Entry:
    return Entry(
        "compte-rendu",
        report.pk,
        _("Compte rendu : %(title)s") % {"title": report.event.title},
        report.get_absolute_url(),
        report.published_at,
        max(report.published_at, report.updated_at),
        markdown.render(report.text),
    )


def _update(update: Update, initiative: Initiative) -> Entry:
    update.initiative = initiative
    return Entry(
        "nouvelle",
        update.pk,
        update.title,
        update.get_absolute_url(),
        update.published_at,
        max(update.published_at, update.updated_at),
        markdown.render(update.text),
    )


def _contribution(contribution: Contribution, initiative: Initiative) -> Entry:
    contribution.initiative = initiative
    words = Truncator(" ".join(markdown.plain(contribution.text).split())).chars(_TITLE)
    is_neither = contribution.stance == Contribution.Stance.NEITHER
    title = words if is_neither else f"{contribution.get_stance_display().capitalize()} : {words}"
    return Entry(
        "contribution",
        contribution.pk,
        title,
        contribution.get_absolute_url(),
        contribution.published_at,
        max(contribution.published_at, contribution.updated_at),
        markdown.render(contribution.text),
    )


def _decision(statement: Statement) -> Entry:
    said = [f"{label} : {words}" for label, words in in_words(statement.fields)]
    return Entry(
        "decision",
        statement.puid,
        _("Décision du %(day)s") % {"day": french.day(statement.stated_at)},
        statement.get_absolute_url(),
        statement.stated_at,
        statement.stated_at,
        _paragraphs(*said),
    )


def _snapshot(snapshot: Snapshot) -> Entry:
    taken = _end_of(snapshot.day)
    return Entry(
        "releve",
        snapshot.day.isoformat(),
        _("Relevé du %(day)s") % {"day": french.day(snapshot.day)},
        reverse("figures_snapshot", args=[snapshot.day]),
        taken,
        taken,
        _paragraphs(_("Le relevé n° %(number)s, dont voici l’empreinte (SHA-256) :") % {"number": snapshot.number})
        + f"<p>{snapshot.hash}</p>",
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)


def _paragraphs(*texts: str) -> str:
    return "".join(linebreaks(escape(text)) for text in texts if text)


# --- The answer ------------------------------------------------------------------------------------------------------


def _answer(request: HttpRequest, title: str, path: str, entries: Iterable[Entry]) -> HttpResponse:
    """Under the filters of its address, as the list has it."""
    asked = request.get_full_path()
    feed = _Feed(
        title=_NOT_XML.sub("", f"{title} · {settings.SITE_NAME}"),
        link=f"{settings.SITE_ADDRESS}{path}",
        description="",
        language=settings.LANGUAGE_CODE,
        author_name=settings.SITE_NAME,
        feed_url=f"{settings.SITE_ADDRESS}{asked}",
        feed_guid=_tag(asked.strip("/")),
    )
    for entry in entries:
        feed.add_item(
            title=_NOT_XML.sub("", entry.title),
            link=f"{settings.SITE_ADDRESS}{entry.path}",
            description=_NOT_XML.sub("", entry.words),
            unique_id=entry.tag,
            pubdate=entry.published,
            updateddate=entry.updated,
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    # No Last-Modified: what is taken away, or given back, changes a feed without being its latest.
    response["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, **_KEPT)
    return response


def _tag(what: str) -> str:
    return f"tag:{urlsplit(settings.SITE_ADDRESS).hostname},{_SINCE}:{what}"
