"""Somebody of whom every room holds something: at least one row for each declaration of members.rights."""

import random
from datetime import timedelta
from types import SimpleNamespace

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from cast import new_action, new_event, new_initiative, new_member, new_need
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from core import images
from events.models import (
    Attendance,
    CalendarSource,
    EventLetter,
    EventMessage,
    EventPhoto,
    EventReport,
    OwnCalendar,
)
from initiatives.models import (
    AdoptionRequest,
    Announcement,
    Commitment,
    Contribution,
    ContributionVote,
    CoOrganiser,
    Invitation,
    Letter,
    Merge,
    MergeObjection,
    Offer,
    Photo,
    Support,
    SupportReview,
    UnfinishedStep,
    Update,
)
from members.addresses import address_key
from members.models import (
    AccessRecord,
    AddressChange,
    Block,
    Consent,
    DataCopy,
    LegalHold,
    MailEvent,
    Member,
    OpenSession,
    PartyInvitation,
    Suppression,
)
from moderation.models import (
    Appeal,
    Case,
    CaseNote,
    Decision,
    Evidence,
    Notice,
    NotifierWarning,
    OwnContact,
    ReceivedText,
    RefusedText,
    RuleAlert,
    Sanction,
    Statement,
    TrustedFlagger,
)
from notifications.models import (
    Follow,
    MailDay,
    MailSettings,
    Mute,
    Notification,
    Preference,
    Push,
    PushSubscription,
    Rhythm,
)
from territories.models import Department, Opening, Referent

#: What stands nowhere else.
NAME = "Zélindevoise"
ADDRESS = "zelie.marqueterie@exemple.fr"
FORMER = "zelie.ancienne@exemple.fr"
WORDS = "Mirabelliers"


def picture(width: int = 640) -> images.Picture:
    """The files of one picture, whatever they show."""
    return images.Picture(width, width, {each: b"RIFF" + bytes(8) for each in images.widths_of(width)})


def live(vitre, *, staff: bool = False) -> SimpleNamespace:
    """Zélie, who did everything, and Omar, with whom she did it."""
    now = timezone.now()
    zelie = Member.objects.create_user(ADDRESS, display_name=NAME, home_commune=vitre, is_staff=staff)
    omar = new_member("omar", home_commune=vitre)
    life = SimpleNamespace(zelie=zelie, omar=omar)
    _her_account(zelie, omar, now)
    _her_initiatives(life, vitre, now)
    _her_events(life, vitre, now)
    _her_moderation(life, now)
    _her_messages(life, now)
    return life


def _her_account(zelie: Member, omar: Member, now) -> None:
    DataCopy.objects.create(member=zelie, made_at=now, ends_at=now + timedelta(days=6), size=1, file="copies/z.zip")
    Consent.objects.create(member=zelie, purpose="use", version="2026-11")
    PartyInvitation.objects.create(member=zelie)
    AddressChange.objects.create(member=zelie, former=FORMER, new=ADDRESS, changed_at=now - timedelta(days=1))
    Block.objects.create(blocker=zelie, blocked=omar)
    Block.objects.create(blocker=omar, blocked=zelie)
    Authenticator.objects.create(user=zelie, type="totp", data={"secret": "secret-de-zelie"})
    EmailAddress.objects.create(user=zelie, email=ADDRESS, verified=True, primary=True)
    department = Department.objects.get(pk="29")
    Opening.objects.create(department=department, opened_at=now, told_at=now).animators.add(zelie)
    Referent.objects.create(department=department, name=NAME, role="Animatrice", email=ADDRESS.upper(), agreed_on=now)


def her_mailbox_refuses() -> None:
    """Nothing is written to her any more."""
    Suppression.objects.create(address_key=address_key(ADDRESS), reason="bounce")
    MailEvent.objects.create(event_key=b"e" * 32, address_key=address_key(ADDRESS), reason="bounce")


