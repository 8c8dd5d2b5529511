"""The queue learns its order from what was decided for good; it decides nothing, and can be made to forget."""

import subprocess
import sys
from datetime import timedelta
from itertools import count, cycle, islice

import pytest
from cast import ROOT
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives.models import Contribution, Initiative
from moderation import learner, services, tasks
from moderation.models import Case, Decision, LearnedModel
from moderation.services import learning
from tests.moderation.desk import TO_BE_READ

numbers = count(10_000)

LAWFUL = [
    "Je propose un verger partagé derrière la gare, ouvert à toutes et à tous.",
    "La piste cyclable s’arrête au rond-point : les enfants finissent sur la route.",
    "Le budget de la commune devrait être lu en public avant d’être voté.",
    "Cette loi est injuste, le gouvernement doit la retirer, et vite.",
    "Qui viendrait nettoyer les berges samedi matin ? J’apporte les gants.",
]
HELD_BACK = [
    "Ces gens-là sont de la vermine, qu’ils dégagent tous de chez nous.",
    "Espèce de crevure, je sais où tu habites, tu vas le regretter.",
    "Gagnez mille euros par jour sans rien faire, cliquez sur ce lien.",
    "Sale bande de parasites, vous ne méritez que le mépris.",
    "Voici le numéro et l’adresse de cette ordure, allez lui dire bonjour.",
]


