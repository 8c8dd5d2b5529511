"""Writing the demonstration to the database, and taking it away."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.crypto import get_random_string

from core.rows import copy_in
from events.models import Attendance, CalendarSource, Event, EventMessage, EventPhoto, EventReport, Series
from events.services.reporting import ASK_AFTER, ASK_AGAIN_AFTER
from figures.services import flush_demonstration
from initiatives.models import (
    Action,
    Contribution,
    Initiative,
    Need,
    Photo,
    Support,
    SupportTally,
    Tag,
    TaggedInitiative,
    Update,
)
from initiatives.models.milestone import ladder_for
from initiatives.services.counting import fold_supports
from members.addresses import domain_of
from members.models import Member
from members.services import give_totp, make_staff
from moderation.models import Case, Decision
from moderation.services import receive
from moderation.services.statements import state
from opendata import files
from pages.context import DEMONSTRATION_KEY
from pages.demo import (
    NEIGHBOUR_EMAIL,
    ORGANISER_EMAIL,
    STAFF_EMAIL,
    STAFF_NAME,
    afterwards,
    desk,
    living,
    neighbours,
    openings,
    order,
    texts,
)
from pages.demo.acts import act
from pages.demo.atlas import fill
from pages.demo.country import Country, Held, Queued, imagine
from pages.demo.gatherings import PARTNER_ADDRESS
from pages.demo.living import Living
from pages.demo.neighbours import write_neighbours
from pages.demo.nights import count_nights
from pages.demo.opened import Opened
from pages.demo.people import Person, Place
from pages.demo.sources import Sources, write_sources
from search.words import count_words
from territories.models import Commune, Department, Region

#: Held while it is loaded or removed, so that two processes never do it at once.
_LOADING_LOCK = 20110117
#: Where an online event takes place: nowhere, since the domain cannot exist.
_ONLINE_URL = "https://visio.demonstration.invalid/salle-{number}"

Report = Callable[[str], None]


class AlreadyLoaded(Exception):
    """The demonstration is there: it must be removed before it is loaded again."""


def is_loaded() -> bool:
    return Member.objects.filter(is_demonstration=True).exists()


@transaction.atomic
def load(report: Report) -> Country:
    """Write the whole demonstration, dated from now. `report` is called after each step. Raises AlreadyLoaded."""
    _alone()
    if is_loaded():
        raise AlreadyLoaded
    now = timezone.now()
    written = texts.read()
    country = imagine(written, now=now)
    report("Imagined the country")
    staff = _hire() if settings.DEVELOPMENT else None
    members = _write_members(country)
    report(f"{len(members)} members")
    report(write_neighbours(country, members))
    initiatives = _write_initiatives(country, members)
    report(f"{len(initiatives)} initiatives")
    report(f"{_write_supports(country, initiatives, members)} supports")
    report(write_sources(country, initiatives))
    events, attended = _write_events(country, initiatives, members)
    reports = afterwards.write_reports(country, events, written.reports, untold=_latest_of_organiser(country, events))
    report(f"{len(events)} events, {attended} attendances, {len(reports)} reports")
    life = Living(country, initiatives, members, events, reports=reports, voices=written.voices)
    report(life.write())
    _write_queue(country, members, staff)
    report(f"{len(country.queue)} texts for the moderators")
    report(act(life.accepted, staff, now=now))
    report(order.write(staff, now=now))
    _analyse()
    report(openings.write(staff, now=now))
    # Until they are counted no misspelling is known, and « jardin partagé » asks for the village of Jardin.
    report(f"{count_words()} words to search by")
    report(f"{count_nights()} nights of figures")
    files.forget()
    report(f"{files.make_due()} tables of open data")
    _forget()
    return country


@transaction.atomic
def flush(report: Report) -> None:
    """Take away all of the demonstration, and nothing else.

    What its people wrote goes, with its supports, attendances, cases and decisions. A real event of an invented
    initiative stays, on its own. Themes stay, as do the words that a real initiative uses.
    """
    _alone()
    # A plan for tables believed empty reads them once for each row that goes.
    _analyse()
    invented = Q(author__is_demonstration=True)
    initiatives = Initiative.objects.filter(_invented())
    words = list(
        Tag.objects.filter(theme_rank=None, uses__content_object__in=initiatives)
        .distinct()
        .values_list("pk", flat=True)
    )
    partners = CalendarSource.objects.filter(address=PARTNER_ADDRESS)
    events = Event.objects.filter(invented | Q(author=None, initiative__in=initiatives) | Q(source__in=partners))
    order.flush(initiatives, events)
    parts = [
        model.objects.filter(invented | Q(initiative__in=initiatives))
        for model in (Action, Contribution, Need, Photo, Update)
    ]
    told = [
        EventReport.objects.filter(invented | Q(event__in=events)),
        EventPhoto.objects.filter(invented | Q(report__event__in=events)),
        EventMessage.objects.filter(invented | Q(event__in=events)),
    ]
    for queryset in (initiatives, events, *parts, *told):
        content_type = ContentType.objects.get_for_model(queryset.model)
        ids = list(queryset.values_list("pk", flat=True))
        cases = Case.objects.filter(content_type=content_type, object_id__in=ids)
        told_of = Q(case__in=cases) | Q(content_type=content_type, object_id__in=ids)
        decisions = Decision.objects.filter(told_of, is_demonstration=True)
        desk.flush(decisions, cases)
        _forget_decisions(decisions)
        # What was decided of a real person's words stays in the log, for ever, and its case with it.
        cases.filter(decisions=None).delete()
    _forget_decisions(Decision.objects.filter(is_demonstration=True))
    report("Cases and decisions removed")
    living.forget_pictures(list(told[1].values_list("name", "width")))
    for queryset in told:
        queryset.delete()
    series = list(events.exclude(series=None).values_list("series", flat=True).distinct())
    events.delete()
    Series.objects.filter(pk__in=series, events=None).delete()
    partners.delete()
    report("Events removed")
    living.forget_pictures(list(Photo.objects.filter(pk__in=parts[3].values("pk")).values_list("name", "width")))
    # Replies go with what they answer: each is counted by the database as it goes.
    for queryset in parts:
        queryset.delete()
    initiatives.delete()
    Tag.objects.filter(pk__in=words, uses=None).delete()
    report("Initiatives removed")
    Member.objects.filter(is_demonstration=True).delete()
    openings.flush()
    neighbours.flush()
    flush_demonstration()
    files.forget()
    count_words()
    report("Members removed")
    # Not sooner: what the commit checks of each row that goes would be planned for empty tables, by any index.
    transaction.on_commit(_analyse)
    _forget()


def _forget_decisions(decisions) -> None:
    """What goes back on another goes before it."""
    while decisions.filter(reversed_by=None).delete()[0]:
        pass


def _invented() -> Q:
    """The initiatives of its members; and what nobody carries any more, when one of them supported it first."""
    first = Support.objects.filter(initiative=OuterRef("pk")).order_by("id").values("member__is_demonstration")[:1]
    return Q(author__is_demonstration=True) | Q(author=None) & Exact(Subquery(first), Value(True))


def accounts() -> dict[str, str]:
    """Whom anyone may be on a developer's machine: what they are, and the address to sign in with."""
    who = {"Staff": STAFF_EMAIL, "Organiser": ORGANISER_EMAIL, "Supporter": NEIGHBOUR_EMAIL}
    known = Member.objects.filter(is_demonstration=True, email__in=who.values())
    there = set(known.values_list("email", flat=True))
    return {what: email for what, email in who.items() if email in there}