def her_staff_work(life: SimpleNamespace) -> None:
    """What she did for the team: none of it is in a copy."""
    zelie, now = life.zelie, timezone.now()
    LegalHold.objects.create(member=life.omar, reason="Tribunal de Rennes", by=zelie)
    AccessRecord.objects.create(by=zelie, about=life.omar, what="adresse e-mail", why="demande")
    LogEntry.objects.create(
        user=zelie,
        content_type=ContentType.objects.get_for_model(Member),
        object_id=str(life.omar.pk),
        object_repr="Omar",
        action_flag=CHANGE,
    )
    CalendarSource.objects.create(name="Mairie", address="https://exemple.fr/a.ics", added_by=zelie)
    Announcement.objects.create(initiative=life.hers, kind="initiative_closed", key="k", context={}, by=zelie)
    SupportReview.objects.create(initiative=life.theirs, act="remove", domain="x.fr", reason="Faux", by=zelie)
    SupportReview.objects.create(
        initiative=life.theirs, act="remove", domain="y.fr", reason="Faux", by=life.omar, undone_by=zelie
    )
    AdoptionRequest.objects.create(
        initiative=life.hers, member=life.omar, message="Moi", decided_at=now, decided_by=zelie, reason="Non"
    )
    about = Contribution.objects.create(initiative=life.theirs, author=life.omar, text="Bonjour", published_at=now)
    case = Case.objects.create(content=about, held_by=zelie, held_since=now, held_until=now + timedelta(hours=1))
    CaseNote.objects.create(case=case, by=zelie, text="À voir")
    decided = Decision.objects.create(
        content=about, verb="withhold", ground="insult", reason="Injure", by=zelie, author=life.omar
    )
    Evidence.objects.create(
        decision=decided,
        content_type=decided.content_type,
        object_id=about.pk,
        sealed=b"x",
        digest="d",
        basis="crime",
        destroy_on=now.date() + timedelta(days=365),
        sealed_by=zelie,
    )
    Appeal.objects.create(reference="R-2026-00009", decision=decided, member=life.omar, text="Je conteste", by=zelie)
    notice = Notice.objects.create(
        reference="S-2026-00009",
        content_type=decided.content_type,
        object_id=about.pk,
        case=case,
        ground="insult",
        explanation="e",
        address="/x",
        notifier_key=b"k" * 32,
    )
    NotifierWarning.objects.create(notifier_key=b"k" * 32, notice=notice, by=zelie)
    Sanction.objects.create(
        member=life.omar, kind="suspension", ground="insult", reason="r", proposed_by=zelie, proposed_at=now
    )
    other = new_member("paul")
    Sanction.objects.create(
        member=other,
        kind="suspension",
        ground="insult",
        reason="r",
        proposed_by=life.omar,
        confirmed_by=zelie,
    )
    RuleAlert.objects.create(
        rule="r", rule_version="1", hits=9, texts=10, is_disarmed=False, settled_at=now, settled_by=zelie
    )


