"""What the site publishes of its moderation, and what auditors read, by axe, on a phone and a desktop."""

from datetime import date

import pytest
from axe import browse, complaints
from cast import new_initiative, new_member
from django.contrib.auth.models import Permission
from django.test import Client, override_settings
from django.urls import reverse

from figures.services import take_snapshots
from moderation import chain, services
from moderation.models import Evidence, MonthFigures, Statement
from territories.models import Commune
from tests.members.door import sign_in_staff

pytestmark = pytest.mark.browser

COUNTS = {
    "notices": 41,
    "decisions": 62,
    "restrictions": 37,
    "automated_restrictions": 21,
    "examined": 30,
    "appeals": 9,
    "decided_appeals": 8,
    "reversed_appeals": 3,
    "reversals": 6,
    "detected_published": 20,
    "detected_restricted": 9,
    "median_wait": 9000.0,
    "by_ground": {"discriminatory_insult": 21, "threat": 3, "spam": 13},
}


@pytest.fixture
def moderated(site):
    """Two years of figures, an anchor, and a threat that was withheld."""
    for year in (2025, 2026):
        for month in range(1, 13):
            MonthFigures.objects.create(month=date(year, month, 1), counts=COUNTS)
    vitre = Commune.objects.get(code="35360")
    initiative = new_initiative(new_member("alice"), vitre, means="Nous viendrons chez toi.")
    services.withhold(initiative, by=new_member("chloe", is_staff=True), ground="threat", reason="Une menace.")
    chain.anchor()
    take_snapshots()
    return site


def test_axe_finds_nothing_in_what_is_published(new_context, moderated):
    page = browse(new_context, moderated, None)
    found = []
    for path in (reverse("moderation_public"), Statement.objects.get().get_absolute_url()):
        assert page.goto(moderated.url + path).ok
        found += complaints(page, path)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_where_auditors_read(new_context, moderated):
    audrey = new_member("audrey", is_staff=True)
    audrey.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["moderation", "members"], codename__startswith="view_")
        | Permission.objects.filter(codename__in=["export_statement", "read_evidence", "hold_evidence"])
    )
    client = Client()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
    ):
        sign_in_staff(client, audrey)
    context = new_context(reduced_motion="reduce")
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": moderated.url}])
    page = context.new_page()
    kept = Evidence.objects.get()
    base = "/admin/moderation"
    paths = [f"{base}/{name}/" for name in ("decision", "link", "anchor", "statement", "monthfigures", "evidence")]
    paths += [f"{base}/statement/exporter/", "/admin/members/accessrecord/"]
    paths += [f"{base}/decision/{kept.decision_id}/change/", f"{base}/evidence/{kept.pk}/change/"]
    paths += [f"{base}/evidence/{kept.pk}/{act}/" for act in ("lire", "garder")]
    paths.append(f"{base}/evidence/sceller/{kept.decision_id}/")
    found = []
    for path in paths:
        answer = page.goto(moderated.url + path)
        assert answer.ok and page.url == moderated.url + path, (path, page.url)
        found += complaints(page, path)
    assert not found, "\n".join(found)
