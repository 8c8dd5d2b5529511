"""What organisers tell their supporters: one a day, in their digest, and nothing that may not be read."""

import threading
from datetime import timedelta
from itertools import count

import pytest
from cast import client_of, new_initiative, new_member
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import Announcement, CoOrganiser, Initiative, Update
from initiatives.services import announcing, supports, updates
from moderation import services as moderation
from moderation.filter import Ground, Outcome
from moderation.models import Case
from notifications import delivery
from notifications.models import Notification
from tests.pages.digests.evenings import gather, send

TITLE, TEXT = "La mairie nous prête le terrain", "Le conseil a voté **oui** hier soir. On plante samedi."
DOUBTFUL = "Tu es un connard, Morel, et tout le quartier le sait depuis toujours."


@pytest.fixture
def supported(initiative, bob) -> Initiative:
    supports.support(initiative, by=bob)
    return initiative


def tell(initiative, by=None, *, title: str = TITLE, text: str = TEXT) -> Update:
    update, _outcome = updates.write(initiative, title=title, text=text, by=by or initiative.author)
    return update


def the_next_day() -> None:
    """Updates are dated by the database's own unique days."""
    for update in Update.objects.order_by("day"):
        update.day -= timedelta(days=1)
        update.told_on = update.told_on and update.told_on - timedelta(days=1)
        update.save(update_fields=["day", "told_on"])


evenings = count(1)


def the_digest_leaves() -> int:
    """How many digests were sent, of another evening each time; what else was waiting leaves first."""
    delivery.deliver_due()
    mail.outbox.clear()
    gather(next(evenings))
    return send()


def write_address(initiative) -> str:
    return reverse("initiative_update_write", args=[initiative.slug])


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_the_author_writes_and_everyone_reads(supported, as_alice, visitor):
    address = write_address(supported)
    assert as_alice.get(address).status_code == 200
    answer = as_alice.post(address, {"title": TITLE, "text": TEXT})
    update = Update.objects.get()
    assert (answer.status_code, answer.url) == (302, update.get_absolute_url())
    for page in (update.get_absolute_url(), reverse("initiative_updates", args=[supported.slug])):
        text = visitor.get(page).content.decode()
        assert TITLE in text and "<strong>oui</strong>" in text
    assert TITLE in visitor.get(supported.get_absolute_url()).content.decode()
    assert supported.timeline.get(kind="update").details == {"update": update.pk}


def test_a_co_organiser_writes_too_and_nobody_else(supported, bob, visitor):
    dan = new_member("dan")
    CoOrganiser.objects.create(initiative=supported, member=dan)
    address = write_address(supported)
    assert client_of(dan).post(address, {"title": TITLE, "text": TEXT}).status_code == 302
    assert client_of(bob).get(address).status_code == 404
    assert client_of(bob).post(address, {"title": TITLE, "text": TEXT}).status_code == 404
    assert visitor.get(address).status_code == 302
    assert Update.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "preparing", "submitted", "archived"])
def test_nothing_is_told_before_it_is_public_nor_once_it_sleeps(alice, vitre, state):
    published_at = timezone.now() if state == "archived" else None
    initiative = new_initiative(alice, vitre, state=state, published_at=published_at, nursery_key="k7f3q9x2wd")
    answer = client_of(alice).post(write_address(initiative), {"title": TITLE, "text": TEXT})
    assert answer.status_code == 200 and "n’en est pas là" in answer.content.decode()
    assert TITLE in answer.content.decode() and not Update.objects.exists()


def test_a_second_one_the_same_day_is_refused_and_its_text_is_kept(supported, as_alice):
    tell(supported)
    address = write_address(supported)
    assert TITLE in as_alice.get(address).content.decode()
    answer = as_alice.post(address, {"title": "Encore une nouvelle", "text": "Un texte long, écrit avec soin."})
    text = answer.content.decode()
    assert answer.status_code == 200 and "ont déjà une nouvelle aujourd’hui" in text and 'role="alert"' in text
    assert "Encore une nouvelle" in text and "Un texte long, écrit avec soin." in text
    the_next_day()
    assert as_alice.post(address, {"title": "Encore une nouvelle", "text": TEXT}).status_code == 302
    assert Update.objects.count() == 2


