"""Needs and offers: what is lacking is said, somebody offers it, the team answers; nobody else reads it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from cast import client_of, new_action, new_initiative, new_member, new_need
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import CoOrganiser, Initiative, Need, Offer
from initiatives.services import needs as services
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Case
from notifications.models import Notification

GIVEN = {"sort": "material", "words": "Une remorque pour un samedi de mars"}
#: The filter wants it read by somebody: it gives a telephone number.
DOUBTFUL = "Une remorque, tu es un connard"
SLUR = "Sale pédé, reste chez toi."
MINE = "J’ai une remorque, le samedi."


@pytest.fixture
def need(initiative) -> Need:
    return new_need(initiative)


@pytest.fixture
def offer(need, bob) -> Offer:
    services.make_offer(need, MINE, by=bob)
    return Offer.objects.get()


def at(name: str, need: Need, *more) -> str:
    return reverse(name, args=[need.initiative.slug, need.pk, *more])


def told(kind: str) -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return [row.recipient.display_name for row in rows.select_related("recipient")]


# --- Saying ----------------------------------------------------------------------------------------------------------


def test_what_is_lacking_is_said_and_read_by_everyone(as_alice, visitor, initiative):
    answer = as_alice.post(reverse("need_new", args=[initiative.slug]), GIVEN)
    assert answer.url == Need.objects.get().get_absolute_url()
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    assert GIVEN["words"] in page and "Je peux aider" in page and "Du matériel" in page


def test_a_double_click_says_it_once(alice, initiative):
    for _ in range(2):
        services.say_need(Need(initiative=initiative, **GIVEN), by=alice)
    assert Need.objects.count() == 1


def test_twenty_at_once_are_enough(as_alice, initiative):
    for n in range(20):
        new_need(initiative, words=f"Une remorque, la {n}e")
    page = as_alice.post(reverse("need_new", args=[initiative.slug]), GIVEN).content.decode()
    assert "Vingt besoins" in page and GIVEN["words"] in page
    assert Need.objects.count() == 20


def test_nobody_else_says_edits_or_closes(as_bob, bob, need, offer):
    addresses = [reverse("need_new", args=[need.initiative.slug])]
    addresses += [at(name, need) for name in ("need_edit", "need_meet", "need_drop")]
    for address in [*addresses, at("offer_answer", need, offer.pk)]:
        assert as_bob.post(address, GIVEN).status_code == 404
    assert as_bob.get(at("need", need)).status_code == 404
    for attempt in (
        lambda: services.say_need(Need(initiative=need.initiative, sort="hours", words="Deux heures"), by=bob),
        lambda: services.edit_need(need, "Autre chose", sort="hours", by=bob),
        lambda: services.meet(need, by=bob),
        lambda: services.drop(need, by=bob),
        lambda: services.answer_offer(offer, accept=True, words="", by=bob),
    ):
        with pytest.raises(LifeRefused):
            attempt()


def test_a_doubtful_need_waits_and_its_team_alone_sees_it(as_alice, as_bob, visitor, chloe, initiative):
    as_alice.post(reverse("need_new", args=[initiative.slug]), GIVEN | {"words": DOUBTFUL})
    need = Need.objects.get()
    for client in (visitor, as_bob):
        assert DOUBTFUL not in client.get(initiative.get_absolute_url()).content.decode()
    assert as_bob.get(at("need_offer", need)).status_code == 404
    assert "En relecture" in as_alice.get(initiative.get_absolute_url()).content.decode()
    moderation.publish(Case.objects.get(), by=chloe, reason="Le numéro est celui de l’association.")
    assert DOUBTFUL in visitor.get(initiative.get_absolute_url()).content.decode()


def test_a_slur_is_refused_and_nothing_typed_is_lost(as_alice, as_bob, initiative, need):
    page = as_alice.post(reverse("need_new", args=[initiative.slug]), GIVEN | {"words": SLUR}).content.decode()
    assert "Motif" in page and SLUR in page
    page = as_bob.post(at("need_offer", need), {"message": SLUR}).content.decode()
    assert "Motif" in page and SLUR in page
    assert not Offer.objects.exists()


def test_it_is_said_otherwise_as_long_as_it_is_sought(as_alice, alice, need):
    as_alice.post(at("need_edit", need), {"sort": "hours", "words": "Deux heures de votre temps"})
    need.refresh_from_db()
    assert (need.sort, need.words) == ("hours", "Deux heures de votre temps")
    services.meet(need, by=alice)
    page = as_alice.post(at("need_edit", need), {"sort": "hours", "words": "Trois heures"}).content.decode()
    assert "ne peut plus changer" in page
    need.refresh_from_db()
    assert need.words == "Deux heures de votre temps"


# --- Offering --------------------------------------------------------------------------------------------------------


def test_a_member_offers_and_the_team_alone_reads_it(as_bob, as_alice, visitor, bob, need):
    answer = as_bob.post(at("need_offer", need), {"message": MINE})
    assert answer.url == at("need_offer", need)
    assert "En attente de réponse" in as_bob.get(answer.url).content.decode()
    page = as_alice.get(at("need", need)).content.decode()
    assert MINE in page and "Bob" in page and "bob@" not in page
    other = client_of(new_member("david"))
    for client in (visitor, other):
        page = client.get(need.initiative.get_absolute_url()).content.decode()
        assert MINE not in page and "Bob" not in page
    assert MINE not in other.get(at("need_offer", need)).content.decode()
    assert "1\u00a0offre à lire" in as_alice.get(need.initiative.get_absolute_url()).content.decode()
    assert "attend une réponse" in as_bob.get(need.initiative.get_absolute_url()).content.decode()


def test_a_visitor_signs_in_and_comes_back_to_the_form(visitor, need):
    address = at("need_offer", need)
    assert f'href="{address}"' in visitor.get(need.initiative.get_absolute_url()).content.decode()
    page = visitor.get(address).content.decode()
    assert "Connectez-vous pour proposer votre aide" in page and need.initiative.title in page
    assert f"/compte/connexion/?next={quote(address, safe='')}" in page


def test_one_offer_each_that_is_mended_until_it_is_answered(alice, bob, need):
    assert services.make_offer(need, MINE, by=bob) is True
    assert services.make_offer(need, "Le dimanche plutôt.", by=bob) is False
    assert Offer.objects.get().message == "Le dimanche plutôt."
    services.answer_offer(Offer.objects.get(), accept=True, words="", by=alice)
    with pytest.raises(LifeRefused, match="déjà répondu"):
        services.make_offer(need, "Ou jamais.", by=bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        need.offers.create(member=bob, message="Encore.")


def test_two_clicks_at_the_same_moment_make_one_offer(at_once, vitre_committed):
    need = new_need(new_initiative(new_member("alice"), vitre_committed))
    bob = new_member("bob")
    assert at_once(lambda _click: services.make_offer(need, MINE, by=bob), range(8)).count(True) == 1
    assert Offer.objects.count() == 1


def test_who_carries_the_initiative_offers_nothing_to_it(as_alice, need):
    page = as_alice.post(at("need_offer", need), {"message": MINE}).content.decode()
    assert "Vous portez cette initiative" in page
    assert not Offer.objects.exists()


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_nothing_is_offered_once_the_initiative_ended(as_bob, bob, need, state):
    Initiative.objects.update(state=state, ended_at=timezone.now())
    with pytest.raises(LifeRefused):
        services.make_offer(need, MINE, by=bob)
    assert "Je peux aider" not in as_bob.get(need.initiative.get_absolute_url()).content.decode()


def test_nothing_is_offered_to_what_was_found_given_up_or_withheld(as_bob, alice, bob, initiative):
    found, dropped, withheld = (new_need(initiative, words=f"Une remorque, la {n}e") for n in range(3))
    services.meet(found, by=alice)
    services.drop(dropped, by=alice)
    withheld.withhold()
    for need in (found, dropped, withheld):
        with pytest.raises(LifeRefused):
            services.make_offer(need, MINE, by=bob)
        assert as_bob.get(at("need_offer", need)).status_code == 404


def test_an_offer_is_taken_back_whatever_became_of_the_need(as_bob, bob, need, offer):
    need.withhold()
    page = as_bob.get(reverse("my_commitments")).content.decode()
    assert need.words not in page and "Un besoin retiré" in page
    assert as_bob.get(at("offer_withdraw", need)).status_code == 405
    assert as_bob.post(at("offer_withdraw", need)).url == reverse("my_commitments")
    assert not Offer.objects.exists()
    assert services.withdraw_offer(need, by=bob) is False


def test_a_member_who_leaves_the_site_takes_their_offer_along(bob, offer):
    bob.delete()
    assert not Offer.objects.exists()


# --- Answering -------------------------------------------------------------------------------------------------------


def test_accepting_says_where_and_when_without_any_address(as_alice, as_bob, need, offer):
    given = {"choice": "accepter", "answer": "Samedi 9 h devant la gare."}
    assert as_alice.post(at("offer_answer", need, offer.pk), given).url == at("need", need)
    offer.refresh_from_db()
    assert offer.is_accepted is True
    assert told("offer_accepted") == ["Bob"]
    message = Notification.objects.get(kind="offer_accepted").context
    assert message["answer"] == "Samedi 9 h devant la gare." and "@" not in str(message)
    write = f'href="{reverse("initiative_write", args=[need.initiative.slug])}"'
    for address in (at("need_offer", need), reverse("my_commitments")):
        page = as_bob.get(address).content.decode()
        assert "Acceptée" in page and "Samedi 9 h devant la gare." in page and write in page
    # The message leads there.
    assert message["url"] == f"{reverse('my_commitments')}#offre-{offer.pk}"
    assert f'id="offre-{offer.pk}"' in page


def test_whoever_waits_or_is_declined_is_not_sent_to_the_team(as_bob, alice, need, offer):
    write = f'href="{reverse("initiative_write", args=[need.initiative.slug])}"'
    for _answer in range(2):
        for address in (at("need_offer", need), reverse("my_commitments")):
            assert write not in as_bob.get(address).content.decode()
        services.answer_offer(offer, accept=False, words="Merci, nous avons trouvé.", by=alice)
    assert "Merci, nous avons trouvé." in as_bob.get(reverse("my_commitments")).content.decode()


def test_nobody_is_sent_to_a_team_that_is_gone(as_bob, alice, need, offer):
    services.answer_offer(offer, accept=True, words="", by=alice)
    Initiative.objects.update(frozen_at=timezone.now(), author=None)
    page = as_bob.get(reverse("my_commitments")).content.decode()
    assert reverse("initiative_write", args=[need.initiative.slug]) not in page


def test_declining_is_said_too(as_alice, need, offer):
    as_alice.post(at("offer_answer", need, offer.pk), {"choice": "decliner"})
    assert told("offer_declined") == ["Bob"]
    assert Offer.objects.get().is_accepted is False


def test_an_answer_without_a_choice_asks_for_one_and_keeps_its_words(as_alice, need, offer):
    page = as_alice.post(at("offer_answer", need, offer.pk), {"answer": "Merci beaucoup"}).content.decode()
    assert "accepter ou décliner" in page and "Merci beaucoup" in page
    assert Offer.objects.get().is_accepted is None


def test_answering_twice_changes_nothing(alice, offer):
    assert services.answer_offer(offer, accept=True, words="", by=alice) is True
    assert services.answer_offer(offer, accept=False, words="", by=alice) is False
    assert Offer.objects.get().is_accepted is True
    assert not told("offer_declined")


def test_an_offer_taken_back_meanwhile_is_not_answered(alice, bob, need, offer):
    services.withdraw_offer(need, by=bob)
    with pytest.raises(LifeRefused, match="retiré son offre"):
        services.answer_offer(offer, accept=True, words="", by=alice)


@pytest.mark.parametrize("name", ["need_meet", "need_drop"])
def test_what_is_over_thanks_those_who_wait(as_alice, visitor, need, offer, name):
    as_alice.post(at(name, need))
    as_alice.post(at(name, need))
    assert told("offer_late") == ["Bob"]
    page = visitor.get(need.initiative.get_absolute_url()).content.decode()
    assert (need.words in page) == (name == "need_meet")
    assert "Je peux aider" not in page


def test_a_team_hears_of_offers_at_most_once_an_hour(initiative, need, offer):
    CoOrganiser.objects.create(initiative=initiative, member=new_member("dan"))
    assert tasks.tell_of_offers() == 1
    assert sorted(told("offer_received")) == ["Alice", "Dan"]
    services.make_offer(need, MINE, by=new_member("david"))
    assert tasks.tell_of_offers() == 0
    Need.objects.update(team_told_at=timezone.now() - services.TELL_EVERY)
    assert tasks.tell_of_offers() == 1
    assert Notification.objects.filter(kind="offer_received").latest("pk").context["new"] == 1


def test_an_offer_answered_at_once_is_told_no_more(alice, offer):
    services.answer_offer(offer, accept=True, words="", by=alice)
    assert tasks.tell_of_offers() == 0
    assert tasks.tell_of_offers() == 0


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_a_withheld_need_is_shown_to_its_author_alone(as_alice, as_bob, visitor, chloe, need):
    moderation.withhold(need, by=chloe, ground=next(iter(Ground)), reason="À revoir.")
    for client in (visitor, as_bob):
        assert need.words not in client.get(need.initiative.get_absolute_url()).content.decode()
    assert "Retiré" in as_alice.get(need.initiative.get_absolute_url()).content.decode()
    assert as_alice.get(at("need", need)).status_code == 404


def test_the_page_of_an_initiative_costs_the_same_with_no_need_or_twenty(
    as_bob, bob, initiative, django_assert_num_queries, django_assert_max_num_queries
):
    as_bob.get(initiative.get_absolute_url())
    with django_assert_max_num_queries(20) as first:
        as_bob.get(initiative.get_absolute_url())
    for n in range(20):
        need = new_need(initiative, words=f"Une remorque, la {n}e")
        if n % 4 == 0:
            Offer.objects.create(need=need, member=bob, message=MINE)
        new_action(initiative, title=f"Planter la haie {n}")
    with django_assert_num_queries(len(first)):
        page = as_bob.get(initiative.get_absolute_url()).content.decode()
    assert page.count("<strong>Une remorque, la ") == 20 and page.count("attend une réponse") == 5


def test_the_offers_cost_the_same_for_two_or_fifteen(as_alice, as_bob, bob, need, initiative, query_bill):
    def fill(count):
        for _ in range(count):
            services.make_offer(need, MINE, by=new_member(f"m{Offer.objects.count()}"))

    # session, member, initiative, need, offers with who offers, demonstration
    query_bill(as_alice, at("need", need), fill, most=7)

    def offer(count):
        for n in range(count):
            services.make_offer(new_need(initiative, words=f"Une remorque, la {n}e"), MINE, by=bob)

    query_bill(as_bob, reverse("my_commitments"), offer, most=6)


def test_staff_read_needs_and_no_offer(as_chloe, need, offer):
    assert as_chloe.get(reverse("admin:initiatives_need_changelist")).status_code == 200
    page = as_chloe.get(reverse("admin:initiatives_need_change", args=[need.pk])).content.decode()
    assert need.words in page and MINE not in page


def test_a_need_met_long_ago_is_below_what_is_sought(visitor, alice, initiative):
    found = new_need(initiative, words="Une bétonnière", met_at=timezone.now() - timedelta(days=9))
    new_need(initiative)
    shown = visitor.get(initiative.get_absolute_url()).context["work"]
    assert [need.words for need in shown.sought] == [GIVEN["words"]]
    assert shown.met == [found]
