"""The bell, what a member receives by which channel and when, and what they muted."""

from datetime import time

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.urls import reverse

from notifications.forms import GroupForm
from notifications.models import MailSettings, Mute, Notification, Preference
from notifications.services import preferences, tell
from notifications.words import GROUPS, WORDS

BELL, SETTINGS = "/notifications/", "/reglages/messages/"
_COUNT = 'class="bell-count"'


def told(member, about, *, key="un", kind="update_published", title="Le terrain est prêté", by=None):
    context = {"title": title, "url": about.get_absolute_url()}
    tell(member, kind=kind, key=key, context=context, about=about, by=by)


# --- The bell --------------------------------------------------------------------------------------------------------


def test_the_header_says_how_much_is_unread_until_it_is_read(bob, as_bob, initiative):
    assert _COUNT not in as_bob.get("/").content.decode()
    told(bob, initiative, key="un")
    told(bob, initiative, key="deux")
    assert f"{_COUNT}>2<" in as_bob.get("/").content.decode()
    page = as_bob.get(BELL).content.decode()
    assert page.count(">nouveau<") == 2 and initiative.title in page
    assert _COUNT not in as_bob.get("/").content.decode()
    assert ">nouveau<" not in as_bob.get(BELL).content.decode()


def test_what_nobody_looked_at_stays_unread(bob, as_bob, initiative):
    told(bob, initiative)
    as_bob.head(BELL)
    as_bob.get(BELL, headers={"Sec-Purpose": "prefetch"})
    assert f"{_COUNT}>1<" in as_bob.get("/").content.decode()


def test_nobody_reads_a_number_beyond_99(bob, as_bob, initiative):
    Notification.objects.bulk_create(
        Notification(recipient=bob, kind="update_published", key=f"n{number}", in_bell=True, mail="none")
        for number in range(120)
    )
    assert f"{_COUNT}>99+<" in as_bob.get("/").content.decode()


def test_a_visitor_has_no_bell_and_their_pages_stay_the_same_for_all(visitor, bob, initiative):
    told(bob, initiative)
    page = visitor.get(initiative.get_absolute_url())
    assert b'class="bell' not in page.content and "public" in page.headers["Cache-Control"]
    page = client_of(bob).get(initiative.get_absolute_url())
    assert b'class="bell' in page.content and "private" in page.headers["Cache-Control"]


def test_the_number_costs_no_query(bob, as_bob, initiative, django_assert_num_queries):
    told(bob, initiative)
    as_bob.get("/accessibilite/")
    # The session, and the member with what they have not seen.
    with django_assert_num_queries(2):
        page = as_bob.get("/accessibilite/").content.decode()
    assert f"{_COUNT}>1<" in page


def test_what_happened_to_one_thing_is_told_together_and_all_of_it_on_a_page(bob, as_bob, initiative, alice, vitre):
    other = new_initiative(alice, vitre, title="Un banc public de plus, rue du Port")
    for number in range(5):
        told(bob, initiative, key=f"n{number}", kind="event_message", title=f"Message {number}")
    told(bob, other, key="autre")
    page = as_bob.get(BELL).content.decode()
    assert page.count('<article class="told">') == 2
    assert page.index(other.title) < page.index(initiative.title)
    address = reverse("notifications_about", args=["initiative", initiative.pk])
    assert address in page
    assert as_bob.get(address).content.decode().count("<time") == 5


def test_the_notifications_of_others_are_not_found(as_bob, alice, initiative):
    told(alice, initiative)
    assert as_bob.get(reverse("notifications_about", args=["initiative", initiative.pk])).status_code == 404
    assert as_bob.get(reverse("notifications_about", args=["rien", 1])).status_code == 404
    assert initiative.title not in as_bob.get(BELL).content.decode()


@pytest.mark.parametrize("cursor", ["", "0", "rien", "-1", "9" * 30, "²", "1"])
def test_a_cursor_that_is_not_ours_breaks_nothing(as_bob, bob, initiative, cursor):
    told(bob, initiative)
    assert as_bob.get(BELL, {"apres": cursor}).status_code == 200


def test_an_empty_bell_leads_to_what_concerns_them(as_bob):
    assert "Voir mon fil" in as_bob.get(BELL).content.decode()


def test_it_costs_the_same_with_two_groups_and_with_fifteen(bob, as_bob, alice, vitre, django_assert_max_num_queries):
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            own = new_initiative(alice, vitre, title=f"Planter des haies, rue {number}")
            for line in range(4):
                told(bob, own, key=f"{number}-{line}")
            event = new_event(alice, vitre, title=f"Réunion {number}")
            tell(bob, kind="event_message", key=f"e{number}", context={"url": "/"}, about=event)

    fill(0, 2)
    # Session, member; groups, their lines, initiatives, events; what is the newest, what is read; the demonstration.
    with django_assert_max_num_queries(9):
        as_bob.get(BELL)
    fill(2, 15)
    with django_assert_max_num_queries(9):
        as_bob.get(BELL)


