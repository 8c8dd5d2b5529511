"""A visitor's support: asked, written to, confirmed, reminded, forgotten."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from cast import new_initiative, new_member
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.models import Initiative, Support, SupportDelta, SupportLimits, SupportReview
from initiatives.services import asking, own, reviewing, supports
from members.addresses import address_key
from members.models import Consent, Member
from members.services import welcoming
from notifications.models import Notification

ZOE = {"first_name": "Zoé", "email": "zoe@exemple.fr", "postcode": "35500", "commune": "35360", "consent": "on"}


CONFIRM = ">Confirmer mon soutien</button>"


def ask(visitor, initiative, **changes):
    return visitor.post(reverse("initiative_support", args=[initiative.slug]), ZOE | changes)


def link_in(message) -> str:
    return re.search(r"https?://[^/]+(/initiatives/\S+/soutien/\S+/)", message.body)[1]


@pytest.fixture
def post(django_capture_on_commit_callbacks):
    """`post()`: the round of the second, then the messages that left in it."""

    def round(task=tasks.send_links):
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            task()
        return mail.outbox[before:]

    return round


@pytest.fixture
def link(visitor, initiative, post) -> str:
    """The link that Zoé received."""
    ask(visitor, initiative)
    return link_in(*post())


def later(**much) -> None:
    """So much time goes by for every demand."""
    for support in Support.objects.all():
        support.created_at -= timedelta(**much)
        support.written_at = support.written_at and support.written_at - timedelta(**much)
        support.save()


def given(initiative) -> Support:
    return initiative.supports.given().get()


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_a_visitor_asks_and_nothing_is_counted_yet(visitor, initiative):
    answer = ask(visitor, initiative)
    assert answer.status_code == 302 and answer.url == reverse("support_sent", args=[initiative.slug])
    support = Support.objects.get()
    assert (support.state, support.member, support.email) == ("pending", None, "zoe@exemple.fr")
    assert not Member.objects.filter(email="zoe@exemple.fr").exists()
    assert not SupportDelta.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_name": ""}, "Écrivez votre prénom"),
        ({"first_name": "www.casino.fr"}, "pas d’adresse de site"),
        ({"email": "zoe@"}, "pas complète"),
        ({"postcode": "3550"}, "cinq chiffres"),
        ({"postcode": "00000"}, "ne connaissons pas ce code postal"),
        ({"commune": ""}, "plusieurs communes"),
        ({"commune": "75056"}, ""),
        ({"consent": ""}, "Cochez cette case"),
    ],
)
def test_a_demand_that_lacks_something_is_refused_in_the_page_and_nothing_typed_is_lost(
    visitor, initiative, changes, words
):
    answer = ask(visitor, initiative, **changes)
    text = answer.content.decode()
    assert answer.status_code == 200 and words in text
    for name, value in (ZOE | changes).items():
        if name in ("first_name", "email", "postcode") and value:
            assert f'value="{value}"' in text
    assert not Support.objects.exists()


def test_a_postcode_of_one_commune_asks_no_more(visitor, initiative):
    ask(visitor, initiative, postcode="35300", commune="")
    assert Support.objects.get().commune.name == "Fougères"


def test_an_arrondissement_is_meant_by_its_postcode(visitor, initiative):
    ask(visitor, initiative, postcode="75011", commune="")
    assert Support.objects.get().commune.code == "75111"


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_an_ended_initiative_takes_no_demand(visitor, initiative, state):
    Initiative.objects.update(state=state, ended_at=timezone.now())
    assert ask(visitor, initiative).status_code == 409
    assert not Support.objects.exists()


def test_the_answer_is_the_same_whoever_has_the_address(visitor, bob, alice, initiative):
    """Nobody, a member, a supporter, somebody who already asked: one page, one status, one row written."""
    supports.support(initiative, by=alice)
    answers = set()
    for email in ("nobody@exemple.fr", bob.email, alice.email, "nobody@exemple.fr"):
        before = Support.objects.pending().count()
        answer = ask(visitor, initiative, email=email)
        answers.add((answer.status_code, answer.url, tuple(sorted(answer.headers))))
        assert Support.objects.pending().count() == before + 1
    assert len(answers) == 1


def test_the_database_keeps_addresses_for_pending_supports_alone(bob, initiative):
    now = timezone.now()
    for wrong in (
        {"state": "pending"},
        {"state": "pending", "email": "a@exemple.fr"},
        {"state": "pending", "email": "a@exemple.fr", "address_key": b"k", "member": bob},
        {"state": "confirmed", "member": bob},
        {"state": "confirmed", "member": bob, "confirmed_at": now, "email": "a@exemple.fr"},
        {"state": "confirmed", "confirmed_at": now},
        {"state": "suspect", "member": bob, "confirmed_at": now},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Support.objects.create(initiative=initiative, **wrong)


# --- The message -----------------------------------------------------------------------------------------------------


def test_one_message_leaves_and_is_forgotten(visitor, initiative, post):
    ask(visitor, initiative)
    (message,) = post()
    assert message.to == ["zoe@exemple.fr"]
    assert initiative.title in message.body
    assert "Zoé" not in message.body, "what a stranger typed is sent to nobody"
    assert not post()
    assert not Notification.objects.exists()


def test_who_asks_twice_at_once_gets_one_message_and_is_counted_as_they_said_last(visitor, initiative, post):
    ask(visitor, initiative)
    ask(visitor, initiative, first_name="Zoé-Lou", commune="35360")
    (message,) = post()
    ask(visitor, initiative, first_name="Zoé-Marie", postcode="35300", commune="")
    assert not post(), "the first message is on its way"
    visitor.post(link_in(message))
    support = given(initiative)
    assert (support.member.display_name, support.commune.name) == ("Zoé-Marie", "Fougères")


def test_who_asked_twice_before_any_message_left_gets_one_however_late(visitor, initiative, post):
    ask(visitor, initiative, email="zoe@gmail.com")
    later(hours=5)
    ask(visitor, initiative, email="z.oe@gmail.com")
    (message,) = post()
    assert message.to == [Support.objects.get().email] == ["z.oe@gmail.com"]


def test_a_link_proves_the_address_it_was_sent_to_and_no_other(visitor, initiative, post):
    """Whoever asks again with another spelling may be somebody else: providers are only believed to merge them."""
    ask(visitor, initiative, email="zoe@gmail.com")
    link = link_in(*post())
    ask(visitor, initiative, email="z.oe+other@googlemail.com")
    assert not post()
    visitor.post(link)
    assert given(initiative).member.email == "zoe@gmail.com"


def test_writing_waits_for_nobody_and_spoils_no_confirmation(at_once, vitre_committed):
    """The earlier demand is being confirmed while its repeat is read: the repeat is simply written to."""
    initiative = new_initiative(new_member("alice"), vitre_committed)
    fields = {"initiative": initiative, "state": "pending", "email": "zoe@exemple.fr", "consent_version": "2026-11"}
    fields |= {"first_name": "Zoé", "address_key": address_key("zoe@exemple.fr")}
    first = Support.objects.create(**fields, written_at=timezone.now())
    Support.objects.create(**fields)

    def write(_one):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        return tasks.send_links()

    with transaction.atomic():
        supports.confirm(first.pk)
        assert at_once(write, [1]) == [1]
    assert given(initiative).pk == first.pk
    assert "/soutien/" in mail.outbox[-1].body


def test_who_asks_again_later_gets_another_message_and_both_links_work(visitor, initiative, post):
    ask(visitor, initiative)
    first = link_in(*post())
    later(hours=1)
    ask(visitor, initiative, email="ZOE@exemple.fr")
    second = link_in(*post())
    assert first != second
    visitor.post(first)
    assert "C’est compté" in visitor.get(second).content.decode()
    visitor.post(second)
    assert initiative.supports.given().count() == 1


def test_who_supports_already_is_told_so_and_nobody_else(visitor, bob, initiative, post):
    supports.support(initiative, by=bob)
    ask(visitor, initiative, email=bob.email)
    (message,) = post()
    assert message.to == [bob.email]
    assert "déjà" in message.body and "/soutien/" not in message.body
    # In their own box, one link shows and withdraws what they support.
    assert "Le lien marche jusqu’au" in message.body
    (address,) = re.findall(r"https?://[^/]+(/mes-soutiens/\S+/)", message.body)
    assert initiative.title in visitor.get(address).content.decode()
    visitor.post(address, {"support": given(initiative).pk})
    assert not Support.objects.given().exists()


def test_the_link_to_ones_own_supports_is_sent_to_the_members_own_box_alone(visitor, initiative, post):
    gilles = Member.objects.create_user("gilles.martin@gmail.com", display_name="Gilles")
    supports.support(initiative, by=gilles)
    ask(visitor, initiative, email="gillesmartin+tout@googlemail.com")
    (message,) = post()
    assert message.recipients() == ["gilles.martin@gmail.com"] and "/mes-soutiens/" in message.body


def test_a_member_who_does_not_support_yet_confirms_as_anybody_does(visitor, bob, initiative, post):
    ask(visitor, initiative, email=bob.email, first_name="Robert")
    (message,) = post()
    visitor.post(link_in(message))
    assert given(initiative).member == bob
    bob.refresh_from_db()
    assert bob.display_name != "Robert", "a stranger does not rename a member"


def test_a_member_who_confirms_by_a_link_was_there_that_day(visitor, bob, initiative, post):
    Member.objects.filter(pk=bob.pk).update(active_on=timezone.localdate() - timedelta(days=90))
    ask(visitor, initiative, email=bob.email)
    visitor.post(link_in(*post()))
    bob.refresh_from_db()
    assert bob.active_on == timezone.localdate()


def test_another_spelling_of_a_members_address_is_written_to_at_the_one_they_proved(visitor, vitre, initiative, post):
    gilles = Member.objects.create_user("gilles.martin@gmail.com", display_name="Gilles")
    ask(visitor, initiative, email="gillesmartin+tout@googlemail.com")
    (message,) = post()
    assert message.to == ["gilles.martin@gmail.com"]
    visitor.post(link_in(message))
    assert given(initiative).member == gilles


def test_nobodys_box_is_filled(visitor, alice, vitre, initiative, post):
    SupportLimits.objects.create(pk=1, messages_per_address_a_day=2)
    others = [new_initiative(alice, vitre, title=f"Un banc public de plus, le {n}e") for n in range(4)]
    for other in others:
        assert ask(visitor, other).status_code == 302
    assert len(post()) == 2


def test_tags_that_no_rule_knows_fill_no_box_either(visitor, initiative, post):
    SupportLimits.objects.create(pk=1, messages_per_address_a_day=2)
    for number in range(4):
        ask(visitor, initiative, email=f"zoe+{number}@son-domaine.fr")
    assert [message.to for message in post()] == [["zoe+0@son-domaine.fr"], ["zoe+1@son-domaine.fr"]]
    assert len(post(lambda: [ask_for_own(visitor, f"zoe+{n}@son-domaine.fr") for n in range(4)])) == 2


def test_an_initiative_hidden_meanwhile_writes_to_nobody(visitor, initiative, post):
    ask(visitor, initiative)
    Initiative.objects.update(withheld_at=timezone.now())
    assert not post()


# --- The link --------------------------------------------------------------------------------------------------------


def test_opening_the_link_confirms_nothing(link, initiative):
    for opener in (Client(), Client(headers={"user-agent": "scanner"})):
        for method in (opener.get, opener.head):
            assert method(link).status_code == 200
    assert Support.objects.get().is_pending


def test_the_button_confirms_and_the_page_stays_the_same_useful_one(link, initiative):
    """Twice, with its query stripped or with one added, on another device, a day and a year later."""
    assert Client().post(link, follow=True).status_code == 200
    texts = [
        Client().get(link).content.decode(),
        Client().post(link, follow=True).content.decode(),
        Client().get(f"{link}?utm_source=box").content.decode(),
    ]
    later(days=365)
    texts.append(Client(enforce_csrf_checks=True).post(link, follow=True).content.decode())
    for text in texts:
        assert "C’est compté" in text and "1<sup>er</sup> soutien" in text.replace("1er", "1<sup>er</sup>")
    assert initiative.supports.count() == 1


def test_confirming_makes_the_member_with_their_consent_and_erases_what_was_typed(link, initiative, vitre):
    asked_at = Support.objects.get().created_at
    Client().post(link)
    support = given(initiative)
    assert (support.state, support.email, support.first_name, support.address_key) == ("confirmed", "", "", None)
    zoe = support.member
    assert (zoe.email, zoe.display_name, zoe.home_commune) == ("zoe@exemple.fr", "Zoé", vitre)
    assert bytes(zoe.address_key) == address_key("zoe@exemple.fr")
    assert not zoe.has_usable_password() and not zoe.is_staff
    consent = zoe.consents.get()
    assert (consent.purpose, consent.version, consent.given_at) == (Consent.Purpose.SUPPORT, "2026-11", asked_at)


def test_a_new_text_agreed_to_replaces_the_former_which_stays_as_history(link, initiative):
    zoe = new_member("zoe")
    zoe.consents.create(purpose="support", version="2025-01", given_at=timezone.now() - timedelta(days=400))
    asked_at = Support.objects.get().created_at
    Client().post(link)
    consents = list(zoe.consents.order_by("given_at").values_list("version", "withdrawn_at"))
    assert consents == [("2025-01", asked_at), ("2026-11", None)]


def test_two_members_who_turn_out_to_share_a_mailbox_each_confirm_their_own(visitor, alice, bob, initiative, post):
    """While keys are made anew (rekey_addresses), the key of Bob's address may still be Alice's."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET address_key = 'stale' WHERE id = %s", [bob.pk])
        cursor.execute("UPDATE members_member SET address_key = %s WHERE id = %s", [address_key(bob.email), alice.pk])
    ask(visitor, initiative, email=bob.email)
    link = link_in(*post())
    supports.support(initiative, by=bob)
    assert "C’est compté" in visitor.post(link, follow=True).content.decode()
    assert given(initiative).member == bob