# --- Writing ---------------------------------------------------------------------------------------------------------


def _hire() -> Member:
    """The staff account, ready to sign in: its address is confirmed, its second factor set up."""
    member, _is_new = make_staff(
        STAFF_EMAIL,
        display_name=STAFF_NAME,
        groups=list(Group.objects.filter(name="Modérateurs")),
        is_superuser=True,
    )
    member.is_demonstration = True
    member.save(update_fields=["is_demonstration"])
    EmailAddress.objects.update_or_create(user=member, email=STAFF_EMAIL, defaults={"verified": True, "primary": True})
    give_totp(member)
    return member


def _write_members(country: Country) -> dict[Person, Member]:
    rows = {
        person: Member(
            email=person.email,
            display_name=person.display_name,
            home_commune=person.commune,
            is_demonstration=True,
            joined_at=_ago(country, person.joined_ago),
            password=make_password(None),
        )
        for person in country.people.everyone
    }
    copy_in(list(rows.values()))
    return rows


def _write_initiatives(country: Country, members: dict[Person, Member]) -> dict[Opened, Initiative]:
    themes = {tag.slug: tag for tag in Tag.objects.filter(theme_rank__isnull=False)}
    free = _free_tags({word for opened in country.initiatives for word in opened.text.tags})
    newest = {life.opened: life.newest for life in country.lives}
    rows, uses = {}, []
    # The oldest first, so that numbers grow with time.
    for opened in sorted(country.initiatives, key=lambda opened: -opened.age):
        tags = _unique([*(themes[slug] for slug in opened.text.themes), *(free[word] for word in opened.text.tags)])
        rows[opened] = row = _initiative(country, opened, members[opened.author], newest.get(opened, opened.age))
        row.keywords = ", ".join(tag.name for tag in tags)
        uses += [(tag, row) for tag in tags]
    copy_in(list(rows.values()))
    TaggedInitiative.objects.bulk_create(TaggedInitiative(tag=tag, content_object=row) for tag, row in uses)
    return rows


