"""One next act after a support: the nearest event, else an action that lacks people, else telling others."""

import re
from datetime import timedelta

import pytest
from cast import new_action, new_event, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone

from initiatives.models import Initiative, Tag
from initiatives.next_act import after_the_end, next_act
from initiatives.services import supports as supporting
from initiatives.services.actions import commit
from territories.models import Commune


def test_the_nearest_coming_event_is_the_next_act(initiative, alice, vitre):
    rennes, brest = Commune.objects.get(code="35238"), Commune.objects.get(code="29019")
    sooner = new_event(alice, brest, initiative=initiative, starts_at=timezone.now() + timedelta(days=1))
    nearer = new_event(alice, rennes, initiative=initiative, starts_at=timezone.now() + timedelta(days=9))
    assert next_act(initiative, commune=vitre).object == nearer
    assert next_act(initiative, commune=brest).object == sooner


def test_what_is_held_online_is_farther_than_any_place(initiative, alice, vitre):
    online = new_event(alice, None, initiative=initiative, starts_at=timezone.now() + timedelta(days=1))
    assert next_act(initiative, commune=vitre).object == online
    brest = new_event(alice, Commune.objects.get(code="29019"), initiative=initiative)
    assert next_act(initiative, commune=vitre).object == brest
    # One whose home we do not know is offered the first to come.
    assert next_act(initiative, commune=None).object == online


def test_without_a_place_the_first_to_come_is_offered(initiative, alice, vitre):
    later = new_event(alice, vitre, initiative=initiative, starts_at=timezone.now() + timedelta(days=9))
    sooner = new_event(alice, vitre, initiative=initiative, starts_at=timezone.now() + timedelta(days=1))
    act = next_act(initiative, commune=None)
    assert (act.kind, act.object) == ("event", sooner) and later != sooner


def test_what_is_over_cancelled_hidden_or_of_another_initiative_is_not_offered(initiative, alice, vitre):
    new_event(alice, vitre, initiative=initiative, cancelled_at=timezone.now())
    new_event(alice, vitre, initiative=initiative, withheld_at=timezone.now())
    new_event(alice, vitre, initiative=new_initiative(alice, vitre, title="Un banc public de plus, rue du Port"))
    assert next_act(initiative, commune=vitre).kind == "share"


def test_without_an_event_an_action_that_lacks_people_is_the_next_act(initiative, alice, vitre):
    new_action(initiative, title="Relire le dossier")
    later = new_action(initiative, title="Planter les haies", starts_at=timezone.now() + timedelta(days=9))
    sooner = new_action(initiative, title="Creuser les trous", starts_at=timezone.now() + timedelta(days=1))
    act = next_act(initiative, commune=vitre)
    assert (act.kind, act.object) == ("action", sooner) and later != sooner
    new_event(alice, vitre, initiative=initiative)
    assert next_act(initiative, commune=vitre).kind == "event"


@pytest.mark.parametrize(
    "fields",
    [
        {"closed_at": timezone.now()},
        {"withheld_at": timezone.now()},
        {"published_at": None},
        {"ends_at": timezone.now() - timedelta(hours=1)},
        {"starts_at": timezone.now() - timedelta(hours=1)},
    ],
    ids=["closed", "withheld", "queued", "over", "begun"],
)
def test_an_action_that_cannot_be_joined_is_not_offered(initiative, vitre, fields):
    new_action(initiative, **fields)
    assert next_act(initiative, commune=vitre).kind == "share"


def test_a_full_action_or_one_of_another_initiative_is_not_offered(initiative, alice, vitre):
    full = new_action(initiative, places=1)
    commit(full, by=new_member("david"))
    new_action(new_initiative(alice, vitre, title="Un banc public de plus, rue du Port"))
    assert next_act(initiative, commune=vitre).kind == "share"


def test_an_initiative_that_is_not_under_way_asks_for_no_hands(initiative, vitre):
    new_action(initiative)
    initiative.state = Initiative.State.SUCCEEDED
    assert next_act(initiative, commune=vitre).kind == "share"