def test_the_database_refuses_a_second_one_the_same_day(supported, alice):
    update = tell(supported)
    with pytest.raises(IntegrityError), transaction.atomic():
        Update.objects.create(initiative=supported, author=alice, title="a", text="b", day=update.day)


def test_ten_at_once_make_one(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)

    def say(number: int) -> bool:
        try:
            updates.write(initiative, title=f"Nouvelle numéro {number}", text=TEXT, by=alice)
        except updates.OneADay:
            return False
        return True

    assert sum(at_once(say, range(10))) == 1
    assert Update.objects.count() == initiative.timeline.filter(kind="update").count() == 1


def test_an_insult_is_refused_in_its_form_and_a_doubt_waits_for_a_moderator(supported, as_alice, visitor, chloe):
    address = write_address(supported)
    refused = as_alice.post(address, {"title": TITLE, "text": "Les arabes sont des rats, dehors."})
    assert refused.status_code == 200 and not Update.objects.exists()
    as_alice.post(address, {"title": TITLE, "text": DOUBTFUL})
    update = Update.objects.get()
    assert update.published_at is None
    assert tasks.tell_updates() == 0
    assert visitor.get(update.get_absolute_url()).status_code == 404
    assert TITLE not in visitor.get(supported.get_absolute_url()).content.decode()
    assert "en attente de relecture" in as_alice.get(update.get_absolute_url()).content.decode()
    moderation.publish(Case.objects.open().of(update).get(), by=chloe, reason="Rien à redire.")
    assert visitor.get(update.get_absolute_url()).status_code == 200
    assert tasks.tell_updates() == 1


def test_moderators_read_and_withhold_it_in_the_administration(supported, as_chloe, visitor):
    update = tell(supported)
    address = f"/admin/initiatives/update/{update.pk}/"
    assert TITLE in as_chloe.get(f"{address}change/").content.decode()
    data = {"ground": Ground.INSULT, "reason": "Non."}
    assert as_chloe.post(f"{address}retirer/", data | {"decide": "1"}).status_code == 302
    assert visitor.get(update.get_absolute_url()).status_code == 404
    assert TITLE not in visitor.get(reverse("initiative_history", args=[supported.slug])).content.decode()


# --- Telling ---------------------------------------------------------------------------------------------------------


def test_supporters_read_it_in_their_digest_once_and_its_author_does_not(supported, alice, bob, mailoutbox):
    supports.support(supported, by=alice)
    update = tell(supported)
    assert tasks.tell_updates() == 1
    assert tasks.tell_updates() == 0
    assert the_digest_leaves() == 1
    [message] = mailoutbox
    assert message.to == [bob.email]
    assert TITLE in message.body and "On plante samedi." in message.body
    assert f"http://127.0.0.1:8000{update.get_absolute_url()}" in message.body
    assert the_digest_leaves() == 0


def test_what_is_withheld_before_the_digest_is_told_to_nobody_then_to_all_once_restored(
    supported, chloe, bob, mailoutbox
):
    update = tell(supported)
    tasks.tell_updates()
    moderation.withhold(update, by=chloe, ground=Ground.INSULT, reason="À revoir.")
    assert tasks.tell_updates() == the_digest_leaves() == 0
    moderation.restore(Update.objects.get(), by=chloe, reason="Lu de nouveau.")
    assert tasks.tell_updates() == the_digest_leaves() == 1
    assert mailoutbox[0].to == [bob.email]


def test_what_was_told_of_an_initiative_withheld_meanwhile_waits_until_it_is_back(supported, chloe, mailoutbox):
    tell(supported)
    tasks.tell_updates()
    moderation.withhold(supported, by=chloe, ground=Ground.INSULT, reason="À revoir.")
    assert tasks.tell_updates() == the_digest_leaves() == 0
    moderation.restore(Initiative.objects.get(), by=chloe, reason="Lu de nouveau.")
    assert tasks.tell_updates() == the_digest_leaves() == 1


