"""What each member receives: by kind and channel, and nothing of what they muted."""

from datetime import time
from itertools import count

import pytest
from cast import new_event, new_initiative, new_member

from initiatives.services import announcing, supports
from members.models import Member
from notifications import delivery, services
from notifications.kinds import DIGEST
from notifications.models import Channel, Choice, Mail, MailSettings, Mute, Notification, Preference
from notifications.services import preferences, telling
from notifications.services.preferences import PreferenceRefused

pytestmark = pytest.mark.django_db

MESSAGE = {"event_title": "Réunion", "initiative_title": "Un verger", "url": "/x/", "text": "Oui", "name": "Dan"}
UPDATE = {"title": "Un verger", "heading": "Dix arbres", "excerpt": "Ils sont là.", "url": "/y/"}
numbers = count()


def told(member: Member, kind: str = "event_message", **how) -> Notification | None:
    key = f"key-{next(numbers)}"
    services.tell(member, kind=kind, key=key, context=UPDATE | MESSAGE, **how)
    return Notification.objects.filter(recipient=member, key=key).first()


def ways(row: Notification | None) -> tuple | None:
    return row and (row.mail, row.in_bell, row.push_due_at is not None)


# --- By kind and channel ---------------------------------------------------------------------------------------------


def test_whoever_chose_nothing_hears_by_mail_and_on_the_site(alice):
    assert ways(told(alice)) == (Mail.NOW, True, False)
    assert ways(told(alice, "update_published")) == (Mail.DIGEST, True, False)


@pytest.mark.parametrize(
    ("kind", "choices", "expected"),
    [
        ("event_message", {"mail": "never"}, (Mail.NONE, True, False)),
        ("event_message", {"mail": "digest"}, (Mail.DIGEST, True, False)),
        ("event_message", {"bell": "never"}, (Mail.NOW, False, False)),
        ("event_message", {"mail": "never", "bell": "never"}, None),
        ("update_published", {"mail": "now"}, (Mail.NOW, True, False)),
        ("update_published", {"mail": "never"}, (Mail.NONE, True, False)),
    ],
)
def test_each_kind_goes_by_the_ways_that_were_chosen(alice, bob, kind, choices, expected):
    for channel, choice in choices.items():
        preferences.set_preference(alice, kind, channel, choice)
    assert ways(told(alice, kind)) == expected
    usual = Mail.DIGEST if kind == "update_published" else Mail.NOW
    assert ways(told(bob, kind)) == (usual, True, False), "what one chooses changes nothing for the others"
    assert ways(told(alice, "event_joined")) == (Mail.NOW, True, False), "nor for other kinds"


def test_what_is_only_read_on_the_site_is_sent_to_nobody(alice, sink):
    preferences.set_preference(alice, "event_message", Channel.MAIL, Choice.NEVER)
    told(alice)
    assert delivery.deliver_due() == 0 and not Notification.objects.lines().exists() and not sink.recipients


def test_what_somebody_wants_in_their_digest_is_a_line_of_it(alice, mailoutbox):
    preferences.set_preference(alice, "event_message", Channel.MAIL, Choice.DIGEST)
    line = told(alice)
    digest = Notification.objects.create(recipient=alice, kind=DIGEST, key="digest", context={"lines": True})
    Notification.objects.filter(pk=line.pk).update(digest=digest)
    assert delivery.deliver_due() == 1
    [message] = mailoutbox
    for text in (message.body, message.alternatives[0][0]):
        assert "Réunion" in text and "http://127.0.0.1:8000/x/" in text


def test_whoever_wants_no_digest_reads_what_would_be_in_it_on_the_site(alice):
    preferences.set_digest(alice, "never")
    assert ways(told(alice, "update_published")) == (Mail.NONE, True, False)


def test_decisions_reach_whoever_turned_everything_off(alice):
    for kind in preferences.settable():
        for channel in (Channel.MAIL, Channel.BELL):
            preferences.set_preference(alice, kind.name, channel, Choice.NEVER)
    assert told(alice) is None
    assert ways(told(alice, "content_withheld")) == (Mail.NOW, True, False)
    with pytest.raises(PreferenceRefused):
        preferences.set_preference(alice, "content_withheld", Channel.MAIL, Choice.NEVER)