def test_whoever_supports_is_asked_to_take_part(as_bob, initiative):
    action = new_action(initiative, place="La friche")
    address = reverse("initiative_support", args=[initiative.slug])
    page = as_bob.post(address, follow=True).content.decode()
    assert "donnez un coup de main" in page and "La friche" in page
    assert f'href="{action.get_absolute_url()}"' in page and "Le dire à trois personnes" not in page


def test_with_nothing_to_come_one_tells_others(initiative, vitre):
    act = next_act(initiative, commune=vitre)
    assert (act.kind, act.object) == ("share", None)


def test_it_costs_one_query_whatever_there_is(initiative, alice, vitre, django_assert_num_queries):
    for number in range(12):
        new_event(alice, vitre, initiative=initiative, title=f"Chantier n° {number} au verger")
    with django_assert_num_queries(1):
        act = next_act(initiative, commune=vitre)
        assert act.object.commune.department and act.object.initiative


def test_an_action_costs_one_query_more_whatever_there_is(initiative, vitre, django_assert_num_queries):
    for number in range(12):
        new_action(initiative, title=f"Chantier n° {number} au verger")
    with django_assert_num_queries(2):
        assert next_act(initiative, commune=vitre).object.get_absolute_url()


# --- Where nothing can be supported any more -------------------------------------------------------------------------


def acts_of(client, initiative) -> list[str]:
    """The buttons beside the text, as addresses: one at most has the weight of an act."""
    page = client.get(f"{initiative.get_absolute_url()}?voir=1").content.decode()
    box = page[page.index('class="next-act"') :].partition("</section>")[0] if 'class="next-act"' in page else ""
    return re.findall(r'class="button button-wide" href="([^"]*)"', box)


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_an_initiative_that_ended_leads_to_what_lives_in_its_place(as_bob, visitor, bob, initiative, state):
    supporting.support(initiative, by=bob)
    Initiative.objects.update(state=state, ended_at=timezone.now())
    for client in (visitor, as_bob):
        assert acts_of(client, initiative) == [initiative.territory.get_absolute_url()]
        assert client.get(initiative.territory.get_absolute_url()).status_code == 200


def test_a_national_one_leads_to_its_theme_or_to_all(alice, visitor):
    national = new_initiative(alice, state="closed")
    assert acts_of(visitor, national) == [reverse("initiatives")]
    theme = Tag.objects.filter(theme_rank__isnull=False).first()
    national.tags.add(Tag.objects.create(name="un mot à soi", slug="un-mot-a-soi"), theme)
    assert acts_of(visitor, national) == [f"{reverse('initiatives')}?theme={theme.slug}"]
    assert visitor.get(f"{reverse('initiatives')}?theme={theme.slug}").status_code == 200


def test_one_that_joined_another_leads_there(alice, bob, vitre, initiative, as_alice, visitor):
    other = new_initiative(bob, vitre, title="Un banc public de plus, rue du Port")
    Initiative.objects.filter(pk=initiative.pk).update(
        state="archived", ended_at=timezone.now(), merged_into=other, end_to_tell=False
    )
    for client in (visitor, as_alice):
        assert acts_of(client, initiative) == [other.get_absolute_url()]
    other.withhold()
    assert acts_of(visitor, initiative) == [initiative.territory.get_absolute_url()]


@pytest.mark.parametrize("fields", [{}, {"state": "archived", "ended_at": timezone.now()}])
def test_one_that_nobody_carries_is_offered_to_those_who_support_it(as_bob, visitor, bob, initiative, fields):
    supporting.support(initiative, by=bob)
    Initiative.objects.update(frozen_at=timezone.now(), author=None, **fields)
    assert acts_of(as_bob, initiative) == [reverse("initiative_adopt", args=[initiative.slug])]
    assert acts_of(visitor, initiative) == [initiative.territory.get_absolute_url()]


def test_nothing_of_it_while_it_is_open_nor_for_those_who_carry_it(as_alice, visitor, alice, initiative):
    found = Initiative.objects.for_page(alice).get()
    assert after_the_end(found, carries=False) is None
    assert acts_of(visitor, initiative) == []
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    assert acts_of(as_alice, initiative) == []
