"""Limits: beyond, nothing changes for the person and the support is set aside. A proof of work, under attack alone."""

import re
import time
from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import HitCount
from core.proof import WAIT
from initiatives import tasks
from initiatives.models import Initiative, Support, SupportLimits
from initiatives.services import limits
from tests.initiatives.test_asking import ask, later, link_in, post  # noqa: F401 (post is a fixture)


def set_limits(**values) -> None:
    SupportLimits.objects.update_or_create(pk=1, defaults=values)


def from_address(number: int, **kwargs) -> Client:
    return Client(REMOTE_ADDR=f"203.0.{number}.7", **kwargs)


def suspicions() -> list[str]:
    return list(Support.objects.order_by("id").values_list("suspicion", flat=True))


def test_one_network_gives_so_many_supports_an_hour(initiative):
    set_limits(per_network_an_hour=2, proof="never")
    answers = [ask(from_address(0), initiative, email=f"p{n}@exemple.fr") for n in range(4)]
    assert suspicions() == ["", "", "network", "network"]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    ask(from_address(1), initiative, email="elsewhere@exemple.fr")
    assert suspicions()[-1] == ""


def test_one_network_has_so_many_messages_sent_an_hour_and_the_rest_is_kept(initiative, post):  # noqa: F811
    set_limits(messages_per_network_an_hour=3)
    answers = [ask(from_address(0), initiative, email=f"p{n}@exemple.fr") for n in range(2)]
    assert len(post()) == 2
    answers += [ask(from_address(0), initiative, email=f"p{n}@exemple.fr") for n in range(2, 5)]
    ask(from_address(1), initiative, email="elsewhere@exemple.fr")
    assert sorted(message.to for message in post()) == [["elsewhere@exemple.fr"], ["p2@exemple.fr"]]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    assert Support.objects.pending().count() == 6
    assert not post()
    # Who got no link is not reminded of it, nobody waits for the others.
    HitCount.objects.all().delete()
    later(days=2, hours=1)
    set_limits(messages_per_network_an_hour=300)
    assert len(post(tasks.remind_to_confirm)) == 3 + 1
    set_limits(messages_per_network_an_hour=3)
    # Asked again, it is another demand.
    ask(from_address(0), initiative, email="p4@exemple.fr")
    assert not post(), "the reminders were of that network too"
    HitCount.objects.all().delete()
    ask(from_address(0), initiative, email="p3@exemple.fr")
    assert [message.to for message in post()] == [["p3@exemple.fr"]]


def test_a_neighbour_in_the_same_network_is_of_it(initiative):
    set_limits(per_network_an_hour=1)
    ask(Client(REMOTE_ADDR="198.51.100.1"), initiative, email="a@exemple.fr")
    ask(Client(REMOTE_ADDR="198.51.100.200"), initiative, email="b@exemple.fr")
    ask(Client(REMOTE_ADDR="2001:db8:1:1::1"), initiative, email="c@exemple.fr")
    ask(Client(REMOTE_ADDR="2001:db8:1:ffff::9"), initiative, email="d@exemple.fr")
    assert suspicions() == ["", "network", "", "network"]


def test_a_header_that_anyone_may_send_changes_nothing(initiative, settings):
    settings.TRUSTED_PROXY_COUNT = 0
    set_limits(per_network_an_hour=1, proof="never")
    for number in range(3):
        header = {"x-forwarded-for": f"192.0.{number}.1", "x-real-ip": f"192.0.{number}.1"}
        ask(from_address(0, headers=header), initiative, email=f"p{number}@exemple.fr")
    assert suspicions() == ["", "network", "network"]


