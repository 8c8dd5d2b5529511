"""The bell: what happened to somebody, grouped by what it is about."""

import pytest
from cast import new_event, new_initiative, new_member
from django.utils import timezone

from members.models import Member
from moderation import services as moderation
from moderation.filter import Ground
from notifications import services
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.services import bell
from tests.notifications.test_notifications_messages import CONTEXT

pytestmark = pytest.mark.django_db


def told(member: Member, *keys: str, about="", kind: str = "initiative_closed", title: str = "Un verger") -> None:
    for key in keys:
        context = CONTEXT | {"title": f"{title} {key}", "url": f"/{key}/"}
        services.tell(member, kind=kind, key=key, context=context, about=about)


def shown(page: bell.Page) -> list[list[str]]:
    return [[line.url.strip("/") for line in group.lines] for group in page.groups]


@pytest.fixture
def orchard(vitre):
    return new_initiative(new_member("dan"), vitre, title="Un verger pour Vitré")


def test_what_is_about_one_thing_is_together_and_the_newest_first(alice, orchard, event):
    told(alice, "a1", about=event)
    told(alice, "b1", about=orchard)
    told(alice, "c1")
    told(alice, "a2", about=event)
    told(alice, "c2")
    page = bell.page(alice)
    assert shown(page) == [["c2"], ["a2", "a1"], ["c1"], ["b1"]]
    assert [str(group.topic) if group.topic else "" for group in page.groups] == [
        "", event.title, "", "Un verger pour Vitré",
    ]  # fmt: skip
    assert page.next is None


def test_a_line_says_what_happened_where_it_leads_and_why_one_hears_of_it(alice, orchard):
    told(alice, "x", about=orchard)
    [group] = bell.page(alice).groups
    [line] = group.lines
    assert "Un verger x" in line.headline and "\n" not in line.headline
    assert (line.url, line.why, line.is_new) == ("/x/", "vous soutenez «\u202fUn verger x\u202f»", True)


def test_a_long_group_shows_its_newest_lines_and_the_others_are_on_its_own_pages(alice, orchard):
    told(alice, *(f"k{number}" for number in range(bell.PAGE + 5)), about=orchard)
    [group] = bell.page(alice).groups
    assert len(group.lines) == bell.LINES and group.is_longer
    first = bell.page_of(alice, group.about)
    rest = bell.page_of(alice, group.about, before=first.next)
    assert shown(first)[0][0] == f"k{bell.PAGE + 4}" and len(first.groups[0].lines) == bell.PAGE
    assert shown(rest) == [["k4", "k3", "k2", "k1", "k0"]] and rest.next is None
    assert str(first.groups[0].topic) == "Un verger pour Vitré"
    assert bell.page_of(alice, "initiatives.initiative 999999").groups == []
    for about in ("", "events.event", "events.event x", "auth.group 1", "pages.happening 1", "x"):
        assert bell.page_of(alice, about).groups == []


def test_pages_follow_each_other_and_each_group_is_on_one(alice, vitre):
    author = new_member("dan")
    things = [new_event(author, vitre, title=f"Réunion {n}") for n in range(2 * bell.GROUPS + 3)]
    for number, thing in enumerate(things):
        told(alice, f"old{number}", about=thing)
    told(alice, *(f"alone{number}" for number in range(4)))
    for number, thing in enumerate(things):
        told(alice, f"new{number}", about=thing)
    seen, before, pages = [], None, 0
    while True:
        page = bell.page(alice, before=before)
        pages += 1
        seen += [group.about for group in page.groups if group.about]
        before = page.next
        if before is None:
            break
    assert pages == 3 and len(seen) == len(set(seen)) == len(things)


def test_nobody_reads_what_another_was_told(alice, bob, orchard):
    told(bob, "x", about=orchard)
    assert bell.page(alice).groups == [] and bell.count_unseen(alice) == 0
    assert bell.page_of(alice, f"initiatives.initiative {orchard.pk}").groups == []
    assert bell.mark_seen(alice, bell.page(bob).newest) == 0


def test_what_was_seen_is_not_counted_and_what_came_meanwhile_is(alice):
    told(alice, "a", "b")
    assert bell.count_unseen(alice) == 2
    page = bell.page(alice)
    told(alice, "c")
    assert bell.mark_seen(alice, page.newest) == 2
    assert bell.count_unseen(alice) == 1
    assert [group.is_new for group in bell.page(alice).groups] == [True, False, False]


def test_the_number_stops_where_nobody_counts_any_more(alice):
    rows = [Notification(recipient=alice, kind="x", key=f"k{n}", in_bell=True) for n in range(150)]
    Notification.objects.bulk_create(rows)
    assert bell.count_unseen(alice) == bell.MOST_COUNTED


def test_a_page_costs_the_same_with_two_groups_or_many(alice, orchard, event, vitre, django_assert_num_queries):
    told(alice, "a", about=orchard)
    told(alice, "b", about=event)
    with django_assert_num_queries(4):
        bell.page(alice)
    for number in range(bell.GROUPS - 2):
        told(alice, *(f"{number}-{line}" for line in range(6)), about=new_event(orchard.author, vitre))
    with django_assert_num_queries(4):
        assert len(bell.page(alice).groups) == bell.GROUPS


# --- What may not be read --------------------------------------------------------------------------------------------


def test_what_a_moderator_withheld_is_not_shown_and_comes_back_with_it(alice, chloe, orchard):
    told(alice, "x", about=orchard)
    told(orchard.author, "mine", about=orchard)
    moderation.withhold(orchard, by=chloe, ground=Ground.INSULT, reason="Une voisine y est insultée.")
    assert bell.page(alice).groups == []
    assert bell.page_of(alice, f"initiatives.initiative {orchard.pk}").groups == []
    assert ["mine"] in shown(bell.page(orchard.author))
    moderation.restore(orchard, by=chloe, reason="Relu.")
    assert shown(bell.page(alice)) == [["x"]]


def test_what_is_told_of_an_initiative_names_an_event_that_may_not_be_read(bob, chloe, orchard, event):
    context = CONTEXT | event.message_context
    services.tell(bob, kind="event_announced", key="e", context=context, about=orchard)
    told(bob, "other", about=orchard)
    moderation.withhold(event, by=chloe, ground=Ground.INSULT, reason="Une voisine y est insultée.")
    assert shown(bell.page(bob)) == [["other"]]


def test_whoever_comes_reads_that_the_event_is_withheld_without_its_words(bob, chloe, event):
    services.tell(bob, kind="event_withheld", key="w", context=CONTEXT | event.said_without_texts)
    moderation.withhold(event, by=chloe, ground=Ground.INSULT, reason="Une voisine y est insultée.")
    [group] = bell.page(bob).groups
    assert group.topic is None and event.title not in group.lines[0].headline


def test_what_is_no_more_is_not_shown(alice, orchard):
    told(alice, "x", about=orchard)
    type(orchard).objects.filter(pk=orchard.pk).delete()
    assert bell.page(alice).groups == []


def test_a_kind_that_is_no_more_is_left_out(alice):
    told(alice, "x")
    Notification.objects.update(kind="unheard_of")
    assert bell.page(alice).groups == []


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.bell])
def test_each_kind_is_said_in_one_line_that_leads_somewhere(alice, kind):
    services.tell(alice, kind=kind, key="x", context=CONTEXT)
    [group] = bell.page(alice).groups
    [line] = group.lines
    assert 10 < len(line.headline) < 110 and line.url.startswith("/") and line.why
    assert line.notification.created_at <= timezone.now()
