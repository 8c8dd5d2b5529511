"""What a writer is told before anything is saved."""

import pytest
from cast import new_initiative
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from initiatives.models import Initiative
from moderation import services
from moderation.filter import Outcome
from moderation.forms import WHOSE, ScreenedFormMixin
from moderation.models import Case, Decision, OwnContact
from moderation.services import agree_to_show
from moderation.validators import screened_name
from tests.moderation.desk import HATEFUL, TELEPHONE, TO_BE_READ

pytestmark = pytest.mark.django_db


class SubjectForm(ScreenedFormMixin, forms.ModelForm):
    screened_fields = ("title", "summary")

    class Meta:
        model = Initiative
        fields = ["title", "summary"]


class WordsForm(ScreenedFormMixin, forms.Form):
    screened_fields = ("words",)
    screened_model = Initiative

    words = forms.CharField()


def test_a_refused_text_is_an_error_on_its_field_that_names_the_law(alice):
    form = SubjectForm({"title": "Un verger", "summary": HATEFUL}, by=alice)
    assert not form.is_valid()
    assert list(form.errors) == ["summary"]
    [error] = form.errors["summary"]
    assert "Loi du 29 juillet 1881" in error
    assert form["summary"].value() == HATEFUL


def test_a_refusal_is_logged_without_the_text(alice):
    SubjectForm({"title": "Un verger", "summary": HATEFUL}, by=alice).is_valid()
    decision = Decision.objects.get()
    assert (decision.verb, decision.automated, decision.by, decision.author) == ("refuse", True, None, alice)
    assert decision.ground == "hate_incitement"
    assert decision.content is None
    assert decision.texts == {}
    assert HATEFUL not in decision.reason


def test_a_refused_edit_is_logged_with_the_content_it_was_for(alice, initiative):
    assert not SubjectForm({"title": HATEFUL, "summary": "Un résumé"}, by=alice, instance=initiative).is_valid()
    assert Decision.objects.get().content == initiative


def test_a_plain_form_is_screened_too(alice):
    form = WordsForm({"words": HATEFUL}, by=alice)
    assert not form.is_valid()
    assert Decision.objects.get().content_type.model_class() is Initiative


def test_a_text_to_be_read_passes_the_form_and_says_so(alice):
    form = SubjectForm({"title": "Un verger", "summary": TO_BE_READ}, by=alice)
    assert form.is_valid()
    assert form.outcome is Outcome.QUEUE
    assert form.verdicts["title"].passes
    assert not form.verdicts["summary"].passes
    assert not Case.objects.exists()


def test_the_writers_own_address_passes(alice):
    form = SubjectForm({"title": "Un verger", "summary": f"Écrivez-moi : {alice.email}"}, by=alice)
    assert form.is_valid()
    assert form.outcome is Outcome.PUBLISH


def test_a_text_that_is_left_as_it_was_is_not_screened_again(alice, initiative):
    Initiative.objects.update(summary=HATEFUL)
    initiative.refresh_from_db()
    form = SubjectForm({"title": "Un autre verger", "summary": HATEFUL}, by=alice, instance=initiative)
    assert form.is_valid()
    assert set(form.verdicts) == {"title"}


def test_a_display_name_is_lawful_and_shows_no_telephone():
    screened_name("Jean-Noël Le Goff")
    for name in ("Appelez le 06 12 34 56 78", HATEFUL):
        with pytest.raises(ValidationError):
            screened_name(name)


# --- Whose contacts ---------------------------------------------------------------------------------------------------

MY_NUMBER = "Appelez-moi au 06 12 34 56 78, le soir."


def answer_of(form: SubjectForm, kind: str) -> dict[str, str]:
    """The form sent again with this answer to its question."""
    (answer,) = [value for value, _label in form.fields[WHOSE].choices if value.startswith(kind)]
    return form.data | {WHOSE: answer}


def test_whoever_shows_a_number_is_asked_whose_it_is_and_loses_nothing(alice):
    form = SubjectForm({"title": "Un verger", "summary": MY_NUMBER}, by=alice)
    assert not form.is_valid()
    assert list(form.errors) == [WHOSE]
    assert "06\u00a012\u00a034\u00a056\u00a078" in form.fields[WHOSE].help_text
    assert form["summary"].value() == MY_NUMBER
    assert not Decision.objects.exists()


def test_ones_own_number_is_shown_once_one_said_so(alice):
    asked = SubjectForm({"title": "Un verger", "summary": MY_NUMBER}, by=alice)
    asked.is_valid()
    form = SubjectForm(answer_of(asked, "mine"), by=alice)
    assert form.is_valid()
    assert form.outcome is Outcome.PUBLISH
    again = SubjectForm({"title": "Un autre", "summary": "Encore : zéro six douze 34 56 78"}, by=alice)
    assert again.is_valid() and again.outcome is Outcome.PUBLISH


def test_somebody_elses_number_is_read_by_a_moderator_first(alice):
    asked = SubjectForm({"title": "Un verger", "summary": TELEPHONE}, by=alice)
    asked.is_valid()
    form = SubjectForm(answer_of(asked, "other"), by=alice)
    assert form.is_valid()
    assert form.outcome is Outcome.QUEUE
    assert not OwnContact.objects.exists()


def test_an_answer_holds_for_the_contacts_that_were_asked_about(alice):
    asked = SubjectForm({"title": "Un verger", "summary": MY_NUMBER}, by=alice)
    asked.is_valid()
    changed = answer_of(asked, "mine") | {"summary": f"{MY_NUMBER} Et Marie : 06 98 76 54 32"}
    form = SubjectForm(changed, by=alice)
    assert not form.is_valid()
    assert list(form.errors) == [WHOSE]
    assert not OwnContact.objects.exists()


def test_what_is_mine_is_nobody_elses(alice, bob):
    asked = SubjectForm({"title": "Un verger", "summary": MY_NUMBER}, by=alice)
    asked.is_valid()
    assert SubjectForm(answer_of(asked, "mine"), by=alice).is_valid()
    assert not SubjectForm({"title": "Un verger", "summary": MY_NUMBER}, by=bob).is_valid()


def test_nothing_of_a_contact_is_kept_in_clear(alice):
    agree_to_show(alice, ["0612345678", "jean@orange.fr"])
    agree_to_show(alice, ["0612345678"])
    assert OwnContact.objects.count() == 2
    for own in OwnContact.objects.all():
        assert len(own.key) == 16 and b"0612" not in bytes(own.key)


def test_a_text_with_ones_own_number_is_published_when_it_is_received(alice):
    agree_to_show(alice, ["0612345678"])
    mine = new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, means=MY_NUMBER)
    assert services.receive(mine, by=alice) is Outcome.PUBLISH
    theirs = new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, means="Marie : 06 98 76 54 32")
    assert services.receive(theirs, by=alice) is Outcome.QUEUE


def test_a_text_without_contacts_asks_nothing_and_costs_no_query(alice):
    form = SubjectForm({"title": "Un verger", "summary": "Mairie : 02 99 75 05 21, ou le 3919."}, by=alice)
    with CaptureQueriesContext(connection) as asked:
        assert form.is_valid()
    assert not any("moderation_owncontact" in query["sql"] for query in asked.captured_queries)
    assert not form.asks_whose


def test_a_letter_between_two_people_asks_nothing(alice):
    class LetterForm(WordsForm):
        is_public = False

    form = LetterForm({"words": MY_NUMBER}, by=alice)
    assert form.is_valid()
    assert not form.asks_whose
