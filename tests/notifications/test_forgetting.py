"""What happened long ago is not kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import LegalHold
from notifications import delivery, forgetting, services, tasks
from notifications.models import MailDay, Notification

pytestmark = pytest.mark.django_db

CONTEXT = {"title": "Un verger", "url": "/x/"}


def told(member, key: str, *, days_ago: int, **how) -> None:
    services.tell(member, kind="initiative_closed", key=key, context=CONTEXT, **how)
    moment = timezone.now() - timedelta(days=days_ago)
    Notification.objects.filter(recipient=member, key=key).update(created_at=moment)


def test_what_is_older_than_a_year_is_erased_however_it_was_told(alice, bob, monkeypatch):
    monkeypatch.setattr(forgetting, "_BATCH", 2)
    for number in range(5):
        told(alice, f"old-{number}", days_ago=forgetting.KEPT.days + 1)
    Notification.objects.filter(key="old-1").update(sent_at=timezone.now())
    Notification.objects.filter(key="old-2").update(mail="none")
    told(bob, "recent", days_ago=forgetting.KEPT.days - 1)
    assert tasks.forget_told() == 5
    assert Notification.objects.get().key == "recent" and tasks.forget_told() == 0


def test_a_legal_hold_keeps_what_somebody_was_told_and_what_others_were_told_of_them(alice, bob, chloe):
    LegalHold.objects.create(member=alice, reason="Un juge le demande.")
    told(alice, "to-her", days_ago=500)
    told(bob, "of-her", days_ago=500, by=alice)
    told(chloe, "other", days_ago=500)
    assert tasks.forget_told() == 1
    assert set(Notification.objects.values_list("key", flat=True)) == {"to-her", "of-her"}


def test_how_many_messages_somebody_got_is_known_for_some_days_only(alice):
    told(alice, "x", days_ago=0)
    delivery.deliver_due()
    assert MailDay.objects.count() == 1 and tasks.forget_told() == 0
    MailDay.objects.update(day=timezone.localdate() - timedelta(days=10))
    assert tasks.forget_told() == 1