def test_one_that_waited_for_a_moderator_is_not_told_on_the_day_of_another(supported, alice, chloe, as_alice, visitor):
    waited = tell(supported, text=DOUBTFUL)
    the_next_day()
    of_today = tell(supported, title="On plante samedi")
    assert tasks.tell_updates() == 1
    moderation.publish(Case.objects.open().of(waited).get(), by=chloe, reason="Rien à redire.")
    # Everyone reads it; the supporters' digest has one of them a day.
    assert visitor.get(waited.get_absolute_url()).status_code == 200
    assert tasks.tell_updates() == 0
    said = "celle-ci part demain"
    assert said in as_alice.get(waited.get_absolute_url()).content.decode()
    assert said not in visitor.get(waited.get_absolute_url()).content.decode()
    assert said not in as_alice.get(of_today.get_absolute_url()).content.decode()
    the_next_day()
    assert tasks.tell_updates() == 1
    assert Notification.objects.lines().count() == 2
    assert [each.told_on for each in Update.objects.order_by("pk")] == [
        timezone.localdate(),
        timezone.localdate() - timedelta(days=1),
    ]


def test_what_waits_for_tomorrow_holds_nobody_elses_place(supported, alice, vitre, bob, monkeypatch):
    tell(supported)
    tasks.tell_updates()
    for number in range(3):
        Update.objects.create(
            initiative=supported,
            author=alice,
            title=f"Relue {number}",
            text=TEXT,
            day=timezone.localdate() - timedelta(days=5 + number),
            published_at=timezone.now(),
        )
    other = new_initiative(alice, vitre, title="Un banc public devant la poste")
    supports.support(other, by=bob)
    tell(other)
    monkeypatch.setattr(updates, "_BATCH", 2)
    assert tasks.tell_updates() == 1
    assert Update.objects.get(initiative=other).told_at


def test_withdrawn_after_its_digest_left_it_keeps_its_day(supported, alice, chloe):
    first = tell(supported)
    tasks.tell_updates()
    # Long enough ago for any digest to have left.
    Update.objects.update(told_at=timezone.now() - timedelta(days=2))
    moderation.withhold(first, by=chloe, ground=Ground.INSULT, reason="À revoir.")
    Update.objects.create(
        initiative=supported,
        author=alice,
        title="Relue aujourd’hui",
        text=TEXT,
        day=timezone.localdate() - timedelta(days=3),
        published_at=timezone.now(),
    )
    assert tasks.tell_updates() == 0
    the_next_day()
    assert tasks.tell_updates() == 1