@pytest.mark.parametrize(
    "statement", [supports._CONFIRM, supports._CONFIRM_NEWCOMER.text, supports._NEWCOMER.text], ids=range(3)
)
def test_the_row_is_found_by_its_number_also_when_few_waited_as_its_plan_was_made(link, statement):
    """By the index of what waits, a crowd's rows would all be read for each of them."""
    asked = Support.objects.get()
    values = welcoming(
        email=asked.email,
        display_name=asked.first_name,
        home_commune_id=asked.commune_id,
        consent=asked.consent_version,
        consented_at=asked.created_at,
        now=timezone.now(),
    )
    values |= {"support": asked.pk, "initiative": asked.initiative_id, "commune": asked.commune_id}
    values["since"] = asked.created_at
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(line for (line,) in cursor)
    assert "initiatives_support_pkey" in plan
    assert "support_waiting" not in plan


def test_confirming_signs_nobody_in(link):
    client = Client()
    client.post(link, follow=True)
    assert "sessionid" not in client.cookies


def test_the_rank_is_that_of_the_moment_and_stays(link, alice, bob, initiative, visitor, post):
    supports.support(initiative, by=alice)
    tasks.fold_supports()
    supports.support(initiative, by=new_member("dan"))
    Client().post(link)
    zoe = Support.objects.get(member__display_name="Zoé")
    assert (zoe.rank, zoe.place_rank) == (3, 2)
    supports.support(initiative, by=bob)
    tasks.fold_supports()
    assert "vous êtes le 3e soutien, le 2e à Vitré" in Client().get(link).content.decode()