def decided(initiative: Initiative, number: int, *, wrong: bool = False) -> None:
    """So many decisions, of both kinds in turn, each about another contribution."""
    sort = ContentType.objects.get_for_model(Contribution)
    start = timezone.now() - timedelta(days=30)
    rows = []
    for n, (lawful, held_back) in enumerate(islice(cycle(zip(LAWFUL, HELD_BACK, strict=True)), number // 2)):
        for verb, text in (("publish", lawful), ("withhold", held_back)):
            is_held_back = (verb == "withhold") != wrong
            rows.append(
                Decision(
                    content_type=sort,
                    object_id=next(numbers),
                    verb="withhold" if is_held_back else "publish",
                    ground="insult" if is_held_back else "",
                    reason="Lu.",
                    texts={"text": f"{text} ({n})"},
                    made_at=start + timedelta(minutes=len(rows)),
                )
            )
    Decision.objects.bulk_create(rows)


def case_about(initiative: Initiative, text: str, gravity: int = 40) -> Case:
    content = Contribution.objects.create(initiative=initiative, author=initiative.author, text=text)
    return Case.objects.create(content=content, gravity=gravity)


@pytest.mark.django_db
class TestLearning:
    def test_it_waits_for_two_hundred_decisions(self, initiative):
        decided(initiative, 198)
        assert learning.train() is None
        decided(initiative, 2)
        assert learning.train().state == LearnedModel.State.LIVE

    def test_it_takes_both_kinds(self):
        with pytest.raises(learner.TooFew):
            learner.learn(LAWFUL * 40, [False] * 200)

    def test_what_was_gone_back_on_is_read_in_its_last_decision(self, initiative):
        decided(initiative, 4)
        first = Decision.objects.filter(verb="withhold").order_by("pk").first()
        Decision.objects.create(
            content_type=first.content_type,
            object_id=first.object_id,
            verb="restore",
            reason="À tort.",
            texts=first.texts,
            reverses=first,
        )
        known = learning.lessons()
        assert len(known) == 4
        assert [lesson.held_back for lesson in known if lesson.text == first.texts["text"]] == [False]

    def test_what_the_filter_did_alone_teaches_nothing(self, initiative):
        Decision.objects.create(
            content_type=ContentType.objects.get_for_model(Contribution),
            verb="refuse",
            ground="insult",
            reason="x",
            texts={"text": "x"},
            automated=True,
        )
        assert learning.lessons() == []

    def test_a_worse_one_is_refused_and_kept_out(self, initiative):
        decided(initiative, 200)
        learning.train()
        # As many as were learned from, wrong, then right ones on which both are tried.
        decided(initiative, 800, wrong=True)
        decided(initiative, 240)
        worse = learning.train()
        assert worse.state == LearnedModel.State.REJECTED and worse.loss > worse.loss_before
        assert bytes(worse.numbers) == b""
        assert LearnedModel.objects.get(state=LearnedModel.State.LIVE).pk < worse.pk

    def test_more_false_alarms_on_what_everybody_reads_are_refused(self, initiative, monkeypatch):
        decided(initiative, 200)
        monkeypatch.setattr(learning, "public_texts", lambda: HELD_BACK * 10)
        assert learning.train().state == LearnedModel.State.REJECTED

    def test_one_model_at_most_is_in_use(self, initiative):
        decided(initiative, 200)
        learning.train()
        with pytest.raises(IntegrityError), transaction.atomic():
            LearnedModel.objects.create(
                state="live", learned_from=1, tested_on=1, loss=0, loss_before=0, alarms=0, alarms_before=0
            )


@pytest.mark.django_db
class TestWeighing:
    @pytest.fixture
    def learned(self, initiative):
        decided(initiative, 200)
        return learning.train()

    def test_the_queue_is_ordered_by_risk_among_like_gravities(self, initiative, learned, chloe):
        calm = case_about(initiative, "Je propose un banc à l’ombre derrière la gare.")
        rude = case_about(initiative, "Sale bande de parasites, dégagez tous de chez nous.")
        assert services.take_next(by=chloe) == calm
        assert services.is_weighing_due()
        assert learning.weigh() == 2
        assert not services.is_weighing_due()
        assert services.take_next(by=chloe) == rude
        rude.refresh_from_db()
        assert 0 <= rude.risk <= 1 and rude.weighed_by == learned
        assert rude.risk_pieces and all(isinstance(piece, str) for piece, _weight in rude.risk_pieces)
        assert rude.closed_at is None and not Decision.objects.filter(case=rude).exists(), "It decides nothing."

    def test_the_case_says_what_was_learned_and_that_it_decides_nothing(self, initiative, learned, as_chloe):
        case = case_about(initiative, HELD_BACK[0])
        learning.weigh()
        page = as_chloe.get(reverse("admin:moderation_case_change", args=[case.pk])).content.decode()
        assert "Ce que la file a appris" in page and "ne fait qu’ordonner la file" in page

    def test_nothing_learned_lowers_what_is_grave(self, initiative, learned):
        grave = case_about(initiative, LAWFUL[0], gravity=98)
        learning.weigh()
        grave.refresh_from_db()
        assert grave.risk < 0.5 and grave.priority == 98

    def test_a_text_that_changes_is_weighed_again(self, initiative, learned):
        case = case_about(initiative, HELD_BACK[0])
        learning.weigh()
        case.content.text = TO_BE_READ
        case.content.save()
        services.receive(case.content, by=initiative.author)
        assert services.is_weighing_due() and learning.weigh() == 1

    def test_it_forgets_on_demand(self, initiative, learned):
        case = case_about(initiative, HELD_BACK[0])
        learning.weigh()
        assert learning.reset() and not learning.reset()
        case.refresh_from_db()
        assert case.risk is None and case.priority == case.gravity and case.risk_pieces == []
        assert learning.weigh() == 0
        assert not LearnedModel.objects.exclude(numbers=b"").exists()

    def test_the_task_loads_nothing_when_there_is_nothing_to_weigh(self, initiative, learned, monkeypatch):
        asked = []
        monkeypatch.setattr(tasks, "call_command", lambda *args, **kwargs: asked.append(args))
        tasks.weigh_cases()
        assert asked == []
        case_about(initiative, LAWFUL[0])
        tasks.weigh_cases()
        assert asked == [("learn",)]

    def test_the_command_says_what_it_did(self, initiative, learned, capsys):
        call_command("learn")
        assert "loss" in capsys.readouterr().out
        call_command("learn", reset=True)
        assert "forgotten" in capsys.readouterr().out


class TestTheModel:
    @pytest.fixture(scope="class")
    @classmethod
    def model(cls):
        texts = [f"{text} ({n})" for n in range(40) for text in (*LAWFUL, *HELD_BACK)]
        return learner.learn(texts, [text.startswith(tuple(HELD_BACK)) for text in texts])

    def test_its_risks_are_probabilities_and_order_texts(self, model):
        low, high = model.risks(["Un banc à l’ombre de la gare.", "Bande de parasites, dégagez."])
        assert 0 <= low < 0.5 < high <= 1

    def test_it_says_which_pieces_weigh(self, model):
        pieces = dict(model.why("Bande de parasites"))
        assert max(pieces.values()) > 0 and len(pieces) <= 8

    def test_it_is_kept_as_numbers_and_comes_back_the_same(self, model):
        again = learner.Learned.from_bytes(model.to_bytes())
        assert again.risks(HELD_BACK) == pytest.approx(model.risks(HELD_BACK), abs=1e-5)
        with pytest.raises(ValueError):
            learner.Learned.from_bytes(b"\x80\x04K\x01.")

    def test_the_same_decisions_give_the_same_model(self, model):
        texts = [f"{text} ({n})" for n in range(40) for text in (*LAWFUL, *HELD_BACK)]
        again = learner.learn(texts, [text.startswith(tuple(HELD_BACK)) for text in texts])
        assert again.to_bytes() == model.to_bytes()

    @pytest.mark.parametrize("text", ["", " ", "é", "x" * 20_000])
    def test_any_text_has_a_risk(self, model, text):
        assert 0 <= model.risks([text])[0] <= 1
        model.why(text)


def test_no_page_carries_the_library():
    """The site and its tasks are loaded without it: it weighs a hundred megabytes."""
    loaded = (
        "import django; django.setup(); import possibles.urls, moderation.tasks, sys; print('sklearn' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "False"
