"""The dashboard of an initiative: where it stands, what is next, where people came from."""

from datetime import timedelta

import html5lib
import pytest
from cast import client_of, new_action, new_event, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone

from initiatives.models import ActDay, Confirming, CoOrganiser, Initiative, Offer, Pace, Photo, SourceTally, Update
from initiatives.services.sources import MOST, name_source
from initiatives.steps import FIRST_STEP
from pages.dashboard.advice import RULES, told
from pages.dashboard.charts import bars_of, comparison_of
from pages.dashboard.reading import dashboard_of


@pytest.fixture
def orchard(alice, vitre):
    return new_initiative(alice, vitre, published_at=timezone.now() - timedelta(days=100), support_count=12)


QUERIES = 13


def address(initiative: Initiative) -> str:
    return reverse("initiative_dashboard", args=[initiative.slug])


def supported(initiative: Initiative, *, ago: int, count: int) -> None:
    day = timezone.localdate() - timedelta(days=ago)
    ActDay.objects.create(initiative=initiative, kind="support", day=day, count=count)


def board_of(initiative: Initiative, member):
    read = Initiative.objects.for_page(member).get(pk=initiative.pk)
    return dashboard_of(read, is_author=member.pk == initiative.author_id)


# --- Who reads it ----------------------------------------------------------------------------------------------------


def test_a_team_reads_its_dashboard_and_nobody_else(orchard, alice, bob, client):
    page = address(orchard)
    assert client.get(page).status_code == 302
    assert client_of(bob).get(page).status_code == 404
    CoOrganiser.objects.create(initiative=orchard, member=bob)
    for member in (alice, bob):
        text = client_of(member).get(page).text
        assert "Ajouter un lien" in text


def test_a_moderator_reads_it_and_acts_on_nothing(orchard, as_chloe):
    text = as_chloe.get(address(orchard)).text
    assert "Vous lisez cette page pour la modération" in text
    assert "Ajouter un lien" not in text and "Ajouter une photo</a>" not in text
    assert as_chloe.post(reverse("initiative_link_name", args=[orchard.slug]), {"name": "Marché"}).status_code == 404


def test_its_team_finds_it_from_its_page_and_from_their_initiatives(orchard, as_alice):
    for page in (orchard.get_absolute_url(), reverse("my_initiatives")):
        assert f'href="{address(orchard)}"' in as_alice.get(page).text


def test_a_draft_has_none_yet(alice, as_alice):
    draft = new_initiative(alice, state="draft", published_at=None)
    assert as_alice.get(address(draft)).status_code == 302


def test_its_html_is_well_formed(orchard, alice, as_alice):
    for age in (0, 30):
        numbers = {"low": 2, "middle": 6, "high": 9, "compared": 14, "made_at": timezone.now()}
        Pace.objects.create(kind="local_project", scale="commune", age=age, **numbers)
    supported(orchard, ago=99, count=7)
    name_source(orchard, "Marché", by=alice)
    answer = as_alice.get(address(orchard))
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.content)
    assert 'style="' not in answer.text and "<script>" not in answer.text


# --- What it says ----------------------------------------------------------------------------------------------------


def test_supports_are_told_by_day_in_a_drawing_and_in_a_table(orchard, alice, as_alice):
    supported(orchard, ago=3, count=4)
    supported(orchard, ago=95, count=8)
    board = board_of(orchard, alice)
    assert (board.lately.total, board.since_opening.total) == (4, 12)
    text = as_alice.get(address(orchard)).text
    assert text.count("<rect") == 3
    assert "<td>4</td>" in text and "<td>8</td>" in text


def test_the_next_step_is_foretold_at_the_pace_of_the_last_seven_days(orchard, alice):
    supported(orchard, ago=1, count=5)
    supported(orchard, ago=8, count=7)
    step = board_of(orchard, alice).step
    assert (step.goal, step.missing, step.lately) == (25, 13, 5)
    # 13 at 5 a week: the nineteenth day.
    assert step.day == timezone.localdate() + timedelta(days=19)


def test_nothing_is_foretold_when_nobody_comes_or_in_years(orchard, alice, as_alice):
    assert board_of(orchard, alice).step.day is None
    assert "Aucun n’est venu ces sept derniers jours" in as_alice.get(address(orchard)).text
    Initiative.objects.filter(pk=orchard.pk).update(support_count=101)
    supported(orchard, ago=1, count=1)
    assert "dans plus d’un an" in as_alice.get(address(orchard)).text


