"""What a moderator withheld, or has not read yet, exists for nobody but its author and the moderators."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_action, new_event, new_need
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from events.services import coming
from initiatives.models import Action, Initiative, Need
from initiatives.services import actions as acting
from initiatives.services import counting
from initiatives.services import needs as needing
from initiatives.services import supports as supporting
from moderation.services import featuring
from pages import moving
from search.words import count_words

HIDDEN = {
    "withheld": {"withheld_at": timezone.now},
    "queued": {"published_at": lambda: None},
}
INITIATIVES = [
    "", "_support", "_withdraw_support", "_subject", "_text", "_place", "_preview", "_launch", "_discard",
    "_team", "_write", "_letters", "_adopt", "_updates", "_update_write", "_history", "_versions",
]  # fmt: skip
EVENTS = ["", "_attend", "_edit", "_cancel"]
ACTIONS = ["action", "action_commit", "action_edit", "action_close", "action_withdraw"]
NEEDS = ["need", "need_offer", "need_edit", "need_meet", "need_drop", "offer_withdraw"]
ELSEWHERE = [
    "/",
    "/initiatives/",
    "/recherche/?q=zorglub",
    "/recherche/?q=zorglubb",
    "/recherche/suggestions/?q=zorglub",
    "/initiatives/?lieu=35360-vitre",
    "/evenements/",
    "/evenements/?lieu=35360-vitre",
    "/evenements/?ici=48.12440,-1.21450",
    "/evenements/carte.json?bbox=-1.3,48,-1.1,48.2&zoom=14",
    "/evenements/carte/ici.json?ici=48.12440,-1.21450",
    "/initiatives/?lieu=35360-vitre&tri=proches",
    "/initiatives/?tri=actives",
    "/territoires/35360-vitre/",
    "/territoires/35360-vitre/pres/",
    "/territoires/35-ille-et-vilaine/",
    "/territoires/r53-bretagne/",
    "/recherche/?lieu=35360-vitre",
    "/mes-soutiens/",
    "/mes-initiatives/",
    "/mes-evenements/",
    "/mes-engagements/",
]


@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_title_is_nowhere(how, initiative, event, alice, bob, as_chloe, vitre):
    open_event = new_event(bob, vitre, title="Un pique-nique ouvert", initiative=initiative)
    supporting.support(initiative, by=bob)
    coming.attend(event, by=bob)
    until = timezone.now() + timedelta(days=3)
    for content, place in ((initiative, None), (initiative, vitre), (event, vitre)):
        featuring.feature(content, place=place, reason="À voir", ends_at=until, by=bob)
    fields = {name: value() for name, value in HIDDEN[how].items()}
    state = {"state": "submitted"} if how == "queued" else {}
    Initiative.objects.update(title="Zorglub, premier du nom")
    Event.objects.filter(pk=event.pk).update(title="Zorglub, second du nom")
    counting.fold_supports()
    assert moving.refresh() and count_words()
    assert "premier du nom" in Client().get("/").text
    Initiative.objects.update(**fields, **state)
    Event.objects.filter(pk=event.pk).update(**fields)

    addresses = [reverse(f"initiative{name}", args=[initiative.pk]) for name in INITIATIVES]
    addresses += [reverse(f"event{name}", args=[event.pk]) for name in EVENTS]
    addresses += [reverse("event", args=[open_event.slug]), f"{reverse('event_new')}?initiative={initiative.pk}"]
    for client in (Client(), client_of(bob)):
        answers = [client.get(address) for address in [*ELSEWHERE, *addresses]]
        for address in addresses:
            answers += [client.post(address), client.post(address, headers={"HX-Request": "true"})]
        for answer in answers:
            said = answer.content.decode() + answer.headers.get("Location", "")
            assert not re.search("zorglub.{1,3}(premier|second)", said, re.IGNORECASE), answer.request["PATH_INFO"]
    assert client_of(alice).get(initiative.get_absolute_url(), follow=True).status_code == 200
    assert as_chloe.get(event.get_absolute_url(), follow=True).status_code == 200


@pytest.mark.parametrize("what", ["itself", "its initiative"])
@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_action_or_need_is_nowhere(how, what, initiative, alice, bob):
    action, need = (
        new_action(initiative, title="Zorglub, premier du nom"),
        new_need(initiative, words="Zorglub, second"),
    )
    acting.commit(action, by=bob)
    needing.make_offer(need, "J’en ai un.", by=bob)
    fields = {name: value() for name, value in HIDDEN[how].items()}
    if what == "itself":
        Action.objects.update(**fields)
        Need.objects.update(**fields)
    else:
        Initiative.objects.update(**fields, **({"state": "submitted"} if how == "queued" else {}))
    slug = initiative.pk if what == "its initiative" else initiative.slug
    addresses = [reverse(name, args=[slug]) for name in ("initiative", "initiative_support", "initiative_actions")]
    addresses += [reverse(name, args=[slug, action.pk]) for name in ACTIONS]
    addresses += [reverse(name, args=[slug, need.pk]) for name in NEEDS]
    for client in (Client(), client_of(bob)):
        for address in [*ELSEWHERE, *addresses]:
            answers = [client.get(address), client.post(address), client.post(address, headers={"HX-Request": "true"})]
            for answer in answers:
                said = answer.content.decode() + answer.headers.get("Location", "")
                assert not re.search("zorglub.{1,3}(premier|second)", said, re.IGNORECASE), address
    # What was public once gives places back; nobody could come to what never was.
    if how == "withheld":
        assert not bob.commitments.exists() and not bob.offers.exists()
