"""The admin as a moderator works in it."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone

from initiatives.models import Initiative
from moderation import services
from moderation.models import Case, Decision
from notifications.models import Notification
from tests.moderation.desk import TELEPHONE, staff_client

pytestmark = pytest.mark.django_db

QUEUE = "/admin/moderation/case/"


def page_of(case: Case) -> str:
    return reverse("admin:moderation_case_change", args=[case.pk])


def queue(alice, **fields) -> Case:
    content = new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, means=TELEPHONE, **fields)
    services.receive(content, by=alice)
    return Case.objects.open().of(content).get()


def answer(client, case: Case, **given) -> object:
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page_of(case)).content.decode())
    return client.post(page_of(case), {"seen": seen[1] if seen else "x"} | given)


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_only_moderators_with_a_second_factor_see_the_queue(alice, chloe, as_alice):
    case = queue(alice)
    for client in (as_alice, client_of(chloe)):
        assert client.get(QUEUE).status_code == 302
        assert client.get(page_of(case)).status_code == 302
    assert staff_client(chloe).get(QUEUE).status_code == 200


def test_staff_who_do_not_moderate_see_nothing_of_it(alice, initiative):
    case = queue(alice)
    client = staff_client(new_member("emile", is_staff=True))
    for address in (QUEUE, page_of(case), "/admin/moderation/decision/", "/admin/initiatives/initiative/"):
        assert client.get(address).status_code == 403
    assert client.post(f"/admin/initiatives/initiative/{initiative.pk}/retirer/").status_code == 403
    assert client.post(page_of(case), {"verb": "publish", "reason": "Lu."}).status_code == 403
    assert Case.objects.open().exists()


def test_nobody_adds_changes_or_deletes_cases_and_decisions(alice, chloe):
    case = queue(alice)
    services.publish(case, by=chloe, reason="Lu.")
    client = staff_client(new_member("fanny", is_staff=True, is_superuser=True))
    log = f"/admin/moderation/decision/{Decision.objects.get().pk}/"
    assert client.get(f"{log}change/").status_code == 200
    for address in (f"{QUEUE}add/", f"{QUEUE}{case.pk}/delete/", "/admin/moderation/decision/add/", f"{log}delete/"):
        assert client.get(address).status_code == 403
    assert client.post(f"{log}change/", {"reason": "Autre chose."}).status_code == 403
    client.post("/admin/moderation/decision/", {"action": "delete_selected", "_selected_action": [1], "post": "yes"})
    assert Decision.objects.get().reason == "Lu."


# --- The queue -------------------------------------------------------------------------------------------------------


def test_the_queue_shows_the_gravest_first_then_the_oldest(alice, as_chloe):
    now = timezone.now()
    for title, gravity, hours in [("Récente", 50, 1), ("Ancienne", 50, 30), ("Grave", 90, 2)]:
        queue(alice, title=title)
        Case.objects.filter(gravity__gt=0).filter(pk=Case.objects.latest("pk").pk).update(
            gravity=gravity, opened_at=now - timedelta(hours=hours)
        )
    text = as_chloe.get(QUEUE).content.decode()
    assert text.index("Grave</a>") < text.index("Ancienne</a>") < text.index("Récente</a>")
    assert "depuis 30 h" not in text
    assert "depuis 1 j" in text
    assert "depuis 2 h" in text
    old = as_chloe.get(QUEUE, {"age": "24"}).content.decode()
    assert "Ancienne</a>" in old
    assert "Récente</a>" not in old
    assert "Grave</a>" in as_chloe.get(QUEUE, {"sorte": "initiative"}).content.decode()
    assert "Grave</a>" not in as_chloe.get(QUEUE, {"sorte": "evenement"}).content.decode()


def test_what_was_decided_leaves_the_queue_and_stays_within_reach(alice, chloe, as_chloe):
    services.publish(queue(alice, title="Décidée"), by=chloe, reason="Lu.")
    assert "Décidée</a>" not in as_chloe.get(QUEUE).content.decode()
    assert "Décidée</a>" in as_chloe.get(QUEUE, {"etat": "clos"}).content.decode()
    assert "Décidée</a>" in as_chloe.get(QUEUE, {"etat": "tous"}).content.decode()


def test_a_longer_queue_costs_no_more_queries(alice, bob, as_chloe, django_assert_num_queries):
    # Session, member (2); second factor, asked by the page and its menu (2); rights (2); count (1); cases with their
    # sort, contents, authors (3).
    for number in range(2):
        queue([alice, bob][number % 2], title=f"Numéro {number}")
    as_chloe.get(QUEUE)
    with django_assert_num_queries(BILL):
        as_chloe.get(QUEUE)
    for number in range(13):
        queue([alice, bob][number % 2], title=f"Autre {number}")
    with django_assert_num_queries(BILL):
        as_chloe.get(QUEUE)


BILL = 10


# --- A case ----------------------------------------------------------------------------------------------------------


def test_a_case_shows_the_text_escaped_with_what_the_filter_saw(alice, as_chloe):
    case = queue(alice, problem="<script>alert(1)</script>")
    text = as_chloe.get(page_of(case)).content.decode()
    assert "<mark>06 12 34 56 78</mark>" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert "Code pénal, art. 223-1-1" in text
    assert case.rule in text
    assert " style=" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_an_edit_is_shown_beside_the_public_text(alice, initiative, as_chloe):
    services.receive_edit(initiative, {"means": f"{initiative.means} {TELEPHONE}"}, by=alice)
    text = as_chloe.get(page_of(Case.objects.get())).content.decode()
    assert "<ins>" in text
    assert "06 12 34 56 78" in text
    assert "Un verger partagé" in text
    assert "Accepter" in text


def test_publishing_opens_the_next_case(alice, as_chloe):
    first, second = queue(alice, title="La première"), queue(alice, title="La seconde")
    response = answer(as_chloe, first, verb="publish", reason="Le standard de la mairie.")
    assert response.status_code == 302
    assert response.url == page_of(second)
    assert first.content.is_public
    response = answer(as_chloe, second, verb="withhold", ground="exposure_of_person", reason="Un numéro privé.")
    assert response.url == QUEUE
    assert Decision.objects.filter(verb="withhold", ground="exposure_of_person").exists()


def test_deciding_without_reason_or_ground_keeps_what_was_typed(alice, as_chloe):
    case = queue(alice)
    text = answer(as_chloe, case, verb="withhold", reason="Un numéro privé.").content.decode()
    assert "Choisissez le motif" in text
    assert "Un numéro privé." in text
    assert answer(as_chloe, case, verb="publish", reason="").status_code == 200
    assert not Decision.objects.exists()


def test_the_message_is_shown_before_it_is_sent(alice, as_chloe):
    case = queue(alice)
    given = {"ground": "exposure_of_person", "reason": "C’est <privé>."}
    text = answer(as_chloe, case, preview="withhold", **given).content.decode()
    assert "Bonjour Alice" in text
    assert "C’est &lt;privé&gt;." in text
    assert "article 21" in text
    assert not Decision.objects.exists()
    assert not Notification.objects.exists()


def test_a_case_that_another_decided_meanwhile_says_who_and_what(alice, denis, as_chloe):
    case = queue(alice)
    as_chloe.get(page_of(case))
    services.publish(case, by=denis, reason="Lu.")
    response = as_chloe.post(
        page_of(case), {"verb": "withhold", "ground": "spam", "reason": "Non.", "seen": "x"}, follow=True
    )
    text = response.content.decode()
    assert "Denis a déjà décidé" in text
    assert "Ce cas est clos." in text
    assert 'value="withhold"' not in text


def test_a_text_that_changed_meanwhile_is_shown_again(alice, as_chloe):
    case = queue(alice)
    seen = services.fingerprint(case)
    services.receive_edit(case.content, {"problem": "Voyez aussi le 06 98 76 54 32."}, by=alice)
    response = as_chloe.post(page_of(case), {"verb": "publish", "reason": "Lu.", "seen": seen})
    text = response.content.decode()
    assert "relisez-le" in text
    assert "<mark>06 98 76 54 32</mark>" in text
    assert Case.objects.open().exists()


def test_a_moderators_own_text_is_left_to_another(chloe, as_chloe):
    case = queue(chloe)
    assert "quelqu’un d’autre doit décider" in as_chloe.get(page_of(case)).content.decode()
    response = answer(as_chloe, case, verb="publish", reason="C’est moi.")
    assert "quelqu’un d’autre doit décider" in response.content.decode()
    assert Case.objects.open().exists()


def test_edits_are_accepted_or_refused(alice, initiative, as_chloe):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    answer(as_chloe, Case.objects.open().get(), verb="reject", ground="exposure_of_person", reason="Privé.")
    assert Notification.objects.get().kind == "edit_rejected"
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    answer(as_chloe, Case.objects.open().get(), verb="publish", reason="Elle est d’accord.")
    initiative.refresh_from_db()
    assert initiative.means == TELEPHONE


def test_a_case_without_content_is_closed(alice, as_chloe):
    case = queue(alice)
    case.content.delete()
    assert "a été effacé" in as_chloe.get(page_of(case)).content.decode()
    assert answer(as_chloe, case, verb="close").url == QUEUE
    case.refresh_from_db()
    assert case.closed_at
    assert "effacé" in as_chloe.get("/admin/moderation/decision/").content.decode()


def test_the_authors_record_counts_earlier_decisions(alice, chloe, as_chloe):
    services.withhold(queue(alice), by=chloe, ground="spam", reason="Une publicité.")
    text = as_chloe.get(page_of(queue(alice))).content.decode()
    assert "1\u00a0texte retiré ou refusé" in text
    assert alice.email not in text


def test_a_case_that_never_was_is_not_found(as_chloe):
    assert as_chloe.get(f"{QUEUE}12345/change/").status_code == 404


# --- Any content -----------------------------------------------------------------------------------------------------


def test_a_public_content_is_withheld_and_restored_with_reasons(alice, initiative, as_chloe):
    change = f"/admin/initiatives/initiative/{initiative.pk}/change/"
    text = as_chloe.get(change).content.decode()
    assert "../retirer/" in text
    assert 'name="_save"' not in text
    assert initiative.place_label in text and "Region" not in text and "Department" not in text
    withhold = f"/admin/initiatives/initiative/{initiative.pk}/retirer/"
    assert "Retirer" in as_chloe.get(withhold).content.decode()
    assert as_chloe.post(withhold, {"reason": "Une publicité."}).status_code == 200
    shown = as_chloe.post(withhold, {"ground": "spam", "reason": "Une publicité.", "preview": "1"})
    assert "Bonjour Alice" in shown.content.decode()
    initiative.refresh_from_db()
    assert initiative.is_public
    as_chloe.post(withhold, {"ground": "spam", "reason": "Une publicité."})
    initiative.refresh_from_db()
    assert not initiative.is_public
    assert "../retablir/" in as_chloe.get(change).content.decode()
    again = as_chloe.post(withhold, {"ground": "spam", "reason": "Une publicité."})
    assert "déjà retiré" in again.content.decode()
    as_chloe.post(f"/admin/initiatives/initiative/{initiative.pk}/retablir/", {"reason": "Une erreur."})
    initiative.refresh_from_db()
    assert initiative.is_public
    assert as_chloe.get("/admin/initiatives/initiative/999999/retirer/").status_code == 404


def test_looking_changes_nothing(initiative, as_chloe):
    for verb in ("retirer", "retablir"):
        as_chloe.get(f"/admin/initiatives/initiative/{initiative.pk}/{verb}/", {"ground": "spam", "reason": "Non."})
    initiative.refresh_from_db()
    assert initiative.is_public
    assert not Decision.objects.exists()