def _initiative(country: Country, opened: Opened, author: Member, newest: float) -> Initiative:
    """`newest` is the age of what happened to it last."""
    text, place, story = opened.text, opened.place, opened.text.story
    begun, age = _ago(country, max(opened.launched, opened.age) + 0.8), _ago(country, opened.age)
    is_draft = opened.state == "draft"
    belonging = _belonging(place)
    steps = ladder_for(place.population if belonging.get("region") or belonging.get("department") else None)
    return Initiative(
        # The one who carried it left the site.
        author=None if opened.frozen else author,
        frozen_at=_ago(country, opened.frozen) if opened.frozen else None,
        kind=text.kind,
        title=fill(text.title, place),
        summary=fill(text.summary, place),
        problem=fill(text.problem, place),
        proposal=fill(text.proposal, place),
        # The last question of the form is the one a draft has not answered yet.
        means="" if is_draft else fill(text.means, place),
        state=opened.state,
        outcome=fill(text.outcome, place),
        proof=story.proof if story else "",
        lessons=story.lessons if story else "",
        created_at=begun,
        updated_at=age,
        submitted_at=_ago(country, opened.submitted) if opened.is_public else None,
        published_at=age if opened.is_public else None,
        ended_at=None if opened.ended is None else _ago(country, opened.ended),
        supports_told=len(opened.supporters),
        nursery_key="" if opened.is_public else get_random_string(10, "abcdefghijkmnpqrstuvwxyz23456789"),
        launched_at=_ago(country, opened.launched) if opened.launched else None,
        active_at=_ago(country, newest),
        steps=steps if opened.is_public else [],
        next_step=_next_step(opened, steps),
        **belonging,
    )


def _next_step(opened: Opened, steps: list[int]) -> int | None:
    if opened.state == "preparing":
        return steps[0]
    if opened.state != "published":
        return None
    return next((step for step in steps if step > len(opened.supporters)), None)


def _belonging(place: Place) -> dict:
    """The place and all that contain it, as an initiative holds them."""
    commune = place if isinstance(place, Commune) else None
    department = place if isinstance(place, Department) else commune and commune.department
    region = place if isinstance(place, Region) else department and department.region
    return {
        "commune": commune,
        "department": department,
        "region": region,
        "place_label": place.label if place else "France",
    }


