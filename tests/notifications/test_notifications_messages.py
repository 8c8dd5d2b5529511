"""What members are told, and the words of it."""

import pytest

from core import french
from members.models import Member
from notifications import delivery, services
from notifications.kinds import DIGEST, DOOR, KINDS
from notifications.models import Channel, Choice, Mail, Notification, Preference

pytestmark = pytest.mark.django_db

CONTEXT = {
    "title": "Un verger & « nous »",
    "sort": "initiative",
    "url": "/initiatives/un-verger-1/",
    "ground": "Injure envers une personne",
    "reference": "Loi du 29 juillet 1881, art. 33, al. 2",
    "reason": "Une <voisine> y est insultée.",
    "detected": True,
    "count": 12,
    "new": 3,
    "initiative_title": "Un verger & « nous »",
    "event_title": "Réunion d’été",
    "when": "dim. 1er mars, 18 h 30",
    "place": "Salle des fêtes, Vitré",
    "until": "2026-12-01",
    "promise": "Nous vous répondrons.",
    "answer": "La mairie prête le terrain.\nMerci à tous.",
    "other": "Des fruitiers & des haies",
    "ends_at": "2026-12-01",
    "carried": 12,
    "mine_url": "/mes-soutiens/abc/",
    "offer_ends": "dim. 1er mars, 18 h 30",
    "still_url": "/initiatives/un-verger-1/",
    "leave_url": "/initiatives/un-verger-1/",
    "follow_url": "/initiatives/un-verger-1/",
    "contest_url": "/initiatives/un-verger-1/",
    "keep_url": "/initiatives/un-verger-1/",
    "label": "Un fait est contesté.",
    "hours": 13,
    "waiting": 40,
    "appeal": "R-2026-7K4Q9",
    "report_url": "/initiatives/un-verger-1/",
    "name": "Dan",
    "by": "Dan",
    "text": "Peut-on passer samedi & dimanche ?",
    "stays": True,
    "action_title": "Planter les haies",
    "places": 8,
    "report": "Nous étions douze & il a fait beau.",
    "need": "Une remorque pour un samedi de mars",
    "heading": "La mairie nous prête le terrain",
    "excerpt": "Le conseil a voté oui hier soir.",
    "where": "en Ille-et-Vilaine",
}
AT_THE_DOOR = [kind for kind in KINDS if KINDS[kind].group == DOOR]
#: Told to a member by a message of its own, if only to who prefers it so.
TO_MEMBERS = [kind for kind in KINDS if kind not in (*AT_THE_DOOR, DIGEST)]


@pytest.mark.parametrize("kind", TO_MEMBERS)
def test_each_message_has_a_subject_one_next_act_and_says_why_it_came(alice, mailoutbox, kind):
    if KINDS[kind].mail != Mail.NOW:
        Preference.objects.create(member=alice, kind=kind, channel=Channel.MAIL, choice=Choice.NOW)
    services.tell(alice, kind=kind, key="x", context=CONTEXT)
    row = Notification.objects.get()
    assert delivery.deliver(row.pk)
    [message] = mailoutbox
    assert 10 < len(message.subject) < 90
    [(html, _mime)] = message.alternatives
    for text in (message.body, html):
        assert "http://127.0.0.1:8000/initiatives/un-verger-1/" in text
        assert "parce que vous" in text
        assert "…" not in text
        assert "Alice" in text
    assert "&amp;" not in message.body
    assert "verger & " not in html


@pytest.mark.parametrize("kind", AT_THE_DOOR)
def test_each_message_to_an_address_names_nobody_and_says_what_to_do_when_one_asked_for_nothing(kind, mailoutbox):
    services.write_to("paula@exemple.fr", kind=kind, key="x", context=CONTEXT)
    assert delivery.deliver_due() == 1
    [message] = mailoutbox
    assert message.to == ["paula@exemple.fr"]
    assert 10 < len(message.subject) < 90
    [(html, _mime)] = message.alternatives
    for text in (message.body, html):
        assert "http://127.0.0.1:8000/initiatives/un-verger-1/" in text
        assert "parce que cette adresse a été donnée" in text
        # Somebody who closed an account, or asked for its copy, was in it: that is not to be ignored.
        is_alarm = kind in ("data_copy_ready", "departure")
        assert ("Si vous n’avez rien demandé, " + ("" if is_alarm else "ignorez ce message")) in text
        assert "…" not in text
        assert "paula" not in text.lower()
    assert html.count('class="act"') == 1
    assert "&amp;" not in message.body
    assert "verger & " not in html


