"""What the team puts forward: labelled, a few at once, nothing where a vote is near, and no score is touched."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from initiatives.models import Initiative
from moderation.models import Featured
from moderation.services import featuring
from territories.models import Department, ElectionWindow
from tests.members.door import sign_in_staff


@pytest.fixture
def animator(db):
    animator = new_member("anna", is_staff=True)
    animator.groups.add(Group.objects.get(name="Animateurs"))
    return animator


def feature(content, by, place=None, **told):
    told = {"reason": "Un premier verger à visiter", "ends_at": timezone.now() + timedelta(days=3)} | told
    return featuring.feature(content, place=place, by=by, **told)


def test_it_stands_above_the_list_with_its_reason_and_changes_no_score(visitor, alice, initiative, animator):
    new_initiative(alice, title="Une autre")
    before = list(Initiative.objects.order_by("pk").values_list("rank_score", "rank_place"))
    feature(initiative, animator)
    answer = visitor.get(reverse("initiatives"))
    assert [row.pk for row in answer.context["forward"]] == [initiative.pk]
    assert initiative.pk not in [row.pk for row in answer.context["page"]]
    assert "Mise en avant par l’équipe" in answer.content.decode()
    assert "Un premier verger à visiter" in answer.content.decode()
    assert list(Initiative.objects.order_by("pk").values_list("rank_score", "rank_place")) == before
    # In another order, or narrowed, it stands where it is.
    for query in ({"tri": "recentes"}, {"sorte": "local_project"}, {"lieu": "35360-vitre"}):
        answer = visitor.get(reverse("initiatives"), query)
        assert answer.context["forward"] == [] and initiative.pk in [row.pk for row in answer.context["page"]]


def test_an_event_is_put_forward_in_its_place(visitor, event, vitre, animator):
    feature(event, animator, place=vitre)
    assert visitor.get(reverse("agenda")).context["forward"] == []
    answer = visitor.get(reverse("agenda"), {"lieu": vitre.path})
    assert [row.pk for row in answer.context["forward"]] == [event.pk]
    assert "Mis en avant par l’équipe" in answer.content.decode()


def test_only_what_anyone_may_read_is_shown(visitor, initiative, animator):
    feature(initiative, animator)
    Initiative.objects.update(withheld_at=timezone.now())
    assert visitor.get(reverse("initiatives")).context["forward"] == []


def test_never_more_than_three_at_once_in_a_place(alice, vitre, animator):
    initiatives = [new_initiative(alice, vitre) for _number in range(4)]
    for initiative in initiatives[:3]:
        feature(initiative, animator)
    with pytest.raises(featuring.FeaturingRefused, match="le plus possible"):
        feature(initiatives[3], animator)
    feature(initiatives[3], animator, place=vitre)
    later = timezone.now() + timedelta(days=4)
    feature(initiatives[3], animator, starts_at=later, ends_at=later + timedelta(days=1))
    featuring.end(Featured.objects.filter(place_code="").earliest("starts_at"))
    feature(initiatives[3], animator)
    assert len(featuring.featured(Initiative)) == 3


def test_four_at_once_make_three(at_once, vitre_committed):
    alice = new_member("alice")
    initiatives = [new_initiative(alice, vitre_committed) for _number in range(5)]

    def put(initiative):
        try:
            return feature(initiative, alice).slot
        except featuring.FeaturingRefused:
            return None

    assert sorted(filter(None, at_once(put, initiatives))) == [1, 2, 3]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"ends_at": timezone.now() - timedelta(days=1)}, "finit après son début"),
        ({"ends_at": timezone.now() + timedelta(days=40)}, "31 jours"),
    ],
)
def test_what_makes_no_sense_is_refused(initiative, animator, told, why):
    with pytest.raises(featuring.FeaturingRefused, match=why):
        feature(initiative, animator, **told)


def test_the_same_twice_and_what_is_not_public_are_refused(initiative, alice, animator):
    feature(initiative, animator)
    with pytest.raises(featuring.FeaturingRefused, match="déjà mis en avant"):
        feature(initiative, animator)
    hidden = new_initiative(alice, withheld_at=timezone.now())
    with pytest.raises(featuring.FeaturingRefused, match="pas public"):
        feature(hidden, animator)


@pytest.mark.parametrize(
    ("where", "is_shown"),
    [([], False), (["35"], False), (["75"], True)],
)
def test_nothing_is_put_forward_where_a_vote_is_near(initiative, vitre, animator, where, is_shown):
    feature(initiative, animator, place=vitre)
    window = ElectionWindow.objects.create(name="Une élection", day=timezone.localdate())
    window.departments.set(Department.objects.filter(code__in=where))
    # The polls of the day may be closed at the hour of the tests: they are tomorrow's as well.
    other = ElectionWindow.objects.create(name="La suite", day=timezone.localdate() + timedelta(days=1))
    other.departments.set(Department.objects.filter(code__in=where))
    assert bool(featuring.featured(Initiative, vitre)) is is_shown
    if not is_shown:
        with pytest.raises(featuring.FeaturingRefused, match="élection"):
            feature(new_initiative(initiative.author, vitre), animator, place=vitre)


# --- The administration ----------------------------------------------------------------------------------------------


@pytest.fixture
def at_the_desk(animator):
    client = Client()
    sign_in_staff(client, animator)
    return client


def form(initiative, **changes):
    now = timezone.localtime()
    ends = now + timedelta(days=2)
    return {
        "address": f"https://exemple.fr{initiative.get_absolute_url()}",
        "where": "Vitré",
        "starts_at_0": f"{now:%d/%m/%Y}",
        "starts_at_1": f"{now:%H:%M}",
        "ends_at_0": f"{ends:%d/%m/%Y}",
        "ends_at_1": f"{ends:%H:%M}",
        "reason": "Un premier verger à visiter",
    } | changes


def test_an_animator_puts_forward_and_ends_it(at_the_desk, initiative, vitre, animator):
    address = reverse("admin:moderation_featured_add")
    assert at_the_desk.get(address).status_code == 200
    assert at_the_desk.post(address, form(initiative)).status_code == 302
    row = Featured.objects.get()
    assert (row.content, row.place_code, row.by) == (initiative, "35360", animator)
    assert list(featuring.featured(Initiative, vitre)) == [initiative.pk]
    assert at_the_desk.get(reverse("admin:moderation_featured_change", args=[row.pk])).status_code == 200
    listed = reverse("admin:moderation_featured_changelist")
    at_the_desk.post(listed, {"action": "stop", "_selected_action": [row.pk]})
    assert featuring.featured(Initiative, vitre) == {}
    assert Featured.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"address": "https://exemple.fr/moderation/"}, "Seuls une initiative ou un événement"),
        ({"address": "n’importe quoi"}, "pas celle d’une page"),
        ({"address": "/initiatives/rien-999/"}, "n’existe pas"),
        ({"where": "Trifouillis"}, "Nous ne connaissons pas ce lieu"),
        ({"ends_at_0": "01/01/2020"}, "finit après son début"),
    ],
)
def test_a_refusal_is_said_in_the_form_and_nothing_typed_is_lost(at_the_desk, initiative, changes, why):
    answer = at_the_desk.post(reverse("admin:moderation_featured_add"), form(initiative, **changes))
    assert answer.status_code == 200
    assert why in answer.content.decode() and "Un premier verger à visiter" in answer.content.decode()
    assert "contrainte" not in answer.content.decode()
    assert not Featured.objects.exists()


def test_one_too_many_is_refused_in_the_form(at_the_desk, initiative, vitre, animator):
    for _number in range(3):
        feature(new_initiative(initiative.author, vitre), animator, place=vitre)
    answer = at_the_desk.post(reverse("admin:moderation_featured_add"), form(initiative))
    assert answer.status_code == 200 and "le plus possible" in answer.content.decode()


def test_nobody_else_puts_forward(as_chloe, as_bob, visitor):
    for client in (as_chloe, as_bob, visitor):
        assert client.get(reverse("admin:moderation_featured_add")).status_code in (302, 403, 404)


def test_no_field_of_the_administration_raises_or_lowers(rf, initiative, chloe):
    """The rank is written by its task alone: whoever may do everything finds nowhere to write it."""
    chloe.is_superuser = True
    for model in (Initiative, Event):
        in_admin = admin.site.get_model_admin(model)
        request = rf.get("/")
        request.user = chloe
        content = initiative if model is Initiative else new_event(initiative.author, None)
        assert not in_admin.has_change_permission(request, content)
        assert not {name for name in in_admin.get_form(request, content).base_fields if name.startswith("rank")}
        verbs = set(in_admin.get_actions(request))
        assert not {verb for verb in verbs if "rank" in verb or "lower" in verb}
    assert client_of(initiative.author).get(reverse("ranking")).status_code == 200