def test_a_link_of_seven_days_is_dead_and_offers_another(link, initiative, visitor, post):
    later(days=6, hours=23)
    assert CONFIRM in visitor.get(link).content.decode()
    later(hours=2)
    visitor.post(link)
    assert Support.objects.get().is_pending
    assert CONFIRM not in visitor.get(link).content.decode()
    again = reverse("support_link_again", args=link.strip("/").split("/")[1::2])
    assert visitor.post(again).url == reverse("support_sent", args=[initiative.slug])
    assert link_in(*post()) == link
    visitor.post(link)
    assert given(initiative)


def test_a_living_link_is_not_sent_again(link, visitor, post):
    visitor.post(reverse("support_link_again", args=link.strip("/").split("/")[1::2]))
    assert not post()


@pytest.mark.parametrize("token", ["1.abc", "forgé", "1", ".", "1.", "9" * 40 + ".x"])
def test_a_forged_link_is_gone_in_a_page_that_helps(visitor, initiative, token):
    address = reverse("support_link", args=[initiative.slug, token])
    for answer in (visitor.get(address), visitor.post(address, follow=True)):
        assert answer.status_code == 410
        assert reverse("initiative_support", args=[initiative.slug]) in answer.content.decode()
        # Nothing is known of its support, which may well be counted.
        assert "Ce lien est incomplet" in answer.text
        assert "n’existe plus" not in answer.text and "effacé" not in answer.text


