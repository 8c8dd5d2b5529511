"""Messages to those who carry an initiative, and their answers: the site relays them, nobody's address is shown."""

from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import CoOrganiser, Initiative, Letter
from initiatives.services import letters, succession, supports
from members.models import Member
from moderation.models import Decision
from notifications.models import Notification

TEXT = "Bonjour, peut-on venir samedi avec des enfants ?"
ANSWER = "Avec plaisir, il y aura des gants à leur taille."


def read(answer) -> str:
    return answer.content.decode().replace("\u202f", " ")


def here(initiative: Initiative) -> str:
    return reverse("initiative_write", args=[initiative.slug])


def exchange(letter: Letter) -> str:
    return reverse("initiative_exchange", args=[letter.initiative.slug, letter.pk])


@pytest.fixture
def dan(initiative):
    """He helps Alice to carry her initiative."""
    dan = new_member("dan")
    CoOrganiser.objects.create(initiative=initiative, member=dan)
    return dan


def test_a_letter_reaches_the_whole_team_and_the_answer_comes_back_without_any_address(
    as_bob, as_alice, alice, bob, dan, initiative, mailoutbox, django_capture_on_commit_callbacks
):
    assert "Écrire à l’équipe" in read(as_bob.get(initiative.get_absolute_url()))
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_bob.post(here(initiative), {"text": TEXT}, follow=True)
    assert "Votre message est parti" in read(answer)
    assert TEXT in read(answer)
    assert sorted(message.to[0] for message in mailoutbox) == [alice.email, dan.email]
    letter = Letter.objects.get()
    assert all(exchange(letter) in message.body for message in mailoutbox)
    assert letter.member.display_name in read(as_alice.get(reverse("initiative_letters", args=[initiative.slug])))
    with django_capture_on_commit_callbacks(execute=True):
        client_of(dan).post(exchange(letter), {"text": ANSWER})
    assert mailoutbox[-1].to == [bob.email]
    assert "Dan" in mailoutbox[-1].body
    pages = [as_bob.get(here(initiative)), as_alice.get(exchange(letter))]
    for page in pages:
        assert TEXT in read(page)
        assert ANSWER in read(page)
    said = [read(page) for page in pages]
    for message in mailoutbox:
        [(html, _mime)] = message.alternatives
        said += [message.body, html, message.subject, str(message.extra_headers), str(message.reply_to)]
        assert "@exemple.fr" not in message.from_email
    assert not any("@exemple.fr" in text for text in said)


def test_a_letter_is_read_by_its_two_sides_and_nobody_else(as_bob, bob, initiative, chloe):
    letter = letters.write(initiative, TEXT, by=bob)
    eve = new_member("eve")
    own = new_initiative(eve, title="Un banc de plus devant la poste")
    for client in (client_of(eve), client_of(chloe), as_bob):
        assert client.get(exchange(letter)).status_code == 404
        assert client.get(reverse("initiative_letters", args=[initiative.slug])).status_code == 404
    assert TEXT not in read(client_of(eve).get(here(initiative)))
    assert client_of(eve).get(reverse("initiative_exchange", args=[own.slug, letter.pk])).status_code == 404


def test_exchanges_do_not_mix(as_bob, as_alice, bob, alice, initiative):
    eve = new_member("eve")
    ours = letters.write(initiative, TEXT, by=bob)
    theirs = letters.write(initiative, "Une tout autre question.", by=eve)
    letters.answer(theirs, "Une tout autre réponse.", by=alice)
    for page in (as_bob.get(here(initiative)), as_alice.get(exchange(ours))):
        assert TEXT in read(page)
        assert "tout autre" not in read(page)


def test_who_left_the_team_reads_its_letters_no_more(initiative, bob, dan):
    letter = letters.write(initiative, TEXT, by=bob)
    assert client_of(dan).get(exchange(letter)).status_code == 200
    initiative.co_organisers.all().delete()
    assert client_of(dan).get(exchange(letter)).status_code == 404
    with pytest.raises(LifeRefused):
        letters.answer(letter, ANSWER, by=dan)