def _free_tags(words: set[str]) -> dict[str, Tag]:
    """A tag for each of these words: the one that has this name already, whatever its case, or a new one."""
    known = {tag.name.casefold(): tag for tag in Tag.objects.all()}
    slugs = {tag.slug for tag in known.values()}
    new = []
    for word in sorted(words):
        if word.casefold() in known:
            continue
        tag = Tag(name=word)
        tag.slug = next(slug for number in range(1, 99) if (slug := tag.slugify(word, number - 1 or None)) not in slugs)
        slugs.add(tag.slug)
        known[word.casefold()] = tag
        new.append(tag)
    Tag.objects.bulk_create(new)
    return {word: known[word.casefold()] for word in words}


def _write_supports(country: Country, initiatives: dict[Opened, Initiative], members: dict[Person, Member]) -> int:
    sources = Sources()
    rows = [
        Support(
            initiative=initiatives[opened],
            member=members[person],
            commune=person.commune,
            domain=domain_of(person.email),
            created_at=_ago(country, age),
            written_at=_ago(country, age),
            confirmed_at=_ago(country, age),
            source=sources.drawn_for(opened),
        )
        for opened in country.initiatives
        for person, age in opened.supporters
    ]
    rows.sort(key=lambda support: support.created_at)
    copy_in(rows)
    fold_supports()
    return len(rows)


def _write_events(
    country: Country, initiatives: dict[Opened, Initiative], members: dict[Person, Member]
) -> tuple[dict[Held, Event], int]:
    """The events, and how many attendances."""
    # Numbers grow with time; what is drawn for each is drawn in an order that is the same at any hour.
    numbers = {held: at for at, held in enumerate(sorted(country.events, key=lambda held: -held.published), start=1)}
    rows = {
        held: _event(country, held, initiatives.get(held.opened), members[held.author], numbers[held])
        for held in country.events
    }
    door = afterwards.Door()
    guests = {(held, person): door.guests(row) for held, row in rows.items() for person, _age in held.attendees}
    for held, row in rows.items():
        row.attendees_told = sum(1 + guests[held, person] for person, _age in held.attendees)
    copy_in(sorted(rows.values(), key=lambda row: row.published_at))
    attendances = [
        Attendance(
            event=row,
            member=members[person],
            guests=guests[held, person],
            created_at=_ago(country, age),
            checked_in_at=door.arrival(row, now=country.now),
        )
        for held, row in rows.items()
        for person, age in held.attendees
    ]
    attendances.sort(key=lambda attendance: attendance.created_at)
    copy_in(attendances)
    return rows, len(attendances)


def _event(country: Country, held: Held, initiative: Initiative | None, author: Member, number: int) -> Event:
    published = _ago(country, held.published)
    cancelled = None if held.cancelled is None else _ago(country, held.cancelled)
    asked, asked_again = held.ends_at + ASK_AFTER, held.ends_at + ASK_AFTER + ASK_AGAIN_AFTER
    is_online = held.commune is None
    return Event(
        author=author,
        initiative=initiative,
        kind=held.text.kind,
        title=held.text.title,
        description=held.text.description,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        time_zone=held.zone.key,
        commune=held.commune,
        department=held.commune and held.commune.department,
        place_name="" if is_online else held.text.place,
        latitude=held.latitude,
        longitude=held.longitude,
        online_url=_ONLINE_URL.format(number=number) if is_online else "",
        capacity=held.capacity,
        created_at=published,
        updated_at=published,
        published_at=published,
        # Everyone was told everything: no message leaves about what never happened.
        announced_at=published,
        cancelled_at=cancelled,
        cancellation_told_at=cancelled,
        report_asked_at=asked if asked < country.now else None,
        report_asked_again_at=asked_again if asked_again < country.now else None,
    )