def test_the_link_of_an_initiative_that_waits_to_be_published_serves_later(link, visitor, initiative):
    Initiative.objects.update(state="submitted", published_at=None, nursery_key="abcdefghij")
    answer = visitor.post(link)
    assert "Rouvrez ce lien quand elle le sera" in answer.text and "n’est plus ouverte" not in answer.text
    assert Support.objects.get().is_pending
    Initiative.objects.update(state="published", published_at=timezone.now())
    visitor.post(link)
    assert not Support.objects.get().is_pending


def test_the_link_of_an_initiative_closed_meanwhile_says_so(link, visitor, initiative):
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    answer = visitor.post(link)
    assert "n’est plus ouverte aux soutiens\u202f: le vôtre n’a pas été compté" in answer.text
    assert "Ce soutien n’a pas été compté" in answer.text.partition("<title>")[2].partition("</title>")[0]
    assert Support.objects.get().is_pending
    assert not Member.objects.filter(email="zoe@exemple.fr").exists(), "no account for what is not counted"
    assert not Consent.objects.exists()


def test_the_link_of_an_initiative_withheld_meanwhile_does_not_show_its_title(link, visitor, initiative):
    Initiative.objects.update(withheld_at=timezone.now())
    assert initiative.title not in visitor.get(link).content.decode()


