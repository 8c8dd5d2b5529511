"""Nobody is left without a way on: moderators from their first page, authors and notifiers from what was decided."""

import pytest
from cast import new_event, new_member
from django.urls import reverse

from initiatives.services import discussion
from moderation import services
from moderation.models import Appeal, Case
from moderation.models.cases import DECIDED_WITHIN
from moderation.services import notices, redress, sanctioning
from tests.moderation.desk import HATEFUL, TO_BE_READ, staff_client

pytestmark = pytest.mark.django_db

SAID = {"ground": "insult", "explanation": "Il y a là une insulte à une personne."}
WHY = {"ground": "insult", "reason": "Une insulte à une personne nommée."}


def case_page(client, case: Case) -> str:
    return client.get(reverse("admin:moderation_case_change", args=[case.pk])).content.decode()


def test_the_first_page_of_the_administration_says_what_waits_and_opens_it(as_chloe, chloe, denis, bob, initiative):
    def first_page() -> str:
        return as_chloe.get(reverse("admin:index")).content.decode()

    assert "0 cas à examiner" in first_page() and "0 recours à trancher" in first_page()
    assert "Lire le premier cas" not in first_page()
    discussion.contribute(initiative, by=bob, text=TO_BE_READ)
    redress.contest(services.withhold(initiative, by=denis, **WHY), text="Ce n’est pas une insulte.")
    page = first_page()
    assert "1 cas à examiner" in page and "1 recours à trancher" in page and "en retard" not in page
    Case.objects.update(opened_at=Case.objects.get().opened_at - DECIDED_WITHIN)
    assert "dont 1 en retard" in first_page()
    assert reverse("admin:moderation_case_next") in page
    answer = as_chloe.post(reverse("admin:moderation_case_next"))
    assert answer.url == reverse("admin:moderation_case_change", args=[Case.objects.get().pk])


def test_who_moderates_nothing_is_told_nothing_of_the_queue(db):
    animator = new_member("ana", is_staff=True)
    assert "À modérer" not in staff_client(animator).get(reverse("admin:index")).content.decode()


def test_a_case_says_whether_the_filter_or_somebody_asked_to_read_it(as_chloe, bob, initiative):
    reported = notices.report(initiative, by=bob, **SAID).case
    page = case_page(as_chloe, reported)
    assert "Pourquoi ce cas est ouvert" in page and "Ce que dit le filtre" not in page
    discussion.contribute(initiative, by=bob, text=TO_BE_READ)
    page = case_page(as_chloe, Case.objects.exclude(pk=reported.pk).get())
    assert "Ce que dit le filtre" in page and "demande qu’une personne le relise" not in page


def test_a_case_says_that_its_author_asks_for_a_person(as_bob, as_chloe, initiative):
    write = reverse("discussion_write", args=[initiative.slug])
    as_bob.post(write, {"text": HATEFUL, "stance": "neither"})
    as_bob.post(write, {"text": HATEFUL, "stance": "neither", "relire": "1"})
    assert "demande qu’une personne le relise" in case_page(as_chloe, Appeal.objects.get().case)


def test_a_notice_leads_back_to_what_was_reported(visitor, initiative):
    notice = notices.report(initiative, name="Claire", email="claire@exemple.fr", **SAID)
    sent, shown = (reverse("notice", args=[of(notice)]) for of in (notices.token_of, notices.shown_token_of))
    page = visitor.get(sent).content.decode()
    assert "Je confirme mon adresse" in page and "Votre adresse est confirmée" not in page
    page = visitor.post(sent, follow=True).content.decode()
    assert "Votre adresse est confirmée" in page and f'href="{initiative.get_absolute_url()}"' in page
    page = visitor.get(shown).content.decode()
    assert initiative.get_absolute_url() not in page and f'href="{reverse("initiatives")}"' in page


def test_a_notice_does_not_lead_to_what_is_withheld(visitor, chloe, bob, initiative):
    notice = notices.report(initiative, by=bob, **SAID)
    services.withhold(notice.case, by=chloe, **WHY)
    page = visitor.get(notices.path_of(notice)).content.decode()
    assert f'href="{initiative.get_absolute_url()}"' not in page


def test_a_decision_leads_to_what_one_wrote(visitor, alice, bob, chloe, vitre):
    event = new_event(alice, vitre)
    page = visitor.get(redress.path_of(services.withhold(event, by=chloe, **WHY))).content.decode()
    assert f'href="{event.author_address}"' in page
    warned = sanctioning.warn(bob, by=chloe, **WHY)
    assert "Relire ce que vous avez écrit" not in visitor.get(redress.path_of(warned.decision)).content.decode()
