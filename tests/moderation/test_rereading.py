"""What the filter refuses goes to a human with one button: the text is kept, and nobody reads it before they decide."""

import pytest
from cast import new_initiative
from django.urls import reverse
from django.utils import timezone

from initiatives.models import Contribution, Initiative
from initiatives.services import life
from moderation import services
from moderation.models import Appeal, Case, Decision
from moderation.services.redress import REREAD_A_DAY
from tests.moderation.desk import HATEFUL

pytestmark = pytest.mark.django_db

TYPED = {"stance": "neither", "text": HATEFUL}


def write(client, initiative, **fields):
    return client.post(reverse("discussion_write", args=[initiative.slug]), TYPED | fields)


def test_a_refusal_offers_a_person_and_keeps_the_text(as_bob, initiative):
    page = write(as_bob, initiative).content.decode()
    assert 'name="relire"' in page and HATEFUL in page
    assert not Contribution.objects.exists()


def test_a_lawful_text_offers_nothing(as_bob, initiative):
    page = write(as_bob, initiative, text="").content.decode()
    assert 'name="relire"' not in page


def test_one_button_keeps_it_from_everyone_until_a_person_decides(as_bob, bob, visitor, initiative, chloe):
    write(as_bob, initiative)
    write(as_bob, initiative, relire="1")
    written = Contribution.objects.get()
    assert (written.text, written.is_public) == (HATEFUL, False)
    assert HATEFUL not in visitor.get(reverse("discussion", args=[initiative.slug])).content.decode()
    case, appeal = Case.objects.get(), Appeal.objects.get()
    assert (case.content, appeal.case, appeal.member) == (written, case, bob)
    assert (case.ground, case.rule) == ("hate_incitement", appeal.decision.rule)
    assert case.gravity >= 80
    assert Decision.objects.get().verb == "refuse"


def test_who_publishes_it_has_reversed_the_filter(as_bob, initiative, chloe):
    write(as_bob, initiative, relire="1")
    services.publish(Case.objects.get(), by=chloe, reason="Une citation, pour la dénoncer.")
    assert Contribution.objects.get().is_public
    appeal = Appeal.objects.get()
    assert (appeal.verdict, appeal.by) == ("reversed", chloe)
    assert Decision.objects.get(verb="publish").source == "appeal"


def test_who_withholds_it_has_upheld_the_filter(as_bob, initiative, chloe):
    write(as_bob, initiative, relire="1")
    services.withhold(Case.objects.get(), by=chloe, ground="hate_incitement", reason="Un appel à la haine.")
    assert Appeal.objects.get().verdict == "upheld"


def test_who_gives_it_back_has_reversed_the_filter_too(as_bob, bob, initiative, chloe):
    written = Contribution.objects.create(initiative=initiative, author=bob, text="Oui.", published_at=timezone.now())
    services.withhold(written, by=chloe, ground="insult", reason="Une injure.")
    address = reverse("discussion_edit", args=[initiative.slug, written.pk])
    as_bob.post(address, TYPED | {"relire": "1"})
    assert Appeal.objects.get().case == Case.objects.open().get()
    services.restore(written, by=chloe, reason="Une citation, pour la dénoncer.")
    assert (Contribution.objects.get().text, Contribution.objects.get().is_public) == (HATEFUL, True)
    assert Appeal.objects.get().verdict == "reversed"


def test_an_author_who_mends_it_has_nothing_left_to_contest(as_bob, bob, initiative):
    write(as_bob, initiative, relire="1")
    written = Contribution.objects.get()
    services.receive_edit(written, {"text": "Je ne suis pas d’accord, et voici pourquoi."}, by=bob)
    assert not Appeal.objects.exists()
    assert Case.objects.get().closed_at is not None


def test_a_few_a_day_and_no_more(as_bob, initiative):
    for number in range(REREAD_A_DAY + 1):
        answer = write(as_bob, initiative, text=f"{HATEFUL} {number}", relire="1")
    assert "cinq relectures" in answer.content.decode()
    assert Contribution.objects.count() == REREAD_A_DAY


def test_an_edit_of_a_public_text_waits_while_the_old_one_stays(as_alice, alice, initiative, chloe):
    before = initiative.summary
    typed = {"title": initiative.title, "summary": f"{HATEFUL}, écrit-on sur nos murs chaque semaine."}
    address = reverse("initiative_subject", args=[initiative.slug])
    assert 'name="relire"' in as_alice.post(address, typed).content.decode()
    as_alice.post(address, typed | {"relire": "1"})
    initiative.refresh_from_db()
    assert initiative.summary == before
    case = Case.objects.get()
    assert case.proposed == {"summary": typed["summary"]}
    assert Appeal.objects.get().case == case


def test_what_is_read_by_link_keeps_its_text_while_a_person_reads_the_new_one(alice, chloe):
    initiative = new_initiative(
        alice, state=Initiative.State.PREPARING, published_at=None, nursery_key="abcdefghij", steps=[]
    )
    services.receive_edit(initiative, {"summary": HATEFUL}, by=alice)
    initiative.refresh_from_db()
    assert initiative.summary != HATEFUL
    services.publish(Case.objects.get(), by=chloe, reason="Une citation.")
    initiative.refresh_from_db()
    assert (initiative.summary, initiative.state) == (HATEFUL, "preparing")


def test_a_draft_is_launched_by_the_moderator_who_finds_it_lawful(as_alice, alice, visitor, chloe, monkeypatch):
    draft = new_initiative(alice, state=Initiative.State.DRAFT, published_at=None, summary=HATEFUL, steps=[])
    monkeypatch.setattr(life, "missing_texts", lambda initiative: [])
    answer = as_alice.post(reverse("initiative_launch", args=[draft.slug]), follow=True)
    assert "Une personne relit d’abord votre texte" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"
    services.publish(Case.objects.get(), by=chloe, reason="Une citation.")
    draft.refresh_from_db()
    assert draft.state == "preparing" and draft.nursery_key
    assert not draft.is_public


def test_a_private_message_is_never_let_through(as_bob, initiative):
    address = reverse("initiative_write", args=[initiative.slug])
    answer = as_bob.post(address, {"text": HATEFUL, "relire": "1"})
    assert "Loi du 29 juillet 1881" in answer.content.decode()
    assert not initiative.letters.exists()