def test_a_suspended_members_support_does_not_count_and_they_are_not_told(visitor, bob, initiative, post):
    bob.is_active = False
    bob.save()
    ask(visitor, initiative, email=bob.email)
    link = link_in(*post())
    assert "C’est compté" in visitor.post(link, follow=True).content.decode()
    assert (given(initiative).state, given(initiative).suspicion) == ("suspect", "suspended")


def test_withdrawing_by_the_link_deletes_the_row_and_the_link_says_it_is_gone(link, visitor, initiative):
    visitor.post(link)
    answer = visitor.post(reverse("support_link_withdraw", args=link.strip("/").split("/")[1::2]), follow=True)
    assert answer.status_code == 410
    assert not Support.objects.exists()
    tasks.fold_supports()
    assert Initiative.objects.get().support_count == 0


def test_withdrawing_leaves_no_other_link_that_would_give_it_again(link, visitor, initiative, post):
    later(hours=1)
    ask(visitor, initiative)
    second = link_in(*post())
    visitor.post(link)
    assert initiative.supports.pending().exists()
    visitor.post(reverse("support_link_withdraw", args=link.strip("/").split("/")[1::2]))
    assert not Support.objects.exists()
    assert visitor.post(second, follow=True).status_code == 410


def test_a_get_never_withdraws_nor_sends(link, visitor):
    for name in ("support_link_withdraw", "support_link_again"):
        assert visitor.get(reverse(name, args=link.strip("/").split("/")[1::2])).status_code == 405