def test_several_let_through_at_once_are_told_one_a_day_whatever_tasks_run(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    supports.support(initiative, by=new_member("bob"))
    for number in range(8):
        Update.objects.create(
            initiative=initiative,
            author=alice,
            title=f"Relue {number}",
            text=TEXT,
            day=timezone.localdate() - timedelta(days=number),
            published_at=timezone.now(),
        )
    # Each task holds another row: only the database sees that they are of one day.
    pks = list(Update.objects.values_list("pk", flat=True))
    assert sum(at_once(updates._tell, pks)) == 1
    announcing.tell_supporters()
    assert Notification.objects.lines().count() == Update.objects.exclude(told_at=None).count() == 1
    assert tasks.tell_updates() == 0


def test_two_tasks_at_once_tell_it_once(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    for number in range(20):
        supports.support(initiative, by=new_member(f"ami{number}"))
    tell(initiative)
    assert sum(at_once(lambda _number: tasks.tell_updates(), range(5))) == 1
    assert Notification.objects.lines().count() == 20


# --- Mending ---------------------------------------------------------------------------------------------------------


def test_its_author_mends_it_and_who_has_not_read_it_yet_reads_the_new_text(supported, as_alice, visitor, mailoutbox):
    update = tell(supported)
    tasks.tell_updates()
    address = reverse("initiative_update_edit", args=[supported.slug, update.pk])
    assert TITLE in as_alice.get(address).content.decode()
    assert as_alice.post(address, {"title": "La mairie hésite encore", "text": TEXT}).status_code == 302
    assert "La mairie hésite encore" in visitor.get(update.get_absolute_url()).content.decode()
    tasks.tell_updates()
    assert the_digest_leaves() == 1
    assert "La mairie hésite encore" in mailoutbox[0].body and TITLE not in mailoutbox[0].body


def test_an_edit_that_was_begun_before_it_was_told_is_what_supporters_read(supported, alice, mailoutbox):
    begun = tell(supported)
    tasks.tell_updates()
    updates.edit(begun, {"title": "La mairie hésite encore"}, by=alice)
    tasks.tell_updates()
    assert the_digest_leaves() == 1
    assert "La mairie hésite encore" in mailoutbox[0].body and TITLE not in mailoutbox[0].body


def test_a_doubtful_edit_waits_while_the_old_text_stays(supported, as_alice, visitor):
    update = tell(supported)
    as_alice.post(
        reverse("initiative_update_edit", args=[supported.slug, update.pk]), {"title": TITLE, "text": DOUBTFUL}
    )
    text = visitor.get(update.get_absolute_url()).content.decode()
    assert "On plante samedi." in text and "Morel" not in text
    assert Case.objects.open().of(update).get().is_edit


def test_it_is_withdrawn_as_long_as_no_digest_told_it(supported, as_alice, visitor, mailoutbox):
    update = tell(supported)
    tasks.tell_updates()
    address = reverse("initiative_update_withdraw", args=[supported.slug, update.pk])
    assert as_alice.get(address).status_code == 200
    answer = as_alice.post(address)
    assert (answer.status_code, answer.url) == (302, reverse("initiative_updates", args=[supported.slug]))
    assert not Update.objects.exists()
    assert the_digest_leaves() == 0
    # The account keeps that something was said, and not what.
    text = visitor.get(reverse("initiative_history", args=[supported.slug])).content.decode()
    assert "qu’on ne peut plus lire" in text
    tell(supported)
    assert Update.objects.count() == 1


def test_it_is_not_withdrawn_once_supporters_read_it(supported, as_alice):
    update = tell(supported)
    tasks.tell_updates()
    Update.objects.update(told_at=timezone.now() - timedelta(days=2))
    address = reverse("initiative_update_withdraw", args=[supported.slug, update.pk])
    assert as_alice.get(address).status_code == 302
    text = as_alice.post(address, follow=True).content.decode()
    assert "l’ont déjà reçue" in text and Update.objects.count() == 1
    with pytest.raises(LifeRefused):
        updates.withdraw(update, by=supported.author)


def test_nobody_else_mends_or_withdraws_it(supported, as_bob, chloe):
    update = tell(supported)
    for name in ("initiative_update_edit", "initiative_update_withdraw"):
        address = reverse(name, args=[supported.slug, update.pk])
        for client in (as_bob, client_of(chloe)):
            assert client.get(address).status_code == client.post(address, {}).status_code == 404
    other = new_initiative(supported.author, title="Un banc public devant la poste")
    address = reverse("initiative_update_edit", args=[other.slug, update.pk])
    assert client_of(supported.author).get(address).status_code == 404


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_latest_three_and_the_list_goes_on(supported, visitor):
    for number in range(14):
        Update.objects.create(
            initiative=supported,
            author=supported.author,
            title=f"Nouvelle numéro {number:02}",
            text=TEXT,
            day=timezone.localdate() - timedelta(days=20 - number),
            published_at=timezone.now(),
        )
    text = visitor.get(supported.get_absolute_url()).content.decode()
    assert text.count("Nouvelle numéro") == 3 and "Nouvelle numéro 13" in text
    answer = visitor.get(reverse("initiative_updates", args=[supported.slug]))
    assert len(answer.context["page"].rows) == 10
    rest = visitor.get(answer.request["PATH_INFO"], {"apres": answer.context["page"].next})
    assert [each.title for each in rest.context["page"].rows][-1] == "Nouvelle numéro 00"


def test_the_list_costs_the_same_with_many(supported, as_alice, query_bill):
    def fill(number: int) -> None:
        start = Update.objects.count()
        for each in range(start, start + number):
            day = timezone.localdate() - timedelta(days=each + 1)
            Update.objects.create(
                initiative=supported,
                author=supported.author,
                title=f"N{each}",
                text=TEXT,
                day=day,
                published_at=timezone.now(),
            )

    query_bill(as_alice, reverse("initiative_updates", args=[supported.slug]), fill, most=7)


def test_updates_of_a_withheld_initiative_are_read_by_nobody(supported, visitor, as_bob):
    update = tell(supported)
    supported.withhold()
    for client in (visitor, as_bob):
        for address in (update.get_absolute_url(), reverse("initiative_updates", args=[supported.slug])):
            assert client.get(address).status_code == 404


def test_screened_words_decide_its_outcome(supported, alice):
    _update, outcome = updates.write(supported, title=TITLE, text=DOUBTFUL, by=alice)
    assert outcome is Outcome.QUEUE


def test_the_rest_of_a_team_does_not_read_a_withheld_update_nor_its_author_loses_it(supported, chloe, as_alice, alice):
    helper = new_member("dominique")
    CoOrganiser.objects.create(initiative=supported, member=helper)
    update = tell(supported, by=alice)
    moderation.withhold(update, by=chloe, ground=Ground.INSULT, reason="Une voisine y est insultée.")
    addresses = [
        reverse("initiative_updates", args=[supported.slug]),
        reverse("initiative_update", args=[supported.slug, update.pk]),
        reverse("initiative_update_edit", args=[supported.slug, update.pk]),
        reverse("initiative_update_withdraw", args=[supported.slug, update.pk]),
        write_address(supported),
    ]
    for address in addresses:
        assert TITLE not in client_of(helper).get(address, follow=True).content.decode()
    for address in addresses[:3]:
        assert TITLE in as_alice.get(address).content.decode()
    assert TITLE in as_alice.get(write_address(supported)).content.decode()


# --- At the same moment ----------------------------------------------------------------------------------------------


def test_a_moderator_takes_back_what_thousands_are_being_told_and_all_hear_of_it_once_restored(
    initiative, alice, chloe, monkeypatch
):
    monkeypatch.setattr(announcing, "SLICE", 2)
    for n in range(5):
        supports.support(initiative, by=new_member(f"m{n}"))
    update = tell(initiative)
    assert updates.tell_untold() == 1
    assert announcing._tell_slice(Announcement.objects.get().pk) is False
    assert Notification.objects.lines().count() == 2
    moderation.withhold(update, by=chloe, ground=Ground.INSULT, reason="Une insulte.")
    assert tasks.tell_updates() == 0
    assert not Notification.objects.lines().exists() and not Announcement.objects.exists()
    moderation.restore(update, by=chloe, reason="C’était une citation.")
    assert tasks.tell_updates() == 1
    assert Notification.objects.lines().count() == 5


def test_a_withdrawal_that_comes_while_an_update_is_told_takes_it_back(at_once, vitre_committed, monkeypatch):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    for n in range(3):
        supports.support(initiative, by=new_member(f"m{n}"))
    tell(initiative)
    telling, withheld = threading.Event(), threading.Event()
    told = announcing.tell_many

    def slowly(*args, **kwargs):
        telling.set()
        # The withdrawal waits for us: it cannot be over before.
        assert not withheld.wait(0.5)
        return told(*args, **kwargs)

    monkeypatch.setattr(announcing, "tell_many", slowly)

    def withhold() -> None:
        telling.wait(10)
        with transaction.atomic():
            Initiative.objects.get().withhold()
        withheld.set()

    at_once(lambda act: act(), [tasks.tell_updates, withhold])
    assert not Notification.objects.lines().exists() and Update.objects.get().told_at is None
    assert tasks.tell_updates() == 0 and not Notification.objects.lines().exists()
