"""A rule that suddenly speaks of too many texts refuses no more; new ones are tried without effect first."""

import json
from datetime import timedelta

import pytest
import yaml
from cast import client_of, new_member
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from initiatives.forms.discussion import ReplyForm
from initiatives.models import Contribution
from moderation import services
from moderation.filter import Outcome, Verdict, all_rules, examine, load_rules, worst
from moderation.filter.rules import RULES, RuleError
from moderation.models import Reading, RuleAlert
from moderation.services import rulebook
from notifications.models import Notification
from tests.moderation.desk import HATEFUL, LAWFUL, TELEPHONE

RULE = next(rule for rule in all_rules() if rule.outcome is Outcome.REFUSE).id


def readings(number: int, *, spoken: int = 0, ago: timedelta = timedelta(minutes=5), way: str = "refused") -> None:
    at = timezone.now() - ago
    Reading.objects.bulk_create(Reading(at=at, **({way: [RULE]} if n < spoken else {})) for n in range(number))


@pytest.fixture
def overseer(db):
    overseer = new_member("odile", is_staff=True)
    overseer.user_permissions.add(Permission.objects.get(codename="oversee_case"))
    return overseer


@pytest.mark.django_db
class TestWatching:
    def test_a_rule_that_speaks_of_too_many_texts_is_disarmed_and_told_once(self, overseer):
        readings(200, spoken=11)
        assert rulebook.watch() == 1
        assert rulebook.watch() == 0
        alert = RuleAlert.objects.get()
        assert (alert.rule, alert.hits, alert.texts, alert.is_disarmed) == (RULE, 11, 200, True)
        assert rulebook.disarmed() == {RULE}
        assert Notification.objects.get(kind="rule_alert").recipient == overseer

    @pytest.mark.parametrize(
        ("number", "spoken"), [(200, 10), (99, 50), (160, 9)], ids=["a twentieth", "few texts", "few hits"]
    )
    def test_what_says_nothing_disarms_nothing(self, number, spoken):
        readings(number, spoken=spoken)
        assert rulebook.watch() == 0 and rulebook.disarmed() == frozenset()

    def test_what_it_always_did_is_not_sudden(self):
        readings(400, spoken=40, ago=timedelta(days=2))
        readings(200, spoken=22)
        assert rulebook.watch() == 0
        readings(100, spoken=60)
        assert rulebook.watch() == 1

    def test_a_rule_that_fills_the_queue_is_told_and_stays(self, overseer):
        readings(200, spoken=30, way="queued")
        assert rulebook.watch() == 1
        assert rulebook.disarmed() == frozenset() and not RuleAlert.objects.get().is_disarmed
        assert Notification.objects.filter(kind="rule_alert").count() == 1

    def test_what_a_rule_says_in_the_shadow_disarms_nothing(self):
        readings(200, spoken=200, way="shadow")
        assert rulebook.watch() == 0

    def test_a_new_version_is_armed(self):
        readings(200, spoken=50)
        rulebook.watch()
        RuleAlert.objects.update(rule_version="of old")
        assert rulebook.disarmed() == frozenset()

    def test_somebody_arms_it_again_and_it_is_left_alone_for_an_hour(self, overseer):
        readings(200, spoken=50)
        rulebook.watch()
        alert = RuleAlert.objects.get()
        assert rulebook.settle(alert, by=overseer) and not rulebook.settle(alert, by=overseer)
        assert rulebook.disarmed() == frozenset() and rulebook.watch() == 0
        RuleAlert.objects.update(settled_at=timezone.now() - timedelta(hours=1, seconds=1))
        assert rulebook.watch() == 1

    def test_it_takes_as_many_statements_for_many_rules(self, django_assert_max_num_queries):
        at = timezone.now()
        Reading.objects.bulk_create(Reading(at=at, queued=[f"rule.{n % 50}"]) for n in range(1000))
        with django_assert_max_num_queries(7):
            rulebook.watch()

    def test_readings_are_erased_after_a_month(self):
        readings(3, ago=timedelta(days=31))
        readings(2, ago=timedelta(days=29))
        assert rulebook.forget() == 3 and Reading.objects.count() == 2


