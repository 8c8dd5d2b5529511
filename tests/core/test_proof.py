"""A form under attack asks for a proof, which a browser finds, or for patience; never for a riddle."""

import base64
import gzip
import json
import time

import pytest
from altcha import solve_challenge_v1
from django.conf import settings
from proof_urls import NameForm

from core import proof
from core.proof import Verdict, challenge, check

pytestmark = pytest.mark.urls("proof_urls")

EASY = 500
LATER = proof.WAIT + 1


@pytest.fixture
def later(monkeypatch):
    """`later(seconds)`: the clock of the site goes forward."""
    now, moved = time.time, []

    def move(seconds: float) -> None:
        moved.append(seconds)
        monkeypatch.setattr(time, "time", lambda: now() + sum(moved))

    return move


def encoded(fields) -> str:
    return base64.b64encode(json.dumps(fields).encode()).decode()


def solution(asked: dict[str, str], **changes) -> str:
    """What the browser answers to this challenge."""
    fields = json.loads(asked["challenge"])
    found = solve_challenge_v1(fields["challenge"], fields["salt"], fields["algorithm"], fields.pop("maxNumber"))
    return encoded(fields | {"number": found.number} | changes)


# --- A proof ---------------------------------------------------------------------------------------------------------


def test_a_solution_is_a_proof(db):
    assert check({"proof": solution(challenge(max_number=EASY))}) is Verdict.PROVEN


def test_a_solution_at_full_difficulty_is_a_proof(db):
    assert check({"proof": solution(challenge())}) is Verdict.PROVEN


def test_a_solution_serves_once(db):
    asked = challenge(max_number=EASY)
    sent = {"proof": solution(asked), "proof_ticket": asked["ticket"]}
    assert [check(sent) for _ in range(3)] == [Verdict.PROVEN, Verdict.USED, Verdict.USED]


def test_a_solution_written_otherwise_is_the_same_solution(db):
    asked = challenge(max_number=EASY)
    assert check({"proof": solution(asked)}) is Verdict.PROVEN
    assert check({"proof": solution(asked, more="x")}) is Verdict.USED


def test_two_who_send_one_solution_at_once_pass_once(at_once):
    sent = {"proof": solution(challenge(max_number=EASY))}
    assert sorted(each.name for each in at_once(check, [sent] * 8)) == ["PROVEN"] + ["USED"] * 7


def test_a_solution_serves_for_an_hour(db, later):
    early, late = challenge(max_number=EASY), challenge(max_number=EASY)
    later(proof.LIFETIME - 60)
    assert check({"proof": solution(early)}) is Verdict.PROVEN
    later(120)
    assert check({"proof": solution(late)}) is Verdict.MISSING


@pytest.mark.parametrize(
    "changes",
    [
        {"number": -1},
        {"number": 0.5},
        {"number": True},
        {"number": None},
        {"number": "1"},
        {"signature": "0" * 64},
        {"signature": None},
        {"challenge": "0" * 64},
        {"challenge": ["x"]},
        {"algorithm": "SHA-1"},
        {"algorithm": {}},
        {"salt": "abc?expires=99999999999&"},
        {"salt": None},
        {"salt": "\ud800"},
        {"salt": "x" * 10_000},
    ],
)
def test_a_forged_solution_proves_nothing(db, changes):
    assert check({"proof": solution(challenge(max_number=EASY), **changes)}) is Verdict.MISSING


def test_a_solution_to_a_challenge_of_another_site_proves_nothing(db, settings):
    asked = challenge(max_number=EASY)
    settings.SECRET_KEY = "another secret"
    assert check({"proof": solution(asked)}) is Verdict.MISSING


def test_an_easier_challenge_that_nobody_drew_proves_nothing(db):
    easier = json.loads(challenge(max_number=0)["challenge"]) | {"signature": "f" * 64}
    assert check({"proof": solution({"challenge": json.dumps(easier)})}) is Verdict.MISSING


@pytest.mark.parametrize(
    "text",
    ["", "é", "\x00", "{}", "W10=", "bnVsbA==", "MQ==", "IiI=", "e30=", "/w==", encoded([1]), "A" * 601, "W1tb" * 150],
)
def test_garbage_proves_nothing_and_breaks_nothing(db, text):
    assert check({"proof": text, "proof_ticket": text}) is Verdict.MISSING


def test_nothing_sent_proves_nothing(db):
    assert check({}) is Verdict.MISSING


# --- A wait ----------------------------------------------------------------------------------------------------------


def test_a_ticket_is_too_young_then_worth_a_proof_then_too_old(db, later):
    tickets = [{"proof_ticket": challenge()["ticket"]} for _ in range(2)]
    assert check(tickets[0]) is Verdict.TOO_SOON
    later(LATER)
    assert check(tickets[0]) is Verdict.WAITED
    later(proof.LIFETIME)
    assert check(tickets[1]) is Verdict.MISSING


