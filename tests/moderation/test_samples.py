"""Each month some refusals are drawn for an outside reader: nobody chooses them, and the other texts are erased."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.utils import timezone

from initiatives.forms.discussion import ContributionForm
from initiatives.models import Initiative
from moderation.filter import screen
from moderation.models import Decision, Link, RefusedText
from moderation.services import record_refusal, samples
from tests.moderation.desk import HATEFUL, seal

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def refused(db, alice):
    """Twenty refusals of October, one of September, whose texts are kept."""

    def refuse(number: int, moment: datetime) -> None:
        decision = Decision.objects.create(
            content_type=ContentType.objects.get_for_model(Initiative),
            verb="refuse",
            ground="discriminatory_insult",
            rule="essai",
            reason="Refusé.",
            automated=True,
            author=alice,
            made_at=moment,
        )
        samples.keep_refused(decision, f"Texte {number} de {alice.display_name}, 06 12 34 56 78.", by=alice)

    zone = timezone.get_default_timezone()
    refuse(0, datetime(2026, 9, 30, 23, 59, tzinfo=zone))
    for number in range(1, 21):
        refuse(number, datetime(2026, 10, 1, 0, 0, tzinfo=zone) + timedelta(days=number))
    seal()
    return Decision.objects.filter(made_at__gte=datetime(2026, 10, 1, tzinfo=zone)).order_by("pk")


def later(monkeypatch, moment: datetime) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def test_a_month_without_any_decision_but_those_of_the_demonstration_is_erased(alice):
    alice.is_demonstration = True
    alice.save()
    decision = Decision.objects.create(
        content_type=ContentType.objects.get_for_model(Initiative),
        verb="refuse",
        ground="discriminatory_insult",
        reason="Refusé.",
        automated=True,
        author=alice,
        made_at=timezone.now() - timedelta(days=70),
    )
    samples.keep_refused(decision, "Un texte.", by=alice)
    seal()
    assert not Link.objects.exists()
    assert samples.forget_refused() == 1
    assert RefusedText.objects.get().sealed is None


def test_the_same_are_drawn_each_time_and_the_seed_is_the_last_hash_of_the_month(refused):
    drawn = samples.draw(OCTOBER, size=5)
    assert drawn == samples.draw(OCTOBER, size=5)
    assert (drawn.refusals, len(drawn.drawn)) == (20, 5)
    assert drawn.seed == Link.objects.get(decision=refused.last()).hash
    assert [each.sequence for each in samples.draw(OCTOBER, size=3).drawn] == [e.sequence for e in drawn.drawn[:3]]
    others = samples.draw(OCTOBER, size=5, seed="autre")
    assert [each.sequence for each in others.drawn] != [each.sequence for each in drawn.drawn]
    assert len(samples.draw(OCTOBER, size=500).drawn) == 20


def test_the_reader_learns_nothing_of_whoever_wrote(refused, alice):
    for drawn in samples.draw(OCTOBER, size=20).drawn:
        assert drawn.text.startswith("Texte") and drawn.length > 30
        assert alice.display_name not in drawn.text and "06 12" not in drawn.text


def test_a_month_that_is_not_over_is_not_drawn(refused, monkeypatch):
    later(monkeypatch, datetime(2026, 10, 31, 20, 0, tzinfo=timezone.get_default_timezone()))
    with pytest.raises(samples.SampleRefused):
        samples.draw(OCTOBER)


def test_texts_that_are_not_drawn_are_erased_and_the_drawn_ones_after_two_months(refused):
    # September's too: its only one is drawn.
    assert samples.draw_and_forget(OCTOBER, size=5) == 15
    assert samples.draw_and_forget(OCTOBER, size=5) == 0
    assert RefusedText.objects.filter(sealed__isnull=False).count() == 6
    kept = set(RefusedText.objects.exclude(drawn_at=None).values_list("decision__link__sequence", flat=True))
    assert kept == {drawn.sequence for drawn in samples.draw(OCTOBER, size=5).drawn}
    # Those that were erased keep their length, ground and rule.
    rest = samples.draw(OCTOBER, size=20).drawn
    assert sum(bool(drawn.text) for drawn in rest) == 5 and all(drawn.length for drawn in rest)
    RefusedText.objects.exclude(drawn_at=None).update(drawn_at=timezone.now() - timedelta(days=61))
    samples.forget_refused()
    assert not RefusedText.objects.filter(refused_at__month=10, sealed__isnull=False).exists()


def test_the_night_draws_each_month_that_is_over_and_only_those(refused, monkeypatch):
    zone = timezone.get_default_timezone()
    monkeypatch.setattr(samples, "SIZE", 5)
    later(monkeypatch, datetime(2026, 10, 20, 4, 0, tzinfo=zone))
    samples.forget_refused()
    assert RefusedText.objects.filter(refused_at__month=10, drawn_at=None, sealed__isnull=False).count() == 20
    assert RefusedText.objects.exclude(drawn_at=None).count() == 1
    later(monkeypatch, datetime(2026, 11, 6, 4, 0, tzinfo=zone))
    samples.forget_refused()
    assert not RefusedText.objects.filter(drawn_at=None, sealed__isnull=False).exists()


def test_the_command_writes_the_sample_and_says_the_seed(refused, capsys):
    call_command("sample_refusals", "--month", "2026-10", "--size", "5")
    told = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(told.out)))
    assert [int(row["sequence"]) for row in rows] == [e.sequence for e in samples.draw(OCTOBER, size=5).drawn]
    assert samples.draw(OCTOBER).seed in told.err
    with pytest.raises(CommandError):
        call_command("sample_refusals", "--month", "2000-01")


def test_a_refused_text_waits_for_its_month_under_seal(alice, initiative):
    form = ContributionForm({"text": HATEFUL, "stance": ""}, by=alice)
    assert not form.is_valid()
    kept = RefusedText.objects.get()
    assert HATEFUL.encode() not in bytes(kept.sealed) and kept.length == len(HATEFUL)
    assert kept.decision.texts == {}


def test_a_private_text_is_kept_by_nobody(alice, initiative):
    record_refusal(type(initiative), screen(HATEFUL), by=alice)
    assert Decision.objects.exists() and not RefusedText.objects.exists()