def test_behind_our_proxy_the_client_is_who_the_proxy_says(initiative, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    set_limits(per_network_an_hour=1, proof="never")
    for number in range(3):
        header = {"x-forwarded-for": f"192.0.{number}.1, 198.51.100.4"}
        ask(from_address(0, headers=header), initiative, email=f"p{number}@exemple.fr")
    assert suspicions() == ["", "network", "network"]


def test_one_address_supports_so_many_initiatives_a_day_however_it_is_spelt(alice, vitre):
    set_limits(per_address_a_day=2)
    opened = [new_initiative(alice, vitre, title=f"Un banc public de plus, le {n}e") for n in range(3)]
    for number, (each, email) in enumerate(
        zip(opened, ["zoe.martin@gmail.com", "zoemartin@gmail.com", "zoemartin+3@googlemail.com"], strict=True)
    ):
        ask(from_address(number), each, email=email)
    assert suspicions() == ["", "", "address"]


@pytest.mark.usefixtures("whole_minute")
def test_an_initiative_takes_so_many_a_minute(initiative):
    set_limits(per_initiative_a_minute=2)
    for number in range(3):
        ask(from_address(number), initiative, email=f"p{number}@exemple.fr")
    assert suspicions() == ["", "", "initiative"]


def test_a_member_is_held_to_the_same_limits(initiative):
    set_limits(per_network_an_hour=1)
    for number in range(2):
        client = client_of(new_member(f"m{number}"))
        text = client.post(reverse("initiative_support", args=[initiative.slug]), follow=True).content.decode()
        assert "C’est compté" in text
    assert list(Support.objects.order_by("id").values_list("state", flat=True)) == ["confirmed", "suspect"]


def test_a_suspect_support_is_confirmed_like_any_other_and_does_not_count(initiative, post):  # noqa: F811
    set_limits(per_network_an_hour=1)
    for number in range(2):
        ask(from_address(0), initiative, email=f"p{number}@exemple.fr")
    pages = [Client().post(link_in(message), follow=True).content.decode() for message in post()]
    assert all("C’est compté" in page for page in pages)
    assert initiative.supports.confirmed().count() == 1
    initiative = Initiative.objects.for_page(new_member("dan")).get()
    assert initiative.exact_count == 1


def test_the_limits_hold_at_once_to_the_last_one(at_once, vitre_committed):
    """A hundred demands of one network at the same moment, a limit of thirty: thirty are believed."""
    set_limits(per_network_an_hour=30)
    initiative = new_initiative(new_member("alice"), vitre_committed)

    def judged(number):
        return limits.suspicion_of(initiative, email=f"p{number}@exemple.fr", network=b"n" * 16)

    assert sorted(at_once(judged, range(60))).count("") == 30


# --- Proof of work ---------------------------------------------------------------------------------------------------


def test_no_proof_is_asked_in_peace(visitor, initiative):
    text = visitor.get(reverse("initiative_support", args=[initiative.slug])).content.decode()
    assert "data-proof" not in text


@pytest.mark.usefixtures("whole_minute")
def test_a_proof_is_asked_once_too_many_ask_at_the_same_time_and_of_that_initiative_alone(alice, vitre, initiative):
    other = new_initiative(alice, vitre, title="Un banc public de plus, devant la poste")
    set_limits(proof_from_a_minute=2)
    for number in range(4):
        ask(from_address(number), initiative, email=f"p{number}@exemple.fr")
    assert Support.objects.count() == 3
    assert ask(from_address(9), other).status_code == 302
    page = Client().get(reverse("initiative_support", args=[initiative.slug])).content.decode()
    assert "data-proof" in page


def test_a_network_beyond_its_limit_is_asked_a_proof_for_an_hour_and_no_other_is(alice, vitre, initiative):
    set_limits(per_network_an_hour=2)
    other = new_initiative(alice, vitre, title="Un banc public de plus, devant la poste")
    for number in range(4):
        ask(from_address(0), initiative, email=f"p{number}@exemple.fr")
    assert suspicions() == ["", "", "network"], "the fourth has no proof"
    for where in (initiative, other):
        address = reverse("initiative_support", args=[where.slug])
        assert "data-proof" in from_address(0).get(address).content.decode()
        assert "data-proof" in from_address(0).get(address, headers={"hx-request": "true"}).content.decode()
        assert "data-proof" not in from_address(1).get(address).content.decode()
    # Within the limit of a new hour, its guard is not over.
    HitCount.objects.exclude(key__startswith="held/").delete()
    assert ask(from_address(0), other, email="p5@exemple.fr").status_code == 200
    held = HitCount.objects.get(key__startswith="held/support-network-guard:")
    assert timedelta(minutes=59) < held.ends_at - timezone.now() <= timedelta(hours=1)
    HitCount.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert ask(from_address(0), other, email="p5@exemple.fr").status_code == 302


def test_no_proof_is_ever_asked_where_staff_ask_none(initiative):
    set_limits(per_network_an_hour=1, proof="never")
    for number in range(4):
        assert ask(from_address(0), initiative, email=f"p{number}@exemple.fr").status_code == 302
    assert suspicions() == ["", "network", "network", "network"]


def test_staff_may_ask_always_or_never(visitor, initiative):
    address = reverse("initiative_support", args=[initiative.slug])
    set_limits(proof="always")
    assert "data-proof" in visitor.get(address).content.decode()
    set_limits(proof="never", proof_from_a_minute=0)
    ask(visitor, initiative)
    ask(visitor, initiative)
    assert "data-proof" not in visitor.get(address).content.decode()


def test_without_a_script_one_waits_and_nothing_typed_is_lost(visitor, initiative, monkeypatch):
    set_limits(proof="always", without_proof_an_hour=1)

    def form_after(answer) -> dict:
        page = answer.content.decode()
        assert 'value="zoe@exemple.fr"' in page and "Attendez trente secondes" in page
        return {"proof_ticket": re.search(r'name="proof_ticket" value="([^"]+)"', page)[1]}

    ticket = form_after(ask(visitor, initiative))
    assert not Support.objects.exists()
    now = time.time
    monkeypatch.setattr("core.proof.time.time", lambda: now() + WAIT + 1)
    assert ask(visitor, initiative, **ticket).status_code == 302
    assert suspicions() == [""]


def test_who_waits_is_believed_a_few_times_for_one_network(initiative, monkeypatch):
    set_limits(proof="always", without_proof_an_hour=1)
    now = time.time
    for number in range(2):
        client = from_address(0)
        page = ask(client, initiative, email=f"p{number}@exemple.fr").content.decode()
        ticket = re.search(r'name="proof_ticket" value="([^"]+)"', page)[1]
        with monkeypatch.context() as later:
            later.setattr("core.proof.time.time", lambda: now() + WAIT + 1)
            assert ask(client, initiative, email=f"p{number}@exemple.fr", proof_ticket=ticket).status_code == 302
    assert suspicions() == ["", "waited"]


@pytest.mark.parametrize("proof", ["", "x", "e30=", "A" * 5000])
def test_a_false_proof_takes_no_support(visitor, initiative, proof):
    set_limits(proof="always")
    assert ask(visitor, initiative, proof=proof, proof_ticket=proof).status_code == 200
    assert not Support.objects.exists()