# --- What one receives -----------------------------------------------------------------------------------------------


def test_each_kind_that_can_be_turned_off_is_offered_once_in_words():
    offered = {kind.name for kind in preferences.settable()}
    assert set(WORDS) == offered
    shown = [kind.name for group in GROUPS.values() for kind in group.kinds]
    assert sorted(shown) == sorted(offered)


def shown(member, slug: str) -> dict[str, str]:
    """What the form of this group sends when nothing is changed in it."""
    form = GroupForm(kinds=GROUPS[slug].kinds, chosen=preferences.choices_of(member), prefix=slug)
    return {"groupe": slug} | {f"{slug}-{channel}": form[channel].value() for channel in form.fields}


def test_a_whole_group_is_turned_off_at_once(bob, as_bob):
    answer = as_bob.post(SETTINGS, shown(bob, "organise") | {"organise-mail": "never"})
    assert answer.url == f"{SETTINGS}#organise"
    assert {(row.kind, row.channel, row.choice) for row in bob.preferences.all()} == {
        (kind.name, "mail", "never") for kind in GROUPS["organise"].kinds
    }
    page = as_bob.get(SETTINGS).content.decode()
    # It is said where the browser goes, under the title of this group, and once.
    assert page.count("C’est enregistré.") == 1
    assert page.index('id="organise"') < page.index("C’est enregistré.") < page.index('id="participe"')


def test_where_the_kinds_of_a_group_differ_each_stays_as_it_is(bob, as_bob):
    preferences.set_preferences(bob, {("update_published", "mail"): "never", ("step_reached", "mail"): "now"})
    assert shown(bob, "soutiens")["soutiens-mail"] == "each"
    assert "Au cas par cas" in as_bob.get(SETTINGS).content.decode()
    before = preferences.choices_of(bob)
    as_bob.post(SETTINGS, shown(bob, "soutiens") | {"soutiens-bell": "never"})
    after = preferences.choices_of(bob)
    assert after == before | {kind.name: before[kind.name] | {"bell": "never"} for kind in GROUPS["soutiens"].kinds}


def test_kinds_are_chosen_one_by_one(bob, as_bob):
    address = reverse("settings_messages_each", args=["soutiens"])
    kinds = [kind.name for kind in GROUPS["soutiens"].kinds]
    assert as_bob.get(address).content.decode().count("<fieldset") == len(kinds)
    before = preferences.choices_of(bob)
    sent = {f"{name}-mail": before[name]["mail"] for name in kinds}
    sent |= {
        f"{name}-{channel}": "on" for name in kinds for channel in ("bell", "push") if before[name][channel] == "now"
    }
    del sent["step_reached-bell"]
    as_bob.post(address, sent | {"step_reached-mail": "digest"})
    assert {(row.kind, row.channel, row.choice) for row in bob.preferences.all()} == {
        ("step_reached", "mail", "digest"),
        ("step_reached", "bell", "never"),
    }


def test_what_does_not_ring_is_not_offered_on_the_site(bob, as_bob):
    page = as_bob.get(SETTINGS).content.decode()
    assert 'name="debuts-mail"' in page and 'name="debuts-bell"' not in page and 'name="debuts-push"' not in page
    as_bob.post(SETTINGS, {"groupe": "debuts", "debuts-mail": "never"})
    assert {(row.kind, row.channel) for row in bob.preferences.all()} == {
        (kind.name, "mail") for kind in GROUPS["debuts"].kinds
    }
    page = as_bob.get(reverse("settings_messages_each", args=["debuts"])).content.decode()
    assert 'name="welcome_come-mail"' in page and 'name="welcome_come-bell"' not in page
    with pytest.raises(preferences.PreferenceRefused):
        preferences.set_preference(bob, "welcome_come", "bell", "now")


def test_a_choice_that_was_never_offered_is_refused_and_changes_nothing(bob, as_bob):
    page = as_bob.post(SETTINGS, {"groupe": "soutiens", "soutiens-mail": "toujours"})
    assert page.status_code == 200 and 'role="alert"' in page.content.decode()
    assert not Preference.objects.filter(member=bob).exists()
    assert as_bob.get(reverse("settings_messages_each", args=["rien"])).status_code == 404


def test_hours_of_silence_and_the_digest_are_chosen(bob, as_bob):
    page = as_bob.get(SETTINGS).content.decode()
    assert 'value="22:00"' in page and 'value="07:00"' in page
    sent = {"groupe": "rythme", "digest": "weekly", "quiet_from": "21:30", "quiet_until": "08:00"}
    assert as_bob.post(SETTINGS, sent).url == f"{SETTINGS}#rythme"
    kept = MailSettings.objects.get(member=bob)
    assert (kept.digest, kept.quiet_from, kept.quiet_until) == ("weekly", time(21, 30), time(8))
    as_bob.post(SETTINGS, sent | {"at_any_hour": "on"})
    kept.refresh_from_db()
    assert kept.quiet_from == kept.quiet_until
    page = as_bob.get(SETTINGS).content.decode()
    assert 'value="22:00"' in page and 'id="id_at_any_hour" checked' in page