def test_a_disposable_address_counts_and_is_marked(visitor, initiative, post):
    ask(visitor, initiative, email="zoe@mailinator.com")
    visitor.post(link_in(*post()))
    support = given(initiative)
    assert (support.state, support.is_disposable, support.domain) == ("confirmed", True, "mailinator.com")


# --- Reminding, forgetting -------------------------------------------------------------------------------------------


def test_one_reminder_after_two_days(link, post, initiative):
    later(days=1, hours=23)
    assert not post(tasks.remind_to_confirm)
    later(hours=2)
    (message,) = post(tasks.remind_to_confirm)
    assert link_in(message) == link
    later(days=2)
    assert not post(tasks.remind_to_confirm)


def test_nobody_is_reminded_of_a_link_that_is_dead(link, post):
    """The reminders of five days were missed: the site was down."""
    later(days=7, minutes=-5)
    assert len(post(tasks.remind_to_confirm)) == 1
    Support.objects.update(reminded_at=None)
    later(minutes=10)
    assert not post(tasks.remind_to_confirm)


def test_who_confirmed_or_asked_again_is_not_reminded_for_nothing(visitor, bob, initiative, post):
    ask(visitor, initiative)
    first = link_in(*post())
    later(days=2, hours=1)
    ask(visitor, initiative)
    second = link_in(*post())
    assert not post(tasks.remind_to_confirm), "the second message has just left"
    later(days=2, hours=1)
    assert [link_in(message) for message in post(tasks.remind_to_confirm)] == [second]
    ask(visitor, initiative, email=bob.email)
    post()
    supports.support(initiative, by=bob)
    later(days=2, hours=1)
    assert not post(tasks.remind_to_confirm)
    assert first