def test_it_stands_beside_those_like_it_once_there_are_enough(orchard, as_alice):
    assert "moins de 10 initiatives comparables" in as_alice.get(address(orchard)).text
    now = timezone.now()
    for age in (0, 30):
        # Another kind, another scale: nothing to compare with.
        for kind, scale, most in (("local_project", "commune", 9), ("debate", "commune", 77)):
            numbers = {"low": 2, "middle": 6, "high": most, "compared": 14}
            Pace.objects.create(kind=kind, scale=scale, age=age, made_at=now, **numbers)
    supported(orchard, ago=99, count=7)
    text = as_alice.get(address(orchard)).text
    assert "Après 30\xa0jours, vous aviez 7\xa0soutiens" in text and "entre 2 et 9" in text
    assert "77" not in text


def test_a_curve_stops_at_the_last_day_that_is_over():
    today = timezone.localdate()
    paces = [Pace(age=age, low=1, middle=2, high=4, compared=10) for age in (0, 1, 2, 3, 5, 90)]
    drawn = comparison_of({today: 3}, paces, opened=today - timedelta(days=2), today=today)
    assert [point.own for point in drawn.points] == [0, 0, None, None, None]
    assert drawn.now.age == 1


def test_bars_hold_all_supports_of_their_days():
    today = timezone.localdate()
    counts = {today - timedelta(days=at): at + 1 for at in range(20)}
    drawn = bars_of(counts, first=today - timedelta(days=19), last=today, days=7)
    assert [bar.count for bar in drawn.bars] == [119, 70, 21]
    assert drawn.total == sum(counts.values())


@pytest.mark.parametrize(("came", "said"), [(0, "moins de 5"), (4, "moins de 5"), (5, "5\xa0soutiens")])
def test_fewer_than_five_supports_of_a_link_are_not_told(orchard, alice, as_alice, came, said):
    source = name_source(orchard, "Marché", by=alice)
    SourceTally.objects.create(initiative=orchard, source=source.slug, count=came)
    row = as_alice.get(address(orchard)).text.split("<strong>Marché</strong>")[1].split("</p>")[0]
    assert said in row


def test_links_not_used_yet_are_told_as_a_rate_made_in_the_night(orchard, as_alice):
    now = timezone.now()
    assert "de confirmations" not in as_alice.get(address(orchard)).text
    Confirming.objects.create(initiative=orchard, confirmed=30, waiting=10, made_at=now)
    assert "75 % de confirmations" in as_alice.get(address(orchard)).text
    Confirming.objects.update(waiting=2)
    text = as_alice.get(address(orchard)).text
    assert "de confirmations" not in text and "cinq au moins ne l’ont pas encore fait" in text


def test_the_dashboard_costs_the_same_with_two_rows_or_two_hundred(
    orchard, alice, as_alice, django_assert_num_queries, vitre
):
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            supported(orchard, ago=number, count=2)
            SourceTally.objects.create(initiative=orchard, source=f"lien-{number}", count=9)
            new_action(orchard, title=f"Action {number}")
            past = timezone.now() - timedelta(days=3, minutes=number)
            new_event(alice, vitre, initiative=orchard, starts_at=past, ends_at=past + timedelta(hours=1))

    fill(0, 2)
    as_alice.get(address(orchard))
    # Session, member; the initiative and its tags; days, the story, paces, links (2), facts, an event to tell of, an
    # action to fill, links used.
    with django_assert_num_queries(QUERIES):
        as_alice.get(address(orchard))
    fill(2, 40)
    with django_assert_num_queries(QUERIES):
        as_alice.get(address(orchard))


# --- Links -----------------------------------------------------------------------------------------------------------


def test_a_team_names_a_link_and_drops_it(orchard, as_alice):
    page = as_alice.post(
        reverse("initiative_link_name", args=[orchard.slug]), {"name": "Marché du samedi"}, follow=True
    )
    assert f"{orchard.full_address}de/marche-du-samedi/" in page.text
    assert "?de=marche-du-samedi" in page.text
    drop = reverse("initiative_link_drop", args=[orchard.slug, "marche-du-samedi"])
    assert "<strong>Marché du samedi</strong>" not in as_alice.post(drop, follow=True).text


def test_a_refused_name_is_told_in_the_page_and_kept(orchard, as_alice):
    page = as_alice.post(reverse("initiative_link_name", args=[orchard.slug]), {"name": "Tract"})
    assert "Ce lien existe déjà dans la liste." in page.text and 'value="Tract"' in page.text


