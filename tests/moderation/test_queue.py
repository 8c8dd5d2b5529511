"""The queue as a place to work in: who reads what, what is around it, what is ready to be said, and several at once."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives.models import Contribution, Initiative
from members.models import Member
from moderation import services
from moderation.models import Case, CaseNote, Decision, ReasonTemplate
from moderation.services import AlreadyDecided, HeldByAnother, ReasonMissing
from notifications.models import Notification
from tests.moderation.desk import TELEPHONE, staff_client

pytestmark = pytest.mark.django_db

QUEUE = "/admin/moderation/case/"


def queue(author: Member, **fields) -> Case:
    given = {"means": TELEPHONE} | fields
    content = new_initiative(author, state=Initiative.State.SUBMITTED, published_at=None, **given)
    services.receive(content, by=author)
    return Case.objects.open().of(content).get()


def page_of(case: Case) -> str:
    return reverse("admin:moderation_case_change", args=[case.pk])


def seen_on(client, case: Case) -> str:
    return re.search(r'name="seen" value="(\w+)"', client.get(page_of(case)).content.decode())[1]


def later(case: Case, **past) -> None:
    Case.objects.filter(pk=case.pk).update(**{name: timezone.now() - value for name, value in past.items()})


# --- Who reads it ----------------------------------------------------------------------------------------------------


def test_a_second_moderator_sees_who_reads_a_case_and_since_when(alice, chloe, denis, as_chloe):
    case = services.claim(queue(alice), by=denis)
    later(case, held_since=timedelta(minutes=3))
    text = as_chloe.get(page_of(case)).content.decode()
    assert "Denis lit ce cas depuis 3 min." in text
    assert "Denis</td>" in as_chloe.get(QUEUE).content.decode()
    with pytest.raises(HeldByAnother, match="Denis lit ce cas depuis 3 min"):
        services.claim(case, by=chloe)


def test_a_case_is_taken_left_and_taken_over_by_buttons(alice, denis, as_chloe, chloe):
    case = queue(alice)
    as_chloe.post(f"{QUEUE}{case.pk}/prendre/")
    assert Case.objects.get().holder == chloe
    assert "Vous lisez ce cas" in as_chloe.get(page_of(case)).content.decode()
    as_denis = staff_client(denis)
    assert "Chloé lit ce cas" in as_denis.post(f"{QUEUE}{case.pk}/prendre/", follow=True).content.decode()
    assert Case.objects.get().holder == chloe
    as_denis.post(f"{QUEUE}{case.pk}/prendre/", {"taking_over": "1"})
    assert Case.objects.get().holder == denis
    as_chloe.post(f"{QUEUE}{case.pk}/laisser/")
    assert Case.objects.get().holder == denis
    as_denis.post(f"{QUEUE}{case.pk}/laisser/")
    assert Case.objects.get().holder is None


def test_looking_takes_no_case(alice, as_chloe):
    case = queue(alice)
    as_chloe.get(page_of(case))
    for address in (f"{QUEUE}{case.pk}/prendre/", f"{QUEUE}{case.pk}/laisser/", f"{QUEUE}suivant/"):
        assert as_chloe.get(address).status_code == 405
    assert Case.objects.get().held_by is None


def test_a_case_that_nobody_touches_for_a_quarter_of_an_hour_is_anybodys(alice, chloe, denis):
    case = services.claim(queue(alice), by=denis)
    later(case, held_until=timedelta(seconds=1))
    assert services.take_next(by=chloe) == case
    assert Case.objects.get().holder == chloe


def test_what_its_reader_does_keeps_it_for_as_long_again(alice, chloe, as_chloe):
    case = services.claim(queue(alice), by=chloe)
    Case.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    for given in ({"template": ReasonTemplate.objects.first().pk}, {"preview": "publish", "reason": "Lu."}):
        as_chloe.post(page_of(case), {"seen": "x"} | given)
        assert Case.objects.get().held_until > timezone.now() + timedelta(minutes=14)
        Case.objects.update(held_until=timezone.now() + timedelta(minutes=1))


def test_the_next_case_skips_what_others_read_and_is_taken(alice, denis, chloe, as_chloe):
    first, second = queue(alice, title="La première"), queue(alice, title="La seconde")
    services.claim(first, by=denis)
    response = as_chloe.post(f"{QUEUE}suivant/")
    assert response.url == page_of(second)
    assert Case.objects.get(pk=second.pk).holder == chloe
    third = queue(alice, title="La troisième")
    assert as_chloe.post(f"{QUEUE}suivant/", {"after": second.pk}).url == page_of(third)
    # What one passes over is left to the others.
    assert Case.objects.get(pk=second.pk).holder is None
    services.publish(second, by=denis, reason="Lu.")
    services.release(third, by=chloe)
    services.publish(third, by=denis, reason="Lu.")
    assert as_chloe.post(f"{QUEUE}suivant/", {"after": "²"}).url == QUEUE


def test_deciding_what_another_reads_is_said_and_loses_nothing(alice, denis, as_chloe):
    case = queue(alice)
    seen = seen_on(as_chloe, case)
    services.claim(case, by=denis)
    typed = {"verb": "withhold", "ground": "exposure_of_person", "reason": "Un numéro privé.", "seen": seen}
    text = as_chloe.post(page_of(case), typed).content.decode()
    assert "Denis lit ce cas" in text
    assert "Un numéro privé." in text
    assert "Décider quand même, à la place de Denis" in text
    assert not Decision.objects.exists()
    as_chloe.post(page_of(case), typed | {"taking_over": "1"})
    assert Decision.objects.get().verb == "withhold"


def test_a_closed_case_is_not_taken(alice, chloe, denis):
    case = queue(alice)
    services.publish(case, by=denis, reason="Lu.")
    with pytest.raises(AlreadyDecided):
        services.claim(case, by=chloe)
    assert services.take_next(by=chloe) is None


# --- What one reads --------------------------------------------------------------------------------------------------


def test_a_contribution_is_read_with_what_is_around_it(alice, bob, initiative, as_chloe):
    said = {"initiative": initiative, "author": alice, "published_at": timezone.now()}
    parent = Contribution.objects.create(text="Et les pommiers ?", **said)
    Contribution.objects.create(text="Plutôt des noyers.", parent=parent, **said)
    reply = Contribution.objects.create(initiative=initiative, author=bob, parent=parent, text=TELEPHONE)
    services.receive(reply, by=bob)
    text = as_chloe.get(page_of(Case.objects.get())).content.decode()
    assert initiative.title in text
    assert "Et les pommiers" in text
    assert "Plutôt des noyers." in text


def test_an_event_is_read_with_its_initiative(alice, initiative, vitre, as_chloe):
    event = new_event(alice, vitre, initiative=initiative, published_at=None, description=TELEPHONE)
    services.receive(event, by=alice)
    assert initiative.summary in as_chloe.get(page_of(Case.objects.get())).content.decode()


def test_what_was_decided_on_look_alikes_is_shown_with_how_much_they_are_alike(alice, bob, chloe, as_chloe):
    text = "Appelez Madame Martin au 06 12 34 56 78 pour réserver votre place dans le car de samedi matin."
    services.withhold(queue(alice, means=text), by=chloe, ground="exposure_of_person", reason="C’est un numéro privé.")
    services.publish(
        queue(alice, title="Autre chose", summary="Rien de tel.", problem="Le pont.", proposal="Un autre pont."),
        by=chloe,
        reason="Le standard de la mairie.",
    )
    page = as_chloe.get(page_of(queue(bob, means=text.replace("samedi", "dimanche")))).content.decode()
    alike = page[page.index("qui ressemblent") :]
    assert "C’est un numéro privé." in alike
    assert re.search(r"semblable à (9\d|100)\s%", alike)
    assert "même règle ou même motif" in alike


def test_a_text_that_resembles_nothing_under_another_rule_has_no_look_alike(alice, bob, chloe):
    services.withhold(queue(alice), by=chloe, ground="spam", reason="Une publicité.")
    case = queue(
        bob,
        title="Tout à fait autre",
        summary="Un four.",
        problem="Du pain.",
        proposal="Un four.",
        means="Demandez Paul, 06 98 76 54 32.",
    )
    Case.objects.filter(pk=case.pk).update(rule="", ground="")
    case.refresh_from_db()
    assert services.look_alikes(case) == []


def test_notes_stay_with_the_case_in_their_order_and_never_change(alice, chloe, as_chloe):
    case = queue(alice)
    for _click in range(2):
        as_chloe.post(f"{QUEUE}{case.pk}/noter/", {"text": "J’ai écrit à la mairie."})
    note = CaseNote.objects.get()
    assert "Note de Chloé" in as_chloe.get(page_of(case)).content.decode()
    with pytest.raises(ReasonMissing):
        services.leave_note(case, "  ", by=chloe)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        CaseNote.objects.update(text="Autre chose.")
    note.delete()
    with pytest.raises(IntegrityError, match="not erased"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_authors_notes_are_nobodys_but_moderators(alice, chloe, as_alice):
    case = queue(alice)
    services.leave_note(case, "Zorglub est connu.", by=chloe)
    services.publish(case, by=chloe, reason="Lu.")
    assert "Zorglub" not in as_alice.get(case.content.get_absolute_url(), follow=True).content.decode()
    assert "Zorglub" not in str(Notification.objects.values_list("context", flat=True))
    assert as_alice.post(f"{QUEUE}{case.pk}/noter/", {"text": "Moi."}).status_code == 302
    assert CaseNote.objects.count() == 1


# --- Ready reasons ---------------------------------------------------------------------------------------------------


def test_a_ready_reason_fills_the_decision_and_keeps_the_duration_that_was_chosen(alice, as_chloe):
    case = queue(alice)
    ready = ReasonTemplate.objects.get(ground="exposure_of_person", verb="withhold")
    text = as_chloe.post(page_of(case), {"template": ready.pk, "seen": "x", "days": "30"}).content.decode()
    assert "sans qu’elle l’ait demandé" in text
    assert '<option value="exposure_of_person" selected>' in text
    assert '<option value="30" selected>' in text
    assert not Decision.objects.exists()


def test_each_ground_has_a_ready_reason_that_fits_its_form(db):
    from moderation.admin.forms import DecisionForm
    from moderation.filter import Ground

    assert set(ReasonTemplate.objects.exclude(ground="").values_list("ground", flat=True)) == set(Ground)
    for ready in ReasonTemplate.objects.all():
        given = {"verb": ready.verb, "ground": ready.ground, "reason": ready.reason, "facts": ready.facts}
        form = DecisionForm(given | {"label": ready.label, "seen": "x"})
        assert form.is_valid(), (ready, form.errors)


def test_facts_that_name_somebody_are_sent_back_with_what_names_them(alice, as_chloe):
    case = queue(alice)
    given = {"verb": "withhold", "ground": "insult", "reason": "Non.", "facts": "Appeler le 06 12 34 56 78."}
    text = as_chloe.post(page_of(case), given | {"seen": seen_on(as_chloe, case)}).content.decode()
    assert "Les faits sont publics" in text
    assert not Decision.objects.exists()


def test_senior_moderators_alone_write_ready_reasons(chloe, senior):
    address = "/admin/moderation/reasontemplate/"
    given = {"verb": "withhold", "ground": "spam", "title": "Loterie", "reason": "Une loterie.", "rank": 5}
    for member, status, is_written in [(chloe, 403, False), (senior, 302, True)]:
        assert staff_client(member).post(f"{address}add/", given).status_code == status
        assert ReasonTemplate.objects.filter(title="Loterie").exists() == is_written


# --- Several at once -------------------------------------------------------------------------------------------------


def together(client, cases, **given):
    return client.post(
        QUEUE, {"action": "decide_together", "_selected_action": [case.pk for case in cases]} | given, follow=True
    )


def seen_together(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen_\d+)" value="(\w+)"', text))


def test_several_cases_are_read_on_one_page_then_decided_each_by_itself(alice, bob, chloe, denis, as_chloe):
    cases = [
        queue(alice, title="Un"),
        queue(bob, title="Deux"),
        queue(alice, title="Trois"),
        queue(chloe, title="Le mien"),
    ]
    text = together(as_chloe, cases).content.decode()
    assert text.count("06 12 34 56 78") == 4
    assert not Decision.objects.exists()
    services.claim(cases[1], by=denis)
    services.receive_edit(cases[2].content, {"problem": "Voyez le 06 98 76 54 32."}, by=alice)
    given = {"verb": "withhold", "ground": "exposure_of_person", "reason": "Un numéro privé.", "decide": "1"}
    text = together(as_chloe, cases, **given, **seen_together(text)).content.decode()
    assert "1 cas décidé." in text
    assert "Laissé\u202f: «\u202fDeux\u202f». Denis lit ce cas" in text
    assert re.search("Laissé\u202f: «\u202fTrois\u202f».*relisez-le", text)
    assert "Laissé\u202f: «\u202fLe mien\u202f»" in text
    assert Decision.objects.get().content == cases[0].content


def test_several_edits_are_refused_and_several_texts_published(alice, initiative, bob, chloe, as_chloe):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    cases = [Case.objects.get(), queue(bob)]
    seen = seen_together(together(as_chloe, cases).content.decode())
    given = {"verb": "withhold", "ground": "exposure_of_person", "reason": "Privé.", "decide": "1"}
    assert "2 cas décidés." in together(as_chloe, cases, **given, **seen).content.decode()
    assert sorted(Decision.objects.values_list("verb", flat=True)) == ["reject", "withhold"]


def test_several_are_a_hundred_at_most_and_need_a_reason(alice, as_chloe, monkeypatch):
    cases = [queue(alice, title="Un"), queue(alice, title="Deux")]
    text = together(as_chloe, cases, decide="1", verb="withhold", ground="", reason="").content.decode()
    assert "Choisissez le motif" in text
    monkeypatch.setattr("moderation.admin.queue.MOST_TOGETHER", 1)
    assert "Choisissez 1 cas au plus" in together(as_chloe, cases).content.decode()
    assert not Decision.objects.exists()


# --- Late ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def senior(db) -> Member:
    senior = new_member("sami", is_staff=True)
    senior.groups.add(Group.objects.get(name="Modérateurs confirmés"))
    return senior


def told(kind: str) -> list[tuple[str, int]]:
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__display_name", "context__count"))


def test_the_queue_shows_by_when_each_is_due_and_which_are_late(alice, as_chloe):
    later(queue(alice, title="Ancienne"), opened_at=timedelta(hours=25))
    later(queue(alice, title="Récente"), opened_at=timedelta(hours=20))
    text = as_chloe.get(QUEUE).content.decode()
    assert "en retard" in text
    assert "d’ici 4\u00a0heures" in text
    late = as_chloe.get(QUEUE, {"age": "24"}).content.decode()
    assert "Ancienne</a>" in late
    assert "Récente</a>" not in late


def test_moderators_are_told_once_of_what_waits_and_senior_ones_of_what_is_late(alice, chloe, senior):
    for hours in (2, 13, 14, 30):
        later(queue(alice), opened_at=timedelta(hours=hours))
    for _round in range(2):
        services.remind()
    assert told("cases_waiting") == [("Chloé", 3), ("Sami", 3)]
    assert told("cases_late") == [("Sami", 1)]
    later(queue(alice), opened_at=timedelta(hours=12))
    services.remind()
    assert told("cases_waiting") == [("Chloé", 1), ("Chloé", 3), ("Sami", 1), ("Sami", 3)]


def test_without_a_senior_moderator_all_of_them_are_told_of_what_is_late(alice, chloe):
    later(queue(alice), opened_at=timedelta(hours=30))
    services.remind()
    assert told("cases_late") == [("Chloé", 1)]


def test_what_could_not_be_written_is_told_the_next_time(alice, chloe, monkeypatch):
    later(queue(alice), opened_at=timedelta(hours=13))
    with monkeypatch.context() as patched:
        patched.setattr("moderation.services.reminding.tell_many", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            services.remind()
    assert not Case.objects.exclude(reminded_at=None).exists()
    services.remind()
    assert told("cases_waiting") == [("Chloé", 1)]


# --- How much it costs -----------------------------------------------------------------------------------------------


def test_the_page_of_a_case_costs_the_same_whatever_was_written_and_decided(
    alice, bob, chloe, as_chloe, django_assert_num_queries, django_assert_max_num_queries
):
    case = queue(alice, title="Lue")
    services.leave_note(case, "Une.", by=chloe)
    for number in range(5):
        services.withhold(queue(alice, title=f"Une {number}"), by=chloe, ground="spam", reason="Non.")
    as_chloe.get(page_of(case))
    with django_assert_max_num_queries(22) as first:
        as_chloe.get(page_of(case))
    for number in range(8):
        services.leave_note(case, f"Note {number}.", by=chloe)
        services.withhold(queue(alice, title=f"Autre {number}"), by=chloe, ground="spam", reason="Non.")
        queue(bob, title=f"Encore {number}")
    with django_assert_num_queries(len(first)):
        as_chloe.get(page_of(case))


def test_nobody_else_does_anything_of_this(alice, bob):
    case = queue(alice)
    emile = staff_client(new_member("emile", is_staff=True))
    for act in ("prendre", "laisser", "noter"):
        assert emile.post(f"{QUEUE}{case.pk}/{act}/", {"text": "Moi."}).status_code == 403
        assert client_of(bob).post(f"{QUEUE}{case.pk}/{act}/").status_code == 302
    assert emile.post(f"{QUEUE}suivant/").status_code == 403
    assert together(emile, [case]).status_code == 403
    assert Case.objects.get().held_by is None
    assert not CaseNote.objects.exists()
