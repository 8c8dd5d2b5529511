"""One person posts so many events in a day, and no more; what was typed is kept."""

from datetime import timedelta

import pytest
from cast import new_event, new_member
from django.contrib.auth.models import Group
from django.utils import timezone

from core.hot import forget_hot
from events.models import Event, EventLimits
from events.services import posting
from events.services.refusals import TooManyPosted
from tests.members.door import sign_in_staff

NEW = "/evenements/nouveau/?sorte=meeting"
LIMITS = "/admin/events/eventlimits/1/change/"


@pytest.fixture
def two_a_day(db):
    EventLimits.objects.create(pk=1, posted_a_day=2)
    forget_hot()


def test_who_posted_enough_today_is_told_and_loses_nothing(two_a_day, as_bob, answers):
    for number in range(2):
        assert as_bob.post(NEW, answers(title=f"Matinée de plantation {number}")).status_code == 302
    page = as_bob.post(NEW, answers(title="Une troisième matinée", description="Avec des bottes.")).content.decode()
    assert "Vous avez déjà publié 2 événements" in page
    assert "Une troisième matinée" in page and "Avec des bottes." in page
    assert Event.objects.count() == 2
    # Twice the same is one, also when no more may be posted.
    assert as_bob.post(NEW, answers(title="Matinée de plantation 1")).status_code == 302
    Event.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert as_bob.post(NEW, answers(title="Une troisième matinée")).status_code == 302


def test_a_series_counts_as_one_and_others_have_their_own_limit(two_a_day, as_bob, as_alice, answers, soon):
    until = (soon + timedelta(weeks=5)).isoformat()
    for number in range(2):
        as_bob.post(NEW, answers(title=f"Matinée de plantation {number}", repeats="weekly", until=until))
    assert Event.objects.count() == 12
    assert "Vous avez déjà publié" in as_bob.post(NEW, answers(title="Une de plus")).content.decode()
    assert as_alice.post(NEW, answers(title="Une autre que la sienne")).status_code == 302


def test_however_many_are_posted_at_once_no_more_pass(at_once, vitre_committed):
    EventLimits.objects.create(pk=1, posted_a_day=3)
    forget_hot()
    bob = new_member("bob")
    starts_at = timezone.now() + timedelta(days=9)
    hours = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}

    def post(number: int) -> bool:
        event = Event(title=f"Matinée numéro {number}", commune=vitre_committed, **hours)
        try:
            posting.post(event, by=bob)
        except TooManyPosted:
            return False
        return True

    assert sum(at_once(post, range(8))) == 3
    assert Event.objects.count() == 3


def test_animators_set_the_limit_and_it_holds_at_once(
    visitor, as_bob, answers, bob, vitre, django_capture_on_commit_callbacks
):
    fanny = new_member("fanny", is_staff=True)
    fanny.groups.add(Group.objects.get(name="Animateurs"))
    sign_in_staff(visitor, fanny)
    new_event(bob, vitre)
    assert visitor.get("/admin/events/eventlimits/").url == LIMITS
    assert "Une série compte pour un." in visitor.get(LIMITS).content.decode()
    assert "errorlist" in visitor.post(LIMITS, {"posted_a_day": "0"}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.post(LIMITS, {"posted_a_day": "1"}).status_code == 302
    page = as_bob.post(NEW, answers(title="Une de plus")).content.decode()
    assert "Vous avez déjà publié 1 événement depuis hier" in page


def test_moderators_do_not_set_it(as_chloe):
    assert as_chloe.get(LIMITS).status_code == 403
    assert as_chloe.get("/admin/events/eventlimits/").status_code == 403