def test_organisers_write_to_nobody_who_did_not_write_first(as_alice, bob, initiative):
    answer = as_alice.get(here(initiative))
    assert answer.url == reverse("initiative_letters", args=[initiative.slug])
    assert "Personne ne vous a encore écrit." in read(as_alice.get(answer.url))
    assert as_alice.post(here(initiative), {"text": TEXT}).status_code == 302
    assert not Letter.objects.exists()


@pytest.mark.parametrize("how", ["withheld", "draft", "without its key"])
def test_what_one_may_not_read_is_not_written_to(as_bob, alice, initiative, how):
    if how == "withheld":
        Initiative.objects.filter(pk=initiative.pk).update(withheld_at=timezone.now())
        address = here(initiative)
    elif how == "draft":
        address = here(new_initiative(alice, state="draft", published_at=None))
    else:
        hidden = new_initiative(alice, state="preparing", published_at=None, nursery_key="k7f3q9x2wd")
        assert as_bob.get(here(hidden)).status_code == 200
        address = reverse("initiative_write", args=[hidden.pk])
    assert as_bob.get(address).status_code == 404
    assert as_bob.post(address, {"text": TEXT}).status_code == 404
    assert not Letter.objects.exists()


def test_the_letters_of_a_withheld_initiative_are_not_there(as_alice, bob, initiative):
    letter = letters.write(initiative, TEXT, by=bob)
    Initiative.objects.filter(pk=initiative.pk).update(withheld_at=timezone.now())
    assert as_alice.get(exchange(letter)).status_code == 404
    assert as_alice.get(reverse("initiative_letters", args=[initiative.slug])).status_code == 404


def test_nobody_reads_what_is_sent_to_an_initiative_that_nobody_carries(as_bob, initiative):
    Initiative.objects.filter(pk=initiative.pk).update(author=None, frozen_at=timezone.now())
    answer = as_bob.post(here(initiative), {"text": TEXT})
    assert "On ne peut plus écrire" in read(answer)
    assert not Letter.objects.exists()


def test_the_sixth_letter_of_an_hour_waits_and_is_kept_in_its_form(as_bob, initiative):
    for _ in range(letters.WRITTEN_AN_HOUR):
        as_bob.post(here(initiative), {"text": TEXT})
    answer = as_bob.post(here(initiative), {"text": "Encore un mot."})
    assert "Vous avez beaucoup écrit" in read(answer)
    assert "Encore un mot.</textarea>" in read(answer)
    assert Letter.objects.count() == letters.WRITTEN_AN_HOUR


def test_an_explicit_threat_is_refused_and_logged_without_its_text(as_bob, bob, initiative):
    answer = as_bob.post(here(initiative), {"text": "Je vais te tuer, sale arabe."})
    assert "Motif" in read(answer)
    assert "sale arabe.</textarea>" in read(answer)
    assert not Letter.objects.exists()
    refused = Decision.objects.get()
    assert (refused.verb, refused.author, refused.texts) == (Decision.Verb.REFUSE, bob, {})


def test_a_telephone_number_which_a_moderator_would_read_in_public_passes_in_private(as_bob, initiative):
    as_bob.post(here(initiative), {"text": "Appelez-moi au 06 12 34 56 78, je vous prête ma remorque."})
    assert Letter.objects.count() == 1
    assert not Decision.objects.exists()


def test_letters_are_erased_after_180_days_here_and_in_the_outbox(bob, alice, initiative):
    old, new = letters.write(initiative, TEXT, by=bob), letters.write(initiative, TEXT, by=bob)
    past = timezone.now() - timedelta(days=181)
    Letter.objects.filter(pk=old.pk).update(sent_at=past)
    Notification.objects.filter(key=f"letter-{old.pk}").update(created_at=past)
    tasks.forget_letters()
    assert list(Letter.objects.all()) == [new]
    assert list(Notification.objects.values_list("key", flat=True)) == [f"letter-{new.pk}"]