def test_one_at_a_time_writes_links_try_again_a_second_later_and_reminders_wait(committed_db, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    fields = {"initiative": initiative, "state": "pending", "first_name": "Zoé", "consent_version": "2026-11"}

    def demand(email, written_at=None):
        Support.objects.create(**fields, email=email, address_key=address_key(email), written_at=written_at)

    def apart(task, *args):
        try:
            return task(*args)
        finally:
            connections.close_all()

    demand("zoe@exemple.fr")
    demand("ana@exemple.fr", timezone.now() - timedelta(days=3))
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            assert tasks.send_links() == 1
            pool.submit(apart, demand, "lou@exemple.fr").result(10)
            assert pool.submit(apart, tasks.send_links).result(10) == 0
            reminding = pool.submit(apart, tasks.remind_to_confirm)
            with pytest.raises(TimeoutError):
                reminding.result(0.5)
        assert reminding.result(10) == 1
        assert pool.submit(apart, tasks.send_links).result(10) == 1
    assert sorted(message.to[0][:3] for message in mail.outbox) == ["ana", "lou", "zoe"]


def test_what_is_not_confirmed_is_erased_after_thirty_days(link, visitor, initiative):
    later(days=29, hours=23)
    tasks.forget_demands()
    assert Support.objects.exists()
    later(hours=2)
    tasks.forget_demands()
    assert not Support.objects.exists()
    assert visitor.get(link).status_code == 410


def test_networks_are_forgotten_after_thirty_days_and_supports_are_not(link, visitor):
    visitor.post(link)
    assert Support.objects.get().network
    later(days=30, hours=1)
    tasks.forget_demands()
    assert Support.objects.get().network is None


def test_forgetting_goes_by_batches_and_leaves_what_is_confirmed_meanwhile(visitor, initiative, monkeypatch):
    monkeypatch.setattr(asking, "FORGET_BATCH", 2)
    for number in range(10):
        ask(visitor, initiative, email=f"p{number}@exemple.fr")
    for asked in Support.objects.order_by("pk")[:5]:
        supports.confirm(asked.pk)
    later(days=31)
    ask(visitor, initiative)
    late = Support.objects.pending().order_by("pk")[1]
    Support.objects.filter(pk=late.pk).update(written_at=timezone.now())
    erased = []

    def confirm_one_first(execute, sql, params, many, context):
        if sql.startswith("DELETE"):
            erased.append(sql)
            if len(erased) == 1:
                supports.confirm(late.pk)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(confirm_one_first):
        assert asking.forget() == (4, 6)
    assert len(erased) == 3
    assert Support.objects.get(pk=late.pk).member
    assert Support.objects.pending().get().email == "zoe@exemple.fr"
    assert Support.objects.pending().get().network
    assert not Support.objects.given().exclude(network=None).exists()


def test_the_network_of_an_examination_is_forgotten_too(initiative, bob, chloe):
    supports.support(initiative, by=bob, network=b"n" * 16)
    condition = reviewing.Condition(network=b"n" * 16)
    review = reviewing.review(initiative, "remove", condition, reason="Adresses créées en série.", by=chloe)
    tasks.forget_demands()
    review.refresh_from_db()
    assert review.network
    SupportReview.objects.update(created_at=timezone.now() - timedelta(days=30, hours=1))
    tasks.forget_demands()
    review.refresh_from_db()
    assert (review.network, review.until) == (None, review.created_at)


@pytest.fixture
def rekeyed(settings):
    """`rekeyed()`: the key of addresses changes, and those of members follow."""

    def change():
        settings.ADDRESS_KEY += "-of-now"
        call_command("rekey_addresses", verbosity=0, stdout=StringIO())

    return change


@pytest.mark.parametrize("typed", ["gilles.martin@gmail.com", "gillesmartin+tout@gmail.com"])
def test_a_link_of_before_the_keys_changed_leads_to_the_support_of_its_person(
    visitor, initiative, post, rekeyed, typed
):
    gilles = Member.objects.create_user("gilles.martin@gmail.com", display_name="Gilles")
    ask(visitor, initiative, email=typed)
    link = link_in(*post())
    rekeyed()
    supports.support(initiative, by=gilles)
    assert "C’est compté" in visitor.get(link).content.decode()
    assert "C’est compté" in visitor.post(link, follow=True).content.decode()
    assert given(initiative).member == gilles


def test_who_supports_already_is_not_reminded_though_the_keys_changed(visitor, bob, initiative, post, rekeyed):
    ask(visitor, initiative, email=bob.email)
    post()
    rekeyed()
    bob.refresh_from_db()
    supports.support(initiative, by=bob)
    later(days=2, hours=1)
    assert not post(tasks.remind_to_confirm)


def test_what_waits_is_given_the_keys_of_now_at_night(visitor, bob, initiative, post, rekeyed, monkeypatch):
    monkeypatch.setattr("initiatives.services.asking.BATCH", 2)
    for number in range(5):
        ask(visitor, initiative, email=f"p{number}@exemple.fr")
    supports.support(initiative, by=bob)
    before = {row.email: bytes(row.address_key) for row in Support.objects.pending()}
    rekeyed()
    assert asking.renew_keys() == 5
    after = {row.email: bytes(row.address_key) for row in Support.objects.pending()}
    assert after == {email: address_key(email) for email in before} != before
    assert given(initiative).address_key is None
    rekeyed()
    tasks.forget_demands()
    assert {row.email: bytes(row.address_key) for row in Support.objects.pending()} != after
    assert asking.renew_keys() == 0


def test_a_demand_confirmed_while_keys_are_renewed_is_left_alone(at_once, vitre_committed, settings, monkeypatch):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    fields = {"initiative": initiative, "state": "pending", "email": "zoe@exemple.fr", "consent_version": "2026-11"}
    asked = Support.objects.create(**fields, first_name="Zoé", address_key=b"of before")
    renew = asking._renew

    def confirm_first(stale):
        at_once(lambda row: supports.confirm(row.pk), stale)
        return renew(stale)

    monkeypatch.setattr(asking, "_renew", confirm_first)
    assert asking.renew_keys() == 0
    assert given(initiative).pk == asked.pk


# --- One's own, without an account -----------------------------------------------------------------------------------


def ask_for_own(client, email):
    return client.post(reverse("my_supports"), {"email": email})


def test_a_link_shows_ones_own_supports_and_withdraws(link, visitor, initiative, post):
    visitor.post(link)
    (message,) = post(lambda: ask_for_own(visitor, "Zoe@exemple.fr"))
    (address,) = re.findall(r"https?://[^/]+(/mes-soutiens/\S+/)", message.body)
    elsewhere = Client()
    assert initiative.title in elsewhere.get(address).content.decode()
    assert elsewhere.post(address, {"support": given(initiative).pk}).url == f"{address}?retire=1"
    assert not Support.objects.exists()
    assert initiative.title not in elsewhere.get(address).content.decode()


def test_a_suspended_member_withdraws_as_anybody_does(visitor, bob, initiative, post):
    supports.support(initiative, by=bob)
    bob.is_active = False
    bob.save()
    (message,) = post(lambda: ask_for_own(visitor, bob.email))
    (address,) = re.findall(r"https?://[^/]+(/mes-soutiens/\S+/)", message.body)
    assert initiative.title in visitor.get(address).content.decode()
    visitor.post(address, {"support": given(initiative).pk})
    assert not Support.objects.exists()


def test_the_link_withdraws_ones_own_alone(link, visitor, bob, initiative):
    visitor.post(link)
    supports.support(initiative, by=bob)
    address = reverse("my_supports_link", args=[own.token_of(bob)])
    for wrong in (Support.objects.get(member__display_name="Zoé").pk, "", "x", "9" * 30, "9" * 5000):
        assert visitor.post(address, {"support": wrong}).status_code == 302
    assert initiative.supports.count() == 2


def test_the_link_lives_a_day(bob, visitor):
    address = reverse("my_supports_link", args=[own.token_of(bob)])
    assert visitor.get(address).status_code == 200
    with patch("django.core.signing.time.time", return_value=time.time() + 24 * 3600 + 5):
        assert visitor.get(address).status_code == 410


def test_nobody_learns_whether_an_address_has_supports(visitor, bob, initiative, post):
    supports.support(initiative, by=bob)
    answers = []
    known, unknown = post(
        lambda: answers.extend(ask_for_own(visitor, email) for email in (bob.email, "nobody@exemple.fr"))
    )
    assert {each.url for each in answers} == {reverse("my_supports_sent")}
    assert len({(each.status_code, tuple(sorted(each.headers))) for each in answers}) == 1
    assert known.to == [bob.email] and "/mes-soutiens/" in known.body and "Le lien marche jusqu’au" in known.body
    assert unknown.to == ["nobody@exemple.fr"] and "/mes-soutiens/" not in unknown.body


def test_nobodys_box_is_filled_with_links(visitor, bob, post):
    SupportLimits.objects.create(pk=1, messages_per_address_a_day=2)
    assert len(post(lambda: [ask_for_own(visitor, bob.email) for _n in range(4)])) == 2


def test_one_network_asks_for_so_many_links_an_hour_and_the_answer_is_the_same(post, db):
    somebody, neighbour = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="198.51.100.7")
    answers = []
    sent = post(lambda: answers.extend(ask_for_own(somebody, f"p{number}@exemple.fr") for number in range(62)))
    assert len(sent) == 60
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, reverse("my_supports_sent"))}
    assert len(post(lambda: ask_for_own(neighbour, "elsewhere@exemple.fr"))) == 1


@pytest.mark.parametrize(
    "email",
    [
        "a" * 60 + "@" + ".".join(["é" * 50] * 3) + ".fr",
        "a@" + ".".join(["é" * 40] * 5) + ".fr",
        "İ" * 60 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".fr",
    ],
)
def test_an_address_too_long_for_the_network_is_refused_in_the_page(visitor, initiative, email):
    for answer in (ask(visitor, initiative, email=email), ask_for_own(visitor, email)):
        assert answer.status_code in (200, 302)
    assert all(len(support.domain) <= 253 and len(support.email) <= 254 for support in Support.objects.all())