def test_many_are_told_each_as_they_want_by_one_statement(alice, bob, chloe, django_assert_num_queries):
    preferences.set_preference(alice, "event_announced", Channel.MAIL, Choice.NEVER)
    preferences.mute(bob, "initiatives.initiative 3")
    others = Member.objects.bulk_create(
        [Member(email=f"m{n}@exemple.fr", display_name="M") for n in range(telling.BATCH - 3)]
    )
    everybody = [member.pk for member in (alice, bob, chloe, *others)]
    with django_assert_num_queries(1):
        services.tell_many(
            everybody, kind="event_announced", key="e", context=MESSAGE, about="initiatives.initiative 3"
        )
    assert not Notification.objects.filter(recipient=bob).exists()
    assert Notification.objects.get(recipient=alice).mail == Mail.NONE
    assert Notification.objects.filter(mail=Mail.NOW).count() == len(everybody) - 2


def test_people_are_told_in_the_order_in_which_they_are_named(alice, bob, chloe):
    for order in ([chloe, alice, bob], [bob, chloe, alice]):
        key = "-".join(member.display_name for member in order)
        rows = [(member.pk, MESSAGE) for member in order]
        services.tell_each(rows, kind="event_last_places", key=key)
        told_first = Notification.objects.filter(key=key).order_by("pk").select_related("recipient")
        assert [row.recipient for row in told_first] == order


def test_each_may_be_told_with_words_of_their_own(alice, bob):
    preferences.set_preference(bob, "event_tomorrow", Channel.MAIL, Choice.DIGEST)
    rows = [(member.pk, MESSAGE | {"mine_url": f"/p/{member.pk}/"}) for member in (alice, bob)]
    services.tell_each(rows, kind="event_tomorrow", key="t", about="events.event 3")
    at_once, line = Notification.objects.get(recipient=alice), Notification.objects.get(recipient=bob)
    assert at_once.context["mine_url"] == f"/p/{alice.pk}/" and at_once.about == line.about == "events.event 3"
    assert "mine_url" not in line.context, "what opens something is kept for its message alone"


# --- What is kept of it ----------------------------------------------------------------------------------------------


def test_a_choice_that_is_the_usual_one_leaves_no_row(alice):
    preferences.set_preference(alice, "event_message", Channel.MAIL, Choice.NEVER)
    preferences.set_preference(alice, "event_message", Channel.MAIL, Choice.DIGEST)
    assert Preference.objects.get().choice == Choice.DIGEST
    assert preferences.choices_of(alice)["event_message"] == {"mail": "digest", "bell": "now", "push": "now"}
    preferences.set_preference(alice, "event_message", Channel.MAIL, Choice.NOW)
    preferences.set_preference(alice, "update_published", Channel.PUSH, Choice.NEVER)
    assert not Preference.objects.exists()


def test_a_form_of_choices_is_kept_whole_or_not_at_all(alice, django_assert_num_queries):
    wanted = {(kind.name, Channel.BELL): Choice.NEVER for kind in preferences.settable() if kind.bell}
    with pytest.raises(PreferenceRefused):
        preferences.set_preferences(alice, wanted | {("log_broken", Channel.MAIL): Choice.NEVER})
    assert not Preference.objects.exists()
    with django_assert_num_queries(5):
        preferences.set_preferences(alice, wanted | {("event_message", Channel.MAIL): Choice.NOW})
    assert Preference.objects.count() == len(wanted)


@pytest.mark.parametrize(
    ("kind", "channel", "choice"),
    [
        ("newsletter", "mail", "never"),
        ("event_message", "pigeon", "now"),
        ("event_message", "mail", "later"),
        ("event_message", "bell", "digest"),
        ("welcome_come", "bell", "now"),
        ("digest", "mail", "never"),
    ],
)
def test_what_cannot_be_chosen_is_refused(alice, kind, channel, choice):
    with pytest.raises(PreferenceRefused):
        preferences.set_preference(alice, kind, channel, choice)


def test_hours_and_rhythm_are_kept(alice):
    assert preferences.settings_of(alice).digest == MailSettings.Digest.AUTO
    preferences.set_quiet_hours(alice, time(20), time(9))
    preferences.set_digest(alice, MailSettings.Digest.WEEKLY)
    kept = preferences.settings_of(alice)
    assert (kept.quiet_from, kept.quiet_until, kept.digest) == (time(20), time(9), "weekly")
    preferences.set_quiet_hours(alice, None, None)
    assert preferences.settings_of(alice).quiet_from is None
    with pytest.raises(PreferenceRefused):
        preferences.set_digest(alice, "hourly")