def test_a_ticket_serves_once(db, later):
    sent = {"proof": "", "proof_ticket": challenge()["ticket"]}
    later(LATER)
    assert [check(sent) for _ in range(3)] == [Verdict.WAITED, Verdict.USED, Verdict.USED]


def test_coming_too_soon_uses_nothing(db, later):
    sent = {"proof_ticket": challenge()["ticket"]}
    assert [check(sent), check(sent)] == [Verdict.TOO_SOON] * 2
    later(LATER)
    assert check(sent) is Verdict.WAITED


def test_a_wrong_solution_does_not_spoil_the_wait(db, later):
    sent = {"proof": "garbage", "proof_ticket": challenge()["ticket"]}
    later(LATER)
    assert check(sent) is Verdict.WAITED


def test_a_forged_ticket_is_worth_nothing(db, later):
    ticket = challenge()["ticket"]
    later(LATER)
    assert check({"proof_ticket": ticket[:-1] + ("A" if ticket[-1] != "A" else "B")}) is Verdict.MISSING


def test_two_tickets_of_one_second_are_two(db):
    assert challenge()["ticket"] != challenge()["ticket"]


def test_only_what_is_accepted_passes():
    assert [each for each in Verdict if each.is_accepted] == [Verdict.PROVEN, Verdict.WAITED]
    assert {each for each in Verdict if not each.is_accepted} == set(proof.REFUSALS)


# --- A form ----------------------------------------------------------------------------------------------------------

WAIT_TEXT = "Attendez trente secondes, puis appuyez de nouveau."


@pytest.fixture
def essai(visitor):
    """`essai(name=…, proof=…)` sends the form; the answer holds the form or what was received."""

    def send(**data):
        return visitor.post("/essai/", {"name": "Zoé"} | data)

    return send


def ticket_in(answer) -> str:
    return answer.text.split('name="proof_ticket" value="')[1].split('"')[0]


def test_a_form_is_sent_with_its_proof(db, essai):
    assert "Reçu : PROVEN, Zoé" in essai(proof=solution(challenge(max_number=EASY))).text


def test_a_form_without_proof_comes_back_as_it_was_and_says_to_wait(db, essai):
    answer = essai()
    assert WAIT_TEXT in answer.text
    assert 'value="Zoé"' in answer.text
    assert 'name="proof_ticket"' in answer.text


def test_whoever_comes_back_too_soon_goes_on_waiting(db, essai, visitor, later):
    ticket = ticket_in(visitor.get("/essai/"))
    later(10)
    again = essai(proof_ticket=ticket)
    assert WAIT_TEXT in again.text
    assert ticket_in(again) == ticket
    later(LATER - 10)
    assert "Reçu : WAITED, Zoé" in essai(proof_ticket=ticket).text


def test_a_mistake_elsewhere_costs_no_new_wait(db, essai, visitor, later):
    ticket = ticket_in(visitor.get("/essai/"))
    later(LATER)
    wrong = essai(name="?", proof_ticket=ticket)
    assert WAIT_TEXT not in wrong.text
    assert ticket_in(wrong) == ticket
    assert "Reçu : WAITED" in essai(proof_ticket=ticket).text


def test_a_mistake_elsewhere_does_not_use_the_solution(db, essai):
    sent = solution(challenge(max_number=EASY))
    essai(name="?", proof=sent)
    assert "Reçu : PROVEN" in essai(proof=sent).text


def test_a_form_sent_twice_is_told_so_and_may_be_sent_again(db, essai, visitor, later):
    ticket = ticket_in(visitor.get("/essai/"))
    later(LATER)
    essai(proof_ticket=ticket)
    second = essai(proof_ticket=ticket)
    assert "Cet envoi nous est déjà parvenu." in second.text
    assert ticket_in(second) != ticket
    later(LATER)
    assert "Reçu : WAITED" in essai(proof_ticket=ticket_in(second)).text


def test_a_form_that_is_not_under_attack_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        form = NameForm({"name": "Zoé"})
        assert form.is_valid()
        assert form.proof is form.verdict is None


def test_a_page_with_a_proof_is_nobody_else_s(db, visitor):
    assert "private" in visitor.get("/essai/")["Cache-Control"]


def test_the_wait_is_announced_beforehand_where_no_script_runs(db, visitor):
    assert "<noscript><p" in visitor.get("/essai/").text


@pytest.mark.parametrize("name", ["proof.js", "proof-worker.js"])
def test_the_script_is_light(name):
    assert len(gzip.compress((settings.BASE_DIR / "static/js" / name).read_bytes(), 9)) < 2_000