@pytest.mark.parametrize("kind", ["support_link", "support_reminder"])
def test_the_link_of_a_support_says_what_the_click_will_do_and_until_when(kind, mailoutbox):
    services.write_to("paula@exemple.fr", kind=kind, key="x", context=CONTEXT)
    delivery.deliver_due()
    [message] = mailoutbox
    assert "Ouvrir le lien ne suffit pas\u202f: un bouton vous attend sur la page." in message.body
    assert "jusqu’au 1er décembre 2026" in message.body
    assert "rien n’est compté, et votre adresse est effacée dans 30 jours" in message.body


@pytest.mark.parametrize("until", ["2026-12-01", "2026-12-01T10:00:00", "2026-11-30T23:30:00+00:00"])
def test_a_day_is_written_in_french_as_it_is_here(until):
    assert french.day(KINDS["support_link"].fill({"until": until}, None)["until"]) == "1er décembre 2026"


def test_a_title_of_two_lines_makes_a_subject_of_one(mailoutbox):
    context = CONTEXT | {"title": "Un verger\nBcc: tous@exemple.fr <script>"}
    services.write_to("paula@exemple.fr", kind="support_link", key="x", context=context)
    assert delivery.deliver_due() == 1
    [message] = mailoutbox
    assert message.subject == "Confirmez votre soutien à «\u202fUn verger Bcc: tous@exemple.fr <script>\u202f»"
    assert message.recipients() == ["paula@exemple.fr"]
    assert "<script>" not in message.alternatives[0][0]


def test_the_statement_of_a_restriction_gives_the_law_the_reason_and_the_ways_to_contest(alice):
    message = services.preview(alice, kind="content_withheld", context=CONTEXT)
    assert "Loi du 29 juillet 1881, art. 33, al. 2" in message.text
    assert "Une <voisine> y est insultée." in message.text
    assert "six mois" in message.text
    assert "article 21" in message.text
    assert "une personne a décidé" in message.text


def test_one_is_singular(alice):
    message = services.preview(alice, kind="initiative_supported", context=CONTEXT | {"new": 1, "count": 1})
    assert "1\u00a0personne vient de soutenir" in message.text
    assert "1\u00a0soutien en tout" in message.text


# --- The outbox ------------------------------------------------------------------------------------------------------


def test_saying_it_twice_tells_it_once(alice, bob, mailoutbox, django_capture_on_commit_callbacks):
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            services.tell(alice, kind="content_published", key="decision:1", context=CONTEXT)
    assert len(mailoutbox) == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.tell(bob, kind="content_published", key="decision:1", context=CONTEXT)
        services.tell(alice.pk, kind="content_published", key="decision:2", context=CONTEXT)
    assert len(mailoutbox) == 3


def test_many_are_told_by_a_fixed_number_of_statements(django_assert_num_queries):
    def people(count: int) -> list[int]:
        start = Member.objects.count()
        rows = [Member(email=f"m{start + n}@exemple.fr", display_name="M") for n in range(count)]
        return [member.pk for member in Member.objects.bulk_create(rows)]

    few, many = people(3), people(300)
    for number, ids in enumerate((few, many)):
        with django_assert_num_queries(1):
            services.tell_many(ids, kind="event_announced", key=f"event-{number}", context=CONTEXT)
    assert Notification.objects.count() == 303
    services.tell_many(
        Member.objects.values_list("pk", flat=True), kind="event_announced", key="event-1", context=CONTEXT
    )
    assert Notification.objects.count() == 306


def test_telling_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        services.tell_many([], kind="event_announced", key="event-1", context=CONTEXT)


def test_an_unknown_kind_is_a_mistake_of_ours(alice):
    with pytest.raises(KeyError):
        services.tell(alice, kind="newsletter", key="x", context={})