# --- What is muted ---------------------------------------------------------------------------------------------------


def test_nothing_is_told_of_what_is_muted_until_it_is_not_any_more(alice, vitre):
    event = new_event(new_member("dan"), vitre)
    assert preferences.mute(alice, event) and not preferences.mute(alice, event)
    assert preferences.is_muted(alice, event)
    assert told(alice, about=event) is None
    assert told(alice, about="events.event 999") is not None
    assert preferences.unmute(alice, event) and not preferences.unmute(alice, event)
    assert told(alice, about=event) is not None


def test_what_a_message_says_it_is_about_is_what_is_muted(alice, vitre):
    event = new_event(new_member("dan"), vitre)
    preferences.mute(alice, event)
    services.tell(alice, kind="event_message", key="m", context=MESSAGE | event.as_subject)
    assert not Notification.objects.exists()


def test_nothing_is_told_of_what_a_muted_person_does(alice):
    dan, emma = new_member("dan"), new_member("emma")
    preferences.mute(alice, dan)
    assert told(alice, by=dan) is None
    assert told(alice, by=emma).by == emma
    assert ways(told(alice, "content_withheld", by=dan)) == (Mail.NOW, True, False)


def test_an_event_that_is_cancelled_or_moved_is_told_even_when_it_is_muted(alice, vitre):
    event = new_event(new_member("dan"), vitre)
    preferences.mute(alice, event)
    said = {"dates": [], "old_when": "", "old_place": "", "when": "", "place": ""}
    for kind in ("event_cancelled", "event_moved"):
        services.tell(alice, kind=kind, key=kind, context=MESSAGE | said, about=event)
    assert Notification.objects.count() == 2


def test_muting_an_initiative_mutes_what_is_announced_to_its_supporters(alice, bob, vitre):
    initiative = new_initiative(alice, vitre)
    for supporter in (bob, new_member("emma")):
        supports.support(initiative, by=supporter)
    preferences.mute(bob, initiative)
    announcing.announce(initiative, kind="event_announced", key="e", context=MESSAGE, by=alice.pk)
    announcing.tell_supporters()
    row = Notification.objects.get(kind="event_announced")
    assert row.recipient.display_name == "Emma" and row.by == alice
    assert row.about == f"initiatives.initiative {initiative.pk}"


@pytest.mark.parametrize("about", ["", "members.member", "members.consent 3", "auth.group 1", "x", "events.event -1"])
def test_only_initiatives_events_and_persons_are_muted(alice, about):
    with pytest.raises(PreferenceRefused):
        preferences.mute(alice, about)


def test_nobody_mutes_themselves_nor_more_than_a_thousand_things(alice):
    with pytest.raises(PreferenceRefused):
        preferences.mute(alice, alice)
    Mute.objects.bulk_create([Mute(member=alice, about=f"events.event {n}") for n in range(preferences.MOST_MUTES)])
    with pytest.raises(PreferenceRefused):
        preferences.mute(alice, "events.event 5000")
    assert len(preferences.mutes_of(alice)) == preferences.MOST_MUTES


# --- Taken back ------------------------------------------------------------------------------------------------------


def test_what_is_taken_back_leaves_the_site_too_even_where_it_was_sent(alice, bob, chloe, sink):
    preferences.set_preference(bob, "event_announced", Channel.MAIL, Choice.NEVER)
    preferences.set_preference(chloe, "event_announced", Channel.PUSH, Choice.NOW)
    everybody = [alice.pk, bob.pk, chloe.pk]
    services.tell_many(everybody, kind="event_announced", key="event-1", context=MESSAGE)
    delivery.deliver(Notification.objects.get(recipient=alice).pk)
    assert services.take_back("event-1") == 2
    kept = Notification.objects.get()
    assert kept.recipient == alice and kept.sent_at and not kept.in_bell
    services.tell_many(everybody, kind="event_announced", key="event-1", context=MESSAGE)
    assert Notification.objects.filter(in_bell=True).count() == 2