@pytest.mark.django_db
class TestDisarmed:
    def test_what_it_would_refuse_is_queued(self, alice, initiative):
        refusing = services.screen_texts({"text": HATEFUL})["text"]
        assert refusing.outcome is Outcome.REFUSE
        RuleAlert.objects.create(
            rule=refusing.rule, rule_version=refusing.rule_version, hits=20, texts=100, is_disarmed=True
        )
        again = services.screen_texts({"text": HATEFUL})["text"]
        assert again.outcome is Outcome.QUEUE and "Un modérateur le lira" in again.reason

    def test_each_writing_is_counted_once_without_its_text(self, alice, initiative):
        form = ReplyForm({"text": LAWFUL}, by=alice, instance=Contribution(initiative=initiative))
        form.is_valid()
        form = ReplyForm({"text": HATEFUL}, by=alice, instance=Contribution(initiative=initiative))
        form.is_valid()
        first, second = Reading.objects.order_by("pk")
        assert first.refused == first.queued == []
        assert second.refused
        assert {field.name for field in Reading._meta.fields} == {"id", "at", "refused", "queued", "shadow"}


class TestShadow:
    @pytest.fixture
    def rules(self, tmp_path):
        """The site's own, with the rules about telephone numbers only tried."""
        for path in RULES.glob("*.yaml"):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if path.stem == "exposure_of_person":
                for entry in content["rules"]:
                    entry["stage"] = "shadow"
            (tmp_path / path.name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return tmp_path

    def test_a_rule_in_the_shadow_speaks_and_nothing_follows(self, rules):
        verdicts = examine(TELEPHONE, rules=load_rules(rules))
        assert any(verdict.in_shadow for verdict in verdicts)
        assert worst(verdicts).passes
        assert not worst(examine(TELEPHONE)).passes

    def test_a_stage_is_known(self, rules):
        path = rules / "insult.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("outcome:", "stage: soon\n  outcome:", 1))
        with pytest.raises(RuleError, match="stage"):
            load_rules(rules)

    @pytest.mark.django_db
    def test_new_rules_are_tried_on_what_was_written_with_the_difference(self, rules, alice, initiative, capsys):
        Contribution.objects.create(initiative=initiative, author=alice, text=TELEPHONE, published_at=timezone.now())
        call_command("try_rules", str(rules), json=True)
        out = capsys.readouterr().out
        assert "queue → publish" in out and "exposure_of_person" in out and "06 12 34 56 78" in out
        assert json.loads(out.splitlines()[-1])["outcomes"] == {"queue→publish": 1}
        call_command("try_rules", str(rules), shadow=True, json=True)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["changed"] == 0
        assert not Reading.objects.exists()

    @pytest.mark.django_db
    @pytest.mark.parametrize("wrong", [{"last": 0}, {"folder": "nowhere"}])
    def test_what_cannot_be_tried_is_refused_clearly(self, rules, wrong):
        with pytest.raises(CommandError):
            call_command("try_rules", wrong.get("folder", str(rules)), last=wrong.get("last", 10))


def test_the_gravest_of_what_counts(db):
    shadow = Verdict(Outcome.REFUSE, rule="a.b", severity=99, in_shadow=True)
    assert worst([shadow]).passes
    assert worst([shadow, Verdict(Outcome.QUEUE)]).outcome is Outcome.QUEUE


@pytest.mark.django_db
def test_only_who_has_the_right_arms_a_rule_again(as_chloe, chloe):
    alert = RuleAlert.objects.create(rule=RULE, rule_version="1", hits=20, texts=100, is_disarmed=True)
    address = reverse("admin:moderation_rulealert_settle", args=[alert.pk])
    assert as_chloe.post(address).status_code == 403
    assert client_of(new_member("eve")).post(address).status_code in (302, 403)
    alert.refresh_from_db()
    assert alert.settled_at is None