def _her_initiatives(life: SimpleNamespace, vitre, now) -> None:
    zelie, omar = life.zelie, life.omar
    life.hers = new_initiative(zelie, vitre, title="Un pédibus à Vitré")
    life.theirs = new_initiative(omar, vitre, title="Des haies au bord du canal")
    Support.objects.create(initiative=life.theirs, member=zelie, confirmed_at=now, commune=vitre, domain="exemple.fr")
    life.asked = Support.objects.create(
        initiative=new_initiative(omar, title="Une troisième"),
        state="pending",
        email=ADDRESS,
        first_name=NAME,
        address_key=address_key(ADDRESS),
    )
    life.said = Contribution.objects.create(
        initiative=life.theirs, author=zelie, text=f"{WORDS} : plantons-en", stance="for", published_at=now
    )
    life.reply = Contribution.objects.create(
        initiative=life.theirs, parent=life.said, author=omar, text="D’accord", published_at=now
    )
    life.answered = Contribution.objects.create(
        initiative=life.theirs, author=omar, text="Des charmes ?", published_at=now
    )
    ContributionVote.objects.create(contribution=life.answered, member=zelie, is_useful=True)
    ContributionVote.objects.create(contribution=life.said, member=omar, is_useful=True)
    CoOrganiser.objects.create(initiative=life.theirs, member=zelie)
    Invitation.objects.create(
        initiative=life.hers, email="invite@exemple.fr", by=zelie, ends_at=now + timedelta(days=9)
    )
    Invitation.objects.create(initiative=life.theirs, email=ADDRESS, by=omar, ends_at=now + timedelta(days=9))
    AdoptionRequest.objects.create(initiative=life.theirs, member=zelie, message="Je veux bien")
    new_action(life.hers, title="Marquer les arrêts", author=zelie)
    life.action = new_action(life.theirs)
    Commitment.objects.create(action=life.action, member=zelie)
    new_need(life.hers, words="Des gilets", author=zelie)
    Offer.objects.create(need=new_need(life.theirs), member=zelie, message="J’en ai une")
    life.update = Update.objects.create(
        initiative=life.hers, author=zelie, title="Premiers arrêts", text=f"{WORDS} marqués", published_at=now
    )
    name = images.keep(picture(), folder=Photo.FOLDER)
    life.photo = Photo.objects.create(
        initiative=life.hers,
        author=zelie,
        use="text",
        name=name,
        width=640,
        height=640,
        alternative=f"Des {WORDS}",
        published_at=now,
    )
    Letter.objects.create(initiative=life.theirs, member=zelie, author=zelie, text=f"Bonjour, {WORDS} ?")
    Letter.objects.create(initiative=life.hers, member=omar, author=zelie, is_answer=True, text="Oui")
    UnfinishedStep.objects.create(member=zelie, step="subject", typed={"title": f"Mes {WORDS}"})
    Merge.objects.create(source=life.hers, target=life.theirs, proposed_by=zelie)
    merge = Merge.objects.create(
        source=new_initiative(omar, title="Une quatrième"), target=new_initiative(omar, title="Une cinquième")
    )
    MergeObjection.objects.create(merge=merge, member=zelie)


def _her_events(life: SimpleNamespace, vitre, now) -> None:
    zelie, omar = life.zelie, life.omar
    life.gathering = new_event(omar, vitre, title="Plantation")
    Attendance.objects.create(event=life.gathering, member=zelie, guests=1)
    life.alone = new_event(zelie, vitre, title="Balade au canal")
    life.past = new_event(
        zelie,
        vitre,
        title="Balade d’hier",
        starts_at=now - timedelta(days=2),
        ends_at=now - timedelta(days=2, hours=-2),
    )
    report = EventReport.objects.create(event=life.past, author=zelie, text=f"{WORDS} vus", published_at=now)
    EventPhoto.objects.create(
        report=report,
        author=zelie,
        name=images.keep(picture(), folder=EventPhoto.FOLDER),
        width=640,
        height=640,
        alternative=f"Des {WORDS}",
        published_at=now,
    )
    EventMessage.objects.create(event=life.past, author=zelie, text=f"Apportez des {WORDS}", published_at=now)
    EventLetter.objects.create(event=life.gathering, member=zelie, author=zelie, text=f"Où garer les {WORDS} ?")
    EventLetter.objects.create(event=life.alone, member=omar, author=zelie, is_answer=True, text="Ici")
    OwnCalendar.objects.create(member=zelie, number=random.getrandbits(60))


