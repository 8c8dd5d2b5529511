"""Who of the staff reads something private is written down; auditors read it, and it goes after a year."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from members.models import AccessRecord, Member
from members.services import forget_readings, record_reading
from members.tasks import forget_readings as forget_readings_task
from tests.members.door import sign_in_staff


def staff(name: str, *rights: str) -> tuple[Member, Client]:
    member = Member.objects.create_user(f"{name}@exemple.fr", display_name=name.capitalize(), is_staff=True)
    member.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    client = Client()
    sign_in_staff(client, member)
    return member, client


def test_reading_an_address_is_written_down_and_the_list_shows_none(db, alice):
    reader, client = staff("chloe", "view_member")
    page = client.get("/admin/members/member/").content.decode()
    assert alice.display_name in page and alice.email not in page
    assert not AccessRecord.objects.exists()
    assert alice.email in client.get(f"/admin/members/member/{alice.pk}/change/").content.decode()
    record = AccessRecord.objects.get()
    assert (record.by, record.about) == (reader, alice)
    # What is written down does not repeat what was read.
    assert alice.email not in f"{record.what} {record.why}"


def test_auditors_read_who_read_what_and_change_nothing(db, alice, bob):
    record_reading(by=bob, about=alice, what="adresse e-mail", why="Une demande de sa part.")
    _auditor, client = staff("audrey", "view_accessrecord")
    page = client.get("/admin/members/accessrecord/").content.decode()
    assert "adresse e-mail" in page and "Une demande de sa part." in page and "Bob" in page
    record = AccessRecord.objects.get()
    assert client.post(f"/admin/members/accessrecord/{record.pk}/change/", {"why": "Autre"}).status_code == 403
    assert client.post(f"/admin/members/accessrecord/{record.pk}/delete/").status_code == 403
    _other, closed = staff("chloe", "view_member")
    assert closed.get("/admin/members/accessrecord/").status_code == 403


@pytest.mark.parametrize("act", ["change", "erase"])
def test_a_reading_is_written_once(db, alice, bob, act):
    record_reading(by=bob, about=alice, what="adresse e-mail", why="Une demande.")
    with pytest.raises(DatabaseError), transaction.atomic():
        if act == "change":
            AccessRecord.objects.update(why="Autre chose")
        else:
            AccessRecord.objects.all().delete()
    assert AccessRecord.objects.get().why == "Une demande."


def test_a_reading_outlives_its_reader_for_a_year_and_no_more(db, alice, bob):
    old = record_reading(by=bob, about=alice, what="adresse e-mail", why="Une demande.")
    past = timezone.now() - timedelta(days=366)
    AccessRecord.objects.bulk_create(
        [AccessRecord(by=bob, about=alice, what="adresse e-mail", why="Ancienne.", at=past)]
    )
    bob.delete()
    assert set(AccessRecord.objects.values_list("by", flat=True)) == {None}
    assert forget_readings_task() == 1 and forget_readings() == 0
    assert AccessRecord.objects.get() == old


def test_the_list_of_readings_costs_the_same_with_two_or_fifteen(db, alice, bob, query_bill):
    _auditor, client = staff("audrey", "view_accessrecord")

    def fill(count: int) -> None:
        for _turn in range(count):
            record_reading(by=bob, about=alice, what="adresse e-mail", why="Une demande.")

    query_bill(client, "/admin/members/accessrecord/", fill, most=12)
