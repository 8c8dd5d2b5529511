"""Supports: one each, exactly counted, withdrawn without a trace."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.models import Initiative, Support, SupportDelta
from initiatives.services import supports as services
from notifications.models import Notification


def shown(initiative) -> int:
    return Initiative.objects.for_page(initiative.author).get(pk=initiative.pk).exact_count


def test_a_member_supports_with_one_click(as_bob, initiative):
    answer = as_bob.post(reverse("initiative_support", args=[initiative.slug]), follow=True)
    assert "Vous soutenez cette initiative" in answer.content.decode()
    assert shown(initiative) == initiative.supports.count() == 1


def test_a_second_click_changes_nothing(bob, initiative):
    assert services.support(initiative, by=bob) is True
    assert services.support(initiative, by=bob) is False
    assert shown(initiative) == initiative.supports.count() == 1


def test_a_withdrawn_support_is_deleted_and_may_come_back(bob, initiative):
    services.support(initiative, by=bob)
    assert services.withdraw_support(initiative, by=bob) is True
    assert services.withdraw_support(initiative, by=bob) is False
    assert not Support.objects.exists()
    assert shown(initiative) == 0
    assert services.support(initiative, by=bob) is True
    assert shown(initiative) == 1


def test_the_database_itself_refuses_a_second_support(bob, initiative):
    Support.objects.create(initiative=initiative, member=bob, confirmed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Support.objects.create(initiative=initiative, member=bob, confirmed_at=timezone.now())


def test_a_hundred_concurrent_clicks_leave_one_row(at_once, vitre_committed):
    alice, bob = new_member("alice"), new_member("bob")
    initiative = new_initiative(alice, vitre_committed)
    news = at_once(lambda _click: services.support(initiative, by=bob), range(100))
    assert news.count(True) == 1
    assert Support.objects.count() == 1
    assert SupportDelta.objects.count() == 1
    assert shown(initiative) == 1


def test_supporting_and_withdrawing_at_once_counts_the_rows(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    people = [new_member(f"m{n}") for n in range(20)]

    def hesitate(member):
        services.support(initiative, by=member)
        tasks.fold_supports()
        services.withdraw_support(initiative, by=member)
        tasks.fold_supports()
        services.support(initiative, by=member)

    at_once(hesitate, people)
    assert shown(initiative) == Support.objects.count() == 20
    tasks.fold_supports()
    assert Initiative.objects.get().support_count == 20
    assert not SupportDelta.objects.exists()


def test_a_person_sees_their_own_support_before_it_is_folded(as_bob, initiative):
    as_bob.post(reverse("initiative_support", args=[initiative.slug]))
    assert Initiative.objects.get().support_count == 0
    page = as_bob.get(initiative.get_absolute_url()).content.decode()
    assert re.search(r'class="support-number"[^>]*>1<', page)


def test_folding_adds_up_and_is_harmless_twice(bob, alice, initiative):
    services.support(initiative, by=bob)
    services.support(initiative, by=alice)
    assert tasks.fold_supports() == 1
    assert tasks.fold_supports() == 0
    assert Initiative.objects.get().support_count == 2


def test_reconciling_repairs_a_number_that_drifted(bob, initiative):
    services.support(initiative, by=bob)
    Initiative.objects.update(support_count=41)
    assert tasks.reconcile_supports() == 1
    # The waiting delta is still to be added.
    assert Initiative.objects.get().support_count == 0
    assert shown(initiative) == 1
    tasks.fold_supports()
    assert tasks.reconcile_supports() == 0


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_an_ended_initiative_takes_no_more_support(as_bob, bob, initiative, state):
    Initiative.objects.update(state=state, ended_at=timezone.now())
    initiative.refresh_from_db()
    with pytest.raises(services.SupportRefused):
        services.support(initiative, by=bob)
    answer = as_bob.post(reverse("initiative_support", args=[initiative.slug]))
    assert answer.status_code == 409
    assert "pas ouverte aux soutiens" in answer.content.decode()
    assert not Support.objects.exists()


def test_an_initiative_withheld_meanwhile_takes_no_support(bob, initiative):
    stale = Initiative.objects.get()
    Initiative.objects.update(withheld_at=timezone.now())
    assert services.support(stale, by=bob) is False
    assert not Support.objects.exists()


def test_without_a_script_the_act_is_acknowledged_and_one_next_act_offered(as_bob, alice, vitre, initiative):
    address = reverse("initiative_support", args=[initiative.slug])
    text = as_bob.post(address, follow=True).content.decode()
    assert "C’est compté" in text and "Le dire à trois personnes" in text
    new_event(alice, vitre, initiative=initiative)
    text = as_bob.get(address).content.decode()
    assert "Venir le" in text and "Le dire à trois personnes" not in text


def test_what_is_hidden_cannot_be_supported(as_bob, initiative):
    Initiative.objects.update(withheld_at=timezone.now())
    assert as_bob.post(reverse("initiative_support", args=[initiative.slug])).status_code == 410
    # What never was public does not exist.
    Initiative.objects.update(published_at=None, state="submitted")
    assert as_bob.post(reverse("initiative_support", args=[initiative.slug])).status_code == 404
    assert not Support.objects.exists()


def test_a_support_may_be_withdrawn_from_what_was_withheld(as_bob, bob, initiative):
    services.support(initiative, by=bob)
    Initiative.objects.update(withheld_at=timezone.now())
    answer = as_bob.post(reverse("initiative_withdraw_support", args=[initiative.slug]))
    assert answer.url == reverse("my_supports") + "?retire=1"
    assert not Support.objects.exists()


def test_a_support_withdrawn_at_this_moment_in_another_tab_is_seen_as_withdrawn(as_bob, bob, initiative):
    services.support(initiative, by=bob)

    def withdraw_then(execute, sql, params, many, context):
        read = execute(sql, params, many, context)
        if "exact_count" in sql:
            bob.supports.all().delete()
        return read

    with connection.execute_wrapper(withdraw_then):
        answer = as_bob.get(reverse("initiative_support", args=[initiative.slug]))
    assert answer.status_code == 200 and "Je soutiens" in answer.content.decode()


def test_getting_the_withdrawal_address_changes_nothing(as_bob, bob, initiative):
    services.support(initiative, by=bob)
    assert as_bob.get(reverse("initiative_withdraw_support", args=[initiative.slug])).status_code == 405
    assert Support.objects.count() == 1


def test_htmx_gets_the_box_alone(as_bob, initiative):
    address = reverse("initiative_support", args=[initiative.slug])
    body = as_bob.post(address, headers={"HX-Request": "true"}).content.decode()
    assert body.lstrip().startswith("<section") and "C’est compté" in body


def test_the_author_is_told_at_most_once_an_hour(alice, bob, initiative):
    services.support(initiative, by=bob)
    tasks.fold_supports()
    assert tasks.tell_authors() == 1
    services.support(initiative, by=new_member("david"))
    tasks.fold_supports()
    assert tasks.tell_authors() == 0
    assert Notification.objects.filter(recipient=alice, kind="initiative_supported").count() == 1
    Initiative.objects.update(supports_told_at=timezone.now() - timedelta(hours=1))
    assert tasks.tell_authors() == 1
    told = Notification.objects.filter(recipient=alice).latest("pk")
    assert (told.context["count"], told.context["new"]) == (2, 1)


def test_the_author_is_not_told_of_their_own_support(alice, bob, initiative):
    services.support(initiative, by=alice)
    tasks.fold_supports()
    assert tasks.tell_authors() == 0
    services.support(initiative, by=bob)
    tasks.fold_supports()
    Initiative.objects.update(supports_told_at=None)
    assert tasks.tell_authors() == 1


@pytest.mark.parametrize("state", ["pending", "suspect"])
def test_the_author_who_supports_alone_is_told_of_nobody_who_does_not_count(alice, bob, initiative, state):
    services.support(initiative, by=alice)
    if state == "suspect":
        services.support(initiative, by=bob, suspicion="network")
    else:
        services.ask(initiative, email=bob.email, first_name="Bob", commune=bob.home_commune, consent="2026-11")
    tasks.fold_supports()
    assert initiative.supports.count() == 2
    assert tasks.tell_authors() == 0


def test_mes_soutiens_lists_mine_alone(as_bob, bob, alice, initiative):
    other = new_initiative(alice, title="Une passerelle sur la Vilaine")
    services.support(initiative, by=bob)
    services.support(other, by=alice)
    page = as_bob.get(reverse("my_supports")).content.decode()
    assert initiative.title in page
    assert other.title not in page


def test_mes_soutiens_does_not_name_what_was_withheld(as_bob, bob, initiative):
    Initiative.objects.update(title="Un <b>verger</b> & des ruches")
    services.support(initiative, by=bob)
    page = as_bob.get(reverse("my_supports")).content.decode()
    assert page.count("Un &lt;b&gt;verger&lt;/b&gt; &amp; des ruches") == 2
    initiative.withhold()
    page = as_bob.get(reverse("my_supports")).content.decode()
    assert "verger" not in page
    # The support may be taken back all the same.
    address = re.search(r'action="([^"]+/retirer-soutien/)"', page)[1]
    assert as_bob.post(address, {"from": "mine"}).url == reverse("my_supports") + "?retire=1"
    assert not bob.supports.exists()


def test_mes_soutiens_costs_the_same_for_two_or_fifteen(alice, bob, as_bob, vitre, query_bill):
    def fill(count):
        for n in range(count):
            services.support(new_initiative(alice, vitre, title=f"Un banc public de plus, le {n}e"), by=bob)

    # session, member, supports with their initiatives, demonstration
    query_bill(as_bob, reverse("my_supports"), fill, most=4)


def test_supports_of_a_member_gone_are_gone(bob, initiative):
    services.support(initiative, by=bob)
    tasks.fold_supports()
    bob.delete()
    tasks.fold_supports()
    assert Initiative.objects.get().support_count == 0
    assert tasks.reconcile_supports() == 0


def test_somebody_else_sees_no_sign_of_my_support(initiative, bob):
    services.support(initiative, by=bob)
    page = client_of(new_member("david")).get(initiative.get_absolute_url()).content.decode()
    assert "Vous soutenez" not in page
    assert "Bob" not in page