def test_a_silence_of_no_length_is_refused_with_a_reason(bob, as_bob):
    sent = {"groupe": "rythme", "digest": "auto", "quiet_from": "21:30", "quiet_until": "21:30"}
    page = as_bob.post(SETTINGS, sent).content.decode()
    assert "Le silence doit durer." in page and 'value="21:30"' in page
    assert not MailSettings.objects.filter(member=bob).exists()


# --- What one muted --------------------------------------------------------------------------------------------------


def test_an_initiative_is_muted_and_heard_of_again(bob, as_bob, initiative):
    address = reverse("mute", args=["initiative", initiative.pk])
    assert address in as_bob.get(initiative.get_absolute_url()).content.decode()
    assert "Mettre en sourdine" in as_bob.get(address).content.decode()
    as_bob.post(address)
    as_bob.post(address)
    told(bob, initiative)
    assert not Notification.objects.filter(recipient=bob).exists()
    assert initiative.title in as_bob.get(SETTINGS).content.decode()
    as_bob.post(reverse("unmute", args=["initiative", initiative.pk]))
    told(bob, initiative)
    assert Notification.objects.filter(recipient=bob).exists()


def test_an_event_is_muted_from_its_page(bob, as_bob, event):
    address = reverse("mute", args=["evenement", event.pk])
    assert address in as_bob.get(event.get_absolute_url()).content.decode()
    as_bob.post(address)
    assert Mute.objects.get(member=bob).about == f"events.event {event.pk}"


def test_a_person_is_muted_by_what_they_did_and_by_nothing_else(bob, as_bob, alice, initiative):
    told(bob, initiative, by=alice)
    told(bob, initiative, key="deux", by=alice)
    row = bob.notifications.latest("pk")
    page = as_bob.get(BELL).content.decode()
    # Once for one person, and in words that do not break within « ».
    assert reverse("mute_person", args=[row.pk]) in page and page.count("Mettre cette personne en sourdine") == 1
    assert "«\u202fLe terrain est prêté\u202f»" in page
    as_bob.post(reverse("mute_person", args=[row.pk]))
    assert Mute.objects.get(member=bob).about == f"members.member {alice.pk}"
    assert alice.display_name in as_bob.get(SETTINGS).content.decode()
    # Nobody has an address here, and the notifications of others are nobody else's.
    assert as_bob.get(reverse("mute", args=["personne", alice.pk])).status_code == 404
    assert as_bob.post(reverse("mute", args=["personne", alice.pk])).status_code == 404
    assert client_of(new_member("dan")).post(reverse("mute_person", args=[row.pk])).status_code == 404
    as_bob.post(reverse("unmute", args=["personne", alice.pk]), {"from": "receiving"})
    assert not Mute.objects.exists()


def test_what_one_may_not_read_cannot_be_muted_but_can_be_heard_of_again(bob, as_bob, initiative):
    preferences.mute(bob, initiative)
    initiative.refresh_from_db()
    initiative.withhold()
    assert as_bob.get(reverse("mute", args=["initiative", initiative.pk])).status_code == 404
    page = as_bob.get(SETTINGS).content.decode()
    assert initiative.title not in page and "Une initiative que vous ne pouvez plus lire" in page
    as_bob.post(reverse("unmute", args=["initiative", initiative.pk]), {"from": "receiving"})
    assert not Mute.objects.exists()


def test_a_visitor_mutes_nothing(visitor, initiative):
    address = reverse("mute", args=["initiative", initiative.pk])
    assert visitor.post(address).url.startswith("/compte/connexion/")
    assert address not in visitor.get(initiative.get_absolute_url()).content.decode()


def test_mutes_are_listed_at_a_fixed_price(bob, as_bob, alice, vitre, django_assert_max_num_queries):
    def mute_some(rows: int) -> None:
        for number in range(rows):
            preferences.mute(bob, new_initiative(alice, vitre, title=f"Planter des haies {number}"))
            preferences.mute(bob, new_event(alice, vitre))
            preferences.mute(bob, new_member(f"personne{Mute.objects.count()}"))

    mute_some(1)
    # Session, member, demonstration; choices, hours, devices, mutes, territories, and three sorts of what is muted.
    with django_assert_max_num_queries(12):
        as_bob.get(SETTINGS)
    mute_some(8)
    with django_assert_max_num_queries(12):
        page = as_bob.get(SETTINGS).content.decode()
    assert "Voir la suite" in page