def _her_moderation(life: SimpleNamespace, now) -> None:
    zelie = life.zelie
    decided = Decision.objects.create(
        content=life.hers, verb="withhold", ground="insult", reason="Injure", author=zelie, texts={"title": "Un titre"}
    )
    Statement.objects.create(decision=decided, puid="essai", fields={"decision_facts": "Une injure."})
    Evidence.objects.create(
        decision=decided,
        content_type=decided.content_type,
        object_id=life.hers.pk,
        sealed=b"x",
        digest="e",
        basis="crime",
        destroy_on=now.date() + timedelta(days=365),
    )
    RefusedText.objects.create(decision=decided, sealed=b"x", length=12)
    Appeal.objects.create(reference="R-2026-00001", decision=decided, member=zelie, text="Je conteste")
    case = Case.objects.create(content=life.reply)
    notice = Notice.objects.create(
        reference="S-2026-00001",
        content=life.reply,
        case=case,
        ground="insult",
        explanation="Ceci m’insulte",
        address="/x",
        member=zelie,
        notifier_key=address_key(ADDRESS),
        confirmed_at=now,
    )
    NotifierWarning.objects.create(notifier_key=address_key(ADDRESS), notice=notice, by=None)
    TrustedFlagger.objects.create(member=zelie, body="Une association")
    Sanction.objects.create(member=zelie, kind="warning", ground="insult", reason="r", started_at=now, decision=decided)
    OwnContact.objects.create(member=zelie, key=b"k" * 16)
    ReceivedText.objects.create(
        content_type=ContentType.objects.get_for_model(Contribution),
        object_id=life.said.pk,
        author=zelie,
        signature=[1],
        keys=[2],
    )


def _her_messages(life: SimpleNamespace, now) -> None:
    zelie, omar = life.zelie, life.omar
    Follow.objects.create(member=zelie, commune=zelie.home_commune)
    Notification.objects.create(recipient=zelie, kind="team_left", key="a", context={"name": "Omar", "title": "t"})
    told = Notification.objects.create(
        recipient=omar, kind="team_left", key="b", context={"name": NAME, "title": "t"}, by=zelie
    )
    Notification.objects.create(
        recipient=omar, kind="letter_received", key="c", context={"name": NAME, "text": WORDS}, by=zelie
    )
    Notification.objects.create(address=ADDRESS, kind="supports_none", key="d", context={"url": "/"})
    Preference.objects.create(member=zelie, kind="team_left", channel="mail", choice="never")
    Mute.objects.create(member=zelie, about=f"initiatives.initiative {life.theirs.pk}")
    MailSettings.objects.create(member=zelie, digest="weekly")
    MailDay.objects.create(member=zelie, day=now.date(), count=2)
    Rhythm.objects.create(member=zelie, last_on=now.date())
    session = OpenSession.objects.create(member=zelie, session_key="clef-de-session-de-zelie", device="Firefox")
    device = PushSubscription.objects.create(
        session=session, endpoint="https://push.exemple.fr/zelie", p256dh="p", auth="a", made_for="m"
    )
    Push.objects.create(notification=told, subscription=device, due_at=now)


# --- Looking everywhere ----------------------------------------------------------------------------------------------


def tables_that_say(words: str | bytes) -> dict[str, int]:
    """In which tables of the database these words, or these bytes, stand, and in how many rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            said = words.hex() if isinstance(words, bytes) else words
            # Names of our own tables; letters beyond ASCII are written otherwise within JSON.
            escaped = said.encode("unicode_escape").decode()
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s OR row::text ILIKE %s',
                [f"%{said}%", "%" + escaped.replace("\\", "\\\\") + "%"],
            )
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def rows_that_point_at(pk: int) -> dict[str, int]:
    """Foreign keys of the database, columns named or not by Django, that still hold this member's number."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, attname FROM pg_constraint
            JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
            WHERE contype = 'f' AND confrelid = 'members_member'::regclass
            """
        )
        for table, column in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [pk])
            if count := cursor.fetchone()[0]:
                found[f"{table}.{column}"] = count
    return found


def is_public(content) -> bool:
    """Read again, whatever it is."""
    return type(content)._base_manager.get(pk=content.pk).is_public
