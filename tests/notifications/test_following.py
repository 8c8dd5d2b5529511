"""Following a territory: once each, twenty at most, whoever clicks twice."""

import pytest
from cast import new_member
from django.db import IntegrityError, transaction

from notifications.models import Follow
from notifications.services import following
from notifications.services.following import MOST, FollowRefused, follow, followed_by, is_followed, unfollow
from territories.models import Commune, Department, Region


def test_a_place_is_followed_once_whatever_its_size(bob, vitre):
    brittany, department = Region.objects.get(code="53"), Department.objects.get(code="35")
    for place in (brittany, department, vitre):
        assert follow(place, by=bob)
        assert not follow(place, by=bob), "a double click changes nothing"
        assert is_followed(place, bob)
    assert followed_by(bob) == [vitre, department, brittany]


def test_a_place_is_followed_no_more(alice, bob, vitre):
    follow(vitre, by=alice)
    follow(vitre, by=bob)
    assert unfollow(vitre, by=bob)
    assert not unfollow(vitre, by=bob)
    assert not is_followed(vitre, bob)
    assert is_followed(vitre, alice)


def test_a_twenty_first_place_is_refused_and_says_so(bob):
    *some, last = Commune.objects.order_by("code")[: MOST + 1]
    for place in some:
        follow(place, by=bob)
    with pytest.raises(FollowRefused, match="20 territoires"):
        follow(last, by=bob)
    assert not follow(some[0], by=bob), "what is followed already is not refused"
    unfollow(some[0], by=bob)
    assert follow(last, by=bob)


def test_the_database_refuses_what_is_followed_twice_or_is_no_place(bob, vitre):
    Follow.objects.create(member=bob, commune=vitre)
    for fields in ({"commune": vitre}, {}, {"commune": vitre, "department": vitre.department}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Follow.objects.create(member=bob, **fields)


def test_those_who_follow_a_departement_follow_it_or_a_commune_of_it(alice, bob, chloe, vitre):
    follow(vitre, by=alice)
    follow(vitre.department, by=bob)
    follow(vitre.department.region, by=chloe)
    found = Follow.objects.of_department(vitre.department).values_list("member", flat=True)
    assert set(found) == {alice.pk, bob.pk}


def test_clicks_at_once_follow_once_and_never_beyond_twenty(at_once):
    bob = new_member("bob")
    places = list(Commune.objects.order_by("code")[: MOST + 5])

    def click(place: Commune) -> str:
        try:
            return "new" if follow(place, by=bob) else "again"
        except FollowRefused:
            return "refused"

    said = at_once(click, places[:12] * 2)
    assert (said.count("new"), said.count("again")) == (12, 12)
    said = at_once(click, places[12:])
    assert (said.count("new"), said.count("refused")) == (8, 5)
    assert bob.follows.count() == following.MOST
