"""What a writer is told before anything is saved."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from initiatives.models import Initiative
from moderation.filter import Outcome
from moderation.forms import ScreenedFormMixin
from moderation.models import Case, Decision
from moderation.validators import screened_name
from tests.moderation.desk import HATEFUL, TELEPHONE

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
    form = SubjectForm({"title": "Un verger", "summary": TELEPHONE}, by=alice)
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