def test_a_letter_comes_once_by_exchange_in_the_list_the_latest_first(as_alice, alice, bob, initiative):
    eve = new_member("eve")
    letters.write(initiative, "La première question.", by=bob)
    theirs = letters.write(initiative, "La deuxième question.", by=eve)
    letters.write(initiative, "La troisième question.", by=bob)
    letters.answer(theirs, "Une réponse.", by=alice)
    shown = read(as_alice.get(reverse("initiative_letters", args=[initiative.slug])))
    assert "La première question." not in shown
    assert shown.index("Une réponse.") < shown.index("La troisième question.")
    assert shown.count("attend une réponse") == 1


def test_the_list_and_an_exchange_cost_the_same_with_two_or_fifteen(as_alice, bob, initiative):
    def fill(count: int) -> None:
        for _ in range(count):
            letters.write(initiative, TEXT, by=new_member(f"membre {Letter.objects.count()}"))
            letters.write(initiative, TEXT, by=bob)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as bill:
            assert as_alice.get(address).status_code == 200
        return len(bill)

    fill(2)
    letter = Letter.objects.filter(member=bob).first()
    addresses = [reverse("initiative_letters", args=[initiative.slug]), exchange(letter)]
    for address in addresses:
        as_alice.get(address)
    few = [cost(address) for address in addresses]
    fill(13)
    # session, member, carried, initiative, letters, demonstration; the exchange: the letter too
    assert [cost(address) for address in addresses] == few
    assert max(few) <= 8


def test_who_adopts_it_reads_what_was_written_from_then_on(initiative, alice, bob, chloe, dan):
    carla, eve = new_member("carla"), new_member("eve")
    before = letters.write(initiative, "Je vous confie mon adresse.", by=carla)
    letters.answer(before, ANSWER, by=alice)
    supports.support(initiative, by=bob)
    CoOrganiser.objects.all().delete()
    Member.objects.filter(pk=alice.pk).delete()
    tasks.look_after_orphans()
    succession.adopt(succession.ask_to_adopt(initiative, "Je connais le terrain.", by=bob), "Merci.", by=chloe)
    # Who joins the adopter is of the same team.
    CoOrganiser.objects.create(initiative=initiative, member=eve)
    inbox = reverse("initiative_letters", args=[initiative.slug])
    for reader in (client_of(bob), client_of(eve)):
        assert "Carla" not in read(reader.get(inbox))
        assert reader.get(exchange(before)).status_code == 404
        assert reader.post(exchange(before), {"text": ANSWER}).status_code == 404
    after = letters.write(initiative, TEXT, by=carla)
    for reader in (client_of(bob), client_of(eve)):
        assert "Carla" in read(reader.get(inbox))
        page = read(reader.get(exchange(after)))
        assert TEXT in page and "mon adresse" not in page and ANSWER not in page
    own = read(client_of(carla).get(here(initiative)))
    assert TEXT in own and "mon adresse" in own and ANSWER in own


def test_those_who_inherit_an_adopted_initiative_read_no_more_than_who_adopted_it(initiative, alice, bob, chloe):
    before = letters.write(initiative, TEXT, by=new_member("carla"))
    supports.support(initiative, by=bob)
    Member.objects.filter(pk=alice.pk).delete()
    tasks.look_after_orphans()
    succession.adopt(succession.ask_to_adopt(initiative, "Je connais le terrain.", by=bob), "Merci.", by=chloe)
    eve = new_member("eve")
    CoOrganiser.objects.create(initiative=initiative, member=eve)
    # The demand that was accepted goes with its author.
    Member.objects.filter(pk=bob.pk).delete()
    tasks.look_after_orphans()
    assert Initiative.objects.get(pk=initiative.pk).author == eve
    assert client_of(eve).get(exchange(before)).status_code == 404