def test_with_ten_links_of_its_own_a_team_is_offered_no_more(orchard, alice, as_alice):
    for number in range(MOST):
        name_source(orchard, f"Lieu {number}", by=alice)
    text = as_alice.get(address(orchard)).text
    assert "Ajouter un lien" not in text and "retirez-en un" in text


def test_the_code_of_a_link_is_drawn_for_its_team_alone(orchard, as_alice, client):
    code = f"{reverse('initiative_code', args=[orchard.slug])}?de=tract"
    assert as_alice.get(code).content != as_alice.get(code.partition("?")[0]).content
    assert client.get(code).status_code == 302


# --- Advice ----------------------------------------------------------------------------------------------------------


def advised(initiative: Initiative, member) -> list[str]:
    advice = told(board_of(initiative, member).facts, most=99)
    return [each.name for each in [advice.first, *advice.others] if each]


def test_each_advice_is_given_when_it_holds_and_no_more_once_it_is_done(orchard, alice, vitre, bob):
    """A table: what changes, and which advice goes or comes."""
    Initiative.objects.filter(pk=orchard.pk).update(support_count=30)
    assert advised(orchard, alice) == ["cover", "tell", "meet", "action", "team", "links", "share"]
    cover = {"use": Photo.Use.COVER, "alternative": "La friche", "name": "a" * 32, "width": 960, "height": 540}
    Photo.objects.create(initiative=orchard, author=alice, **cover)
    Update.objects.create(
        initiative=orchard, author=alice, title="Ça pousse", text="Trente arbres.", published_at=timezone.now()
    )
    action = new_action(orchard, title="Bêcher", places=4)
    CoOrganiser.objects.create(initiative=orchard, member=bob)
    name_source(orchard, "Marché", by=alice)
    event = new_event(alice, vitre, initiative=orchard)
    assert advised(orchard, alice) == ["fill_action", "share"]
    action.taken = 4
    action.save(update_fields=["taken"])
    past = timezone.now() - timedelta(days=2)
    event.starts_at, event.ends_at = past, past + timedelta(hours=2)
    event.save(update_fields=["starts_at", "ends_at"])
    assert advised(orchard, alice) == ["report", "meet", "share"]


def test_whoever_offers_help_is_answered_first(orchard, alice, bob):
    need = orchard.needs.create(author=alice, sort="object", words="Une bêche", published_at=timezone.now())
    Offer.objects.create(need=need, member=bob, message="J’en ai deux.")
    assert advised(orchard, alice)[0] == "offers"


def test_advice_opens_with_supports(orchard, alice):
    Initiative.objects.filter(pk=orchard.pk).update(support_count=4)
    few = told(board_of(orchard, alice).facts, most=99)
    assert {rule.opens_at for rule in RULES} == {0, 5, 25}
    assert few.opens_at == 5 and {"cover", "share"} == {few.first.name, *(each.name for each in few.others)}
    Initiative.objects.filter(pk=orchard.pk).update(support_count=24)
    many = told(board_of(orchard, alice).facts, most=99)
    assert many.opens_at == 25 and [str(title) for title in many.opening] == ["donner rendez-vous"]


def test_what_gathers_its_first_five_is_advised_that_alone_first(alice, as_alice):
    nursery = new_initiative(
        alice, state="preparing", published_at=None, nursery_key="a" * 10, launched_at=timezone.now(), steps=[]
    )
    assert advised(nursery, alice)[0] == "gather"
    text = as_alice.get(address(nursery)).text
    assert "Envoyer le lien" in text and f"À {FIRST_STEP} soutiens" in text


def test_what_ended_is_advised_to_be_told_and_nothing_else(alice, as_alice):
    ended = new_initiative(alice, state="succeeded")
    assert advised(ended, alice) == ["outcome"]
    assert as_alice.get(address(ended)).status_code == 200


def test_what_is_withheld_is_advised_nothing(alice, as_alice):
    withheld = new_initiative(alice, withheld_at=timezone.now())
    assert advised(withheld, alice) == []
    assert as_alice.get(address(withheld)).status_code == 200


def test_one_act_is_prominent(orchard, as_alice):
    text = as_alice.get(address(orchard)).text
    # The one of the site's banner aside.
    assert text.partition("<main")[2].partition("</main>")[0].count('class="button"') == 1


def test_an_initiative_of_somebody_who_left_is_read_by_its_team(orchard, bob):
    Initiative.objects.filter(pk=orchard.pk).update(author=None, frozen_at=timezone.now())
    CoOrganiser.objects.create(initiative=orchard, member=bob)
    assert client_of(bob).get(address(orchard)).status_code == 200
    assert client_of(new_member("zoe")).get(address(orchard)).status_code == 404