def _latest_of_organiser(country: Country, events: dict[Held, Event]) -> set[Event]:
    """The one that whoever signs in as the organiser has to tell of."""
    own = [
        row
        for held, row in events.items()
        if held.author.email == ORGANISER_EMAIL and row.ends_at < country.now and row.cancelled_at is None
    ]
    return set(sorted(own, key=lambda row: row.ends_at)[-1:])


# --- The queue -------------------------------------------------------------------------------------------------------


def _write_queue(country: Country, members: dict[Person, Member], staff: Member | None) -> None:
    """Each text goes through the filter, as a citizen's would, and is then dated."""
    themes = {tag.slug: tag for tag in Tag.objects.filter(theme_rank__isnull=False)}
    for queued in sorted(country.queue, key=lambda queued: -queued.age):
        author = members[queued.author]
        if queued.text.kind_of == "event":
            content = _queued_event(country, queued, author)
            content.save()
        else:
            tags = [themes[slug] for slug in queued.text.themes]
            content = _queued_initiative(country, queued, author)
            content.keywords = ", ".join(tag.name for tag in tags)
            content.save()
            TaggedInitiative.objects.bulk_create(TaggedInitiative(tag=tag, content_object=content) for tag in tags)
        receive(content, by=author)
        case = Case.objects.open().of(content).first()
        if case is None:
            continue
        case.opened_at = _ago(country, queued.age)
        case.save(update_fields=["opened_at"])
        if queued.is_withheld:
            _withhold(country, queued, content, case, staff)


def _queued_initiative(country: Country, queued: Queued, author: Member) -> Initiative:
    text = queued.text
    return Initiative(
        author=author,
        kind=Initiative.Kind.LOCAL_PROJECT,
        title=text.title,
        summary=text.summary,
        problem=text.problem,
        proposal=text.proposal,
        means=text.means,
        state=Initiative.State.SUBMITTED,
        created_at=_ago(country, queued.age + 0.2),
        updated_at=_ago(country, queued.age),
        launched_at=_ago(country, queued.age + 0.1),
        submitted_at=_ago(country, queued.age),
        **_belonging(queued.commune),
    )


def _queued_event(country: Country, queued: Queued, author: Member) -> Event:
    place, text = queued.commune, queued.text
    return Event(
        author=author,
        title=text.title,
        description=text.summary,
        starts_at=queued.starts_at,
        ends_at=queued.ends_at,
        time_zone=place.zone.key,
        commune=place,
        department=place.department,
        latitude=place.latitude,
        longitude=place.longitude,
        created_at=_ago(country, queued.age),
        updated_at=_ago(country, queued.age),
    )


def _withhold(country: Country, queued: Queued, content: Initiative, case: Case, staff: Member | None) -> None:
    """What a moderator did with it the same day; written here since nobody is to be told."""
    decided = _ago(country, queued.age - 0.3)
    content.withheld_at = case.closed_at = decided
    content.save(update_fields=["withheld_at"])
    case.save(update_fields=["closed_at"])
    decision = Decision.objects.create(
        case=case,
        content_type=case.content_type,
        object_id=content.pk,
        verb=Decision.Verb.WITHHOLD,
        ground=case.ground,
        rule=case.rule,
        rule_version=case.rule_version,
        reason=queued.text.reason,
        texts=content.texts(),
        by=staff,
        author=content.author,
        made_at=decided,
    )
    state(decision)


# --- Below -----------------------------------------------------------------------------------------------------------


def _ago(country: Country, days: float):
    return country.now - timedelta(days=days)


def _unique(items: Iterable) -> list:
    return list(dict.fromkeys(items))


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_LOADING_LOCK])


def _analyse() -> None:
    """The planner learns at once what the tables hold, instead of at the next automatic vacuum."""
    loaded = [
        Member,
        Initiative,
        TaggedInitiative,
        Support,
        SupportTally,
        Event,
        Attendance,
        EventReport,
        Case,
        Decision,
        *living.MODELS,
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in loaded)}")


def _forget() -> None:
    """This process asks again whether a demonstration is there; the others do within a minute."""
    caches["local"].delete(DEMONSTRATION_KEY)
