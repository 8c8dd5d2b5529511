"""An event from its list to its report, on phones: with JavaScript, and without."""

import re
from datetime import timedelta

import pytest
from axe import AXE
from axe_playwright_python.sync_playwright import Axe
from cast import client_of, new_event, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone
from lives import keep_files_where_the_site_is
from pictures import encoded, photograph, sent
from playwright.sync_api import expect
from test_budgets import KB, weigh  # noqa: F401

from core.images import read
from events.models import Attendance, Event, EventReport
from events.services import coming, reporting
from initiatives.services import supports
from notifications.models import Notification
from territories.models import Commune

pytestmark = pytest.mark.browser

NORA = "nora@exemple.fr"
TOLD = "Nous avons taillé douze pommiers, et la pluie a attendu midi."


@pytest.fixture
def vitre(site) -> Commune:
    return Commune.objects.select_related("department__region").get(code="35360")


def signed_in(person, member):
    """Their phone, on which they came in before."""
    phone = person(member.email)
    session = client_of(member).cookies["sessionid"].value
    phone.page.context.add_cookies([{"name": "sessionid", "value": session, "url": phone.site.url}])
    phone.page.on("dialog", lambda dialog: dialog.accept())
    return phone


def test_the_story_of_an_event(person, site, settings, vitre, javascript):
    keep_files_where_the_site_is(site, settings)
    alice, hugo, lea, emma = (new_member(name) for name in ("alice", "hugo", "léa", "emma"))
    initiative = new_initiative(alice, vitre)
    for member in (hugo, emma):
        supports.support(initiative, by=member)
    # Two places, and a list to prepare.
    event = new_event(
        alice,
        vitre,
        initiative=initiative,
        title="Taille d’hiver",
        capacity=2,
        starts_at=timezone.now() + timedelta(days=3),
        checklist=[{"text": "Trouver une échelle", "done": False}],
    )

    # One comes with one tap; a visitor by a message; the third waits, and has the place that is given back.
    coming.attend(event, by=hugo)
    nora = person(NORA)
    nora.goto(event.get_absolute_url())
    nora.press("Je viens")
    nora.fill("Prénom", "Nora")
    nora.fill("Adresse e-mail", NORA)
    nora.page.locator("input[name=consent]").check()
    nora.page.locator("#je-viens form button, main form button").locator("visible=true").last.click()
    nora.reads("Regardez votre boîte")
    site.run_schedule()
    nora.goto(re.search(rf"{site.url}(/\S+/participation/\S+)", site.messages(NORA)[-1])[1])
    nora.page.locator("main form button").first.click()
    nora.reads("Vous venez")
    coming.attend(event, by=lea)
    assert event.attendances.get(member=lea).is_waiting
    coming.leave(event, by=hugo)
    assert event.attendances.get(member=lea).is_offered
    coming.attend(event, by=lea)
    assert {each.member.display_name for each in event.attendances.coming()} == {"Nora", "Léa"}

    # The day has come: the organiser ticks off who arrives, counts somebody who had not said so, and writes to them.
    begins = timezone.now() + timedelta(hours=8)
    Event.objects.filter(pk=event.pk).update(starts_at=begins, ends_at=begins + timedelta(hours=2))
    organiser = signed_in(person, alice)
    organiser.goto(event.get_absolute_url())
    organiser.press("Pointer les arrivées")
    organiser.reads("arrivé sur 2")
    organiser.does_not_read(NORA)
    organiser.press("C’est fait\u202f: Trouver une échelle")
    organiser.press("Arrivé\u202f: Nora")
    expect(organiser.page.locator("#arrivees-nombre")).to_contain_text("1 arrivé sur 2")
    organiser.press("+1 sans inscription")
    organiser.reads("dont 1 sans inscription")
    expect(organiser.page.locator("#arrivees-nombre")).to_contain_text("2")
    organiser.press("Écrire aux participants")
    organiser.fill("Votre message", "Prenez des gants, les branches piquent.")
    organiser.press("Envoyer")
    organiser.reads("Votre message part dans la minute.")
    site.run_schedule()
    assert any("Prenez des gants" in text for text in site.messages(NORA))
    assert not any("Prenez des gants" in text for text in site.messages(hugo.email))

    # It is over: the organiser is asked, tells it with a photo; those who came read it, supporters in their digest.
    over = timezone.now() - timedelta(hours=2)
    Event.objects.filter(pk=event.pk).update(starts_at=over - timedelta(hours=2), ends_at=over)
    site.run_schedule()
    asked = next(text for text in site.messages(alice.email) if "combien étiez-vous" in text)
    organiser.goto(re.search(rf"{site.url}(/\S+/compte-rendu/)", asked)[1])
    expect(organiser.page.get_by_label("Combien étiez-vous")).to_have_value("2")
    organiser.fill("Ce qui s’est passé", TOLD)
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": encoded(photograph(1600, 1200), quality=88)}
    organiser.page.locator("input[type=file]").set_input_files(photo)
    organiser.fill("Ce que montre la photo", "Une échelle contre un pommier")
    organiser.press("Publier le compte rendu")
    organiser.reads("Votre compte rendu est en ligne")
    site.run_schedule()
    assert any(TOLD in text for text in site.messages(NORA))
    assert EventReport.objects.get().told_at is not None
    lines = Notification.objects.lines().filter(kind="event_report_published")
    assert {line.recipient for line in lines} == {hugo, emma}

    # Anyone reads it; its initiative's account says it; the organiser begins again.
    reader = person()
    reader.goto(event.get_absolute_url())
    reader.reads("douze pommiers")
    expect(reader.page.get_by_role("img", name="Une échelle contre un pommier")).to_be_visible()
    if javascript:
        # It is a script itself: where none runs, it never ends.
        assert not Axe().run(reader.page, options=AXE).response["violations"]
    reader.goto(reverse("initiative_history", args=[initiative.slug]))
    reader.reads("Lire le compte rendu")
    organiser.goto(event.get_absolute_url())
    organiser.press("On recommence\u202f?")
    expect(organiser.page.get_by_label("Titre")).to_have_value("Taille d’hiver")


def test_an_event_that_is_told_weighs_no_more_than_another(weigh, site, settings):  # noqa: F811
    keep_files_where_the_site_is(site, settings)
    alice = new_member("alice")
    event = new_event(alice, Commune.objects.get(code="35360"), starts_at=timezone.now() - timedelta(hours=4))
    Attendance.objects.create(event=event, member=new_member("hugo"))
    report, _outcome = reporting.write(event, text=f"{TOLD} " * 30, turnout=12, by=alice)
    picture = read(sent(encoded(photograph(), quality=88)))
    for n in range(reporting.MOST_PHOTOS):
        reporting.add_photo(report, picture, alternative=f"Un pommier, numéro {n}", by=alice)
    weight = weigh(event.get_absolute_url())
    assert weight.foreign == []
    assert weight.total <= 110 * KB and weight.requests <= 10, weight
