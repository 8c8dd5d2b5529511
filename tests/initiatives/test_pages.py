"""The pages of initiatives: found, read, opened, edited, by those who may."""

import pytest
from cast import client_of, new_event, new_initiative, new_member, new_need
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.models import Initiative
from initiatives.services import life, supports
from moderation.models import Case, Decision
from territories.models import Commune

SUBJECT = {
    "kind": "local_project",
    "title": "Une piste cyclable jusqu’au lycée",
    "summary": "Deux kilomètres de piste séparée entre le centre et le lycée, avant la rentrée.",
}
TEXT = {
    "problem": "Trois cents lycéens roulent chaque matin sur une route sans trottoir.",
    "proposal": "Une piste séparée, large de trois mètres, éclairée l’hiver.",
    "means": "La commune étudie, le département finance.",
}
PLACE = {
    "level": "commune",
    "commune": "Vitré",
    "commune_code": "35360",
    "themes": ["transports"],
    "tags": "Vélo, école",
}


def page(client, address, **query) -> str:
    answer = client.get(address, query, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(client, **query) -> str:
    return page(client, reverse("initiatives"), **query)


# --- Looking for -----------------------------------------------------------------------------------------------------


def test_words_are_looked_for_over_the_whole_site_among_initiatives_first(visitor, initiative):
    answer = visitor.get(reverse("initiatives"), {"q": " vergers partagés ", "lieu": "Vitré", "etat": "abouties"})
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/recherche/?q=vergers+partag%C3%A9s&type=initiative&lieu=35360-vitre&etat=succeeded",
    )
    assert initiative.get_absolute_url() in titles(visitor, q="vergers partages")
    assert initiative.get_absolute_url() not in titles(visitor, q="piscine")


def test_the_box_of_the_list_takes_its_filters_along(visitor, initiative):
    form = titles(visitor, lieu="Vitré", theme="transports").partition('aria-label="Parmi les initiatives"')[2]
    form = form.partition("</form>")[0]
    for name, value in {"type": "initiative", "lieu": "35360-vitre", "theme": "transports"}.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in form
    assert 'name="q"' in form and "etat" not in form


def test_no_national_project_belongs_to_a_place(visitor, alice, vitre):
    new_initiative(alice, title="Un train de nuit pour chaque région")
    answer = visitor.get(reverse("initiatives"), {"sorte": "national_project", "lieu": "Vitré"})
    assert not answer.context["page"].rows
    assert "Aucune initiative ne correspond" in answer.content.decode()


def test_a_link_checker_may_ask_for_the_headers_alone(visitor, initiative):
    for address in (
        "/",
        reverse("initiatives"),
        initiative.get_absolute_url(),
        "/territoires/35360-vitre/",
        "/classement/",
    ):
        answer = visitor.head(address)
        assert (answer.status_code, answer.content) == (200, b"")


def test_filters_narrow_the_list(visitor, alice, vitre, initiative):
    national = new_initiative(alice, title="Un train de nuit pour chaque région")
    national.tags.set(["Transports"])
    assert national.title in titles(visitor, sorte="national_project")
    assert initiative.title not in titles(visitor, sorte="national_project")
    assert national.title in titles(visitor, theme="transports")
    assert initiative.title not in titles(visitor, theme="transports")
    for place in ("Vitré", "35360-vitre", "35-ille-et-vilaine", "r53-bretagne", "Bretagne"):
        assert initiative.title in titles(visitor, lieu=place)
        assert national.title not in titles(visitor, lieu=place)


def test_a_place_named_by_its_code_is_shown_in_words(visitor, initiative):
    assert 'value="Ille-et-Vilaine"' in titles(visitor, lieu="35-ille-et-vilaine")
    assert 'value="Vitré (Ille-et-Vilaine)"' in titles(visitor, lieu="35360-vitre")
    assert initiative.title in titles(visitor, lieu="Vitré (Ille-et-Vilaine)")


def test_wrong_filters_are_ignored_and_an_unknown_place_is_said(visitor, initiative):
    wrong = {"sorte": "x", "theme": "x", "tri": "x", "apres": "é\x00"}
    assert initiative.title in titles(visitor, **wrong)
    answer = titles(visitor, lieu="Trifouillis-les-Oies")
    assert "Nous ne connaissons pas" in answer
    assert initiative.title in answer


@pytest.mark.parametrize(
    "cursor", ["zzz", "W10", "WyIxIl0", "bnVsbA", "WyJ4IiwieSJd", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LDFd"]
)
def test_a_wrong_cursor_starts_again(visitor, initiative, cursor):
    assert initiative.title in titles(visitor, apres=cursor)
    assert initiative.title in titles(visitor, apres=cursor, tri="soutenues")


@pytest.mark.parametrize("order", ["", "soutenues"])
def test_pages_follow_each_other_without_a_gap_or_a_double(visitor, alice, order):
    for n in range(45):
        new_initiative(alice, title=f"Une idée parmi d’autres, la {n:02}e", support_count=n // 3)
    seen, cursor = [], ""
    for _ in range(4):
        answer = visitor.get(reverse("initiatives"), {"tri": order, "apres": cursor})
        found = answer.context["page"]
        seen += [row.pk for row in found]
        cursor = found.next
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 45


def test_the_list_costs_the_same_for_two_or_fifteen(visitor, alice, vitre, query_bill):
    def fill(count):
        for n in range(count):
            new_initiative(alice, vitre, title=f"Une idée parmi d’autres, la {n:02}e").tags.set(["Transports", "vélo"])

    # initiatives with their authors, tags, themes of the filter (twice), demonstration
    query_bill(visitor, reverse("initiatives"), fill, most=6)


@pytest.mark.parametrize("state", ["draft", "preparing", "submitted"])
def test_what_is_not_published_is_in_no_list(visitor, initiative, state):
    Initiative.objects.update(state=state, published_at=None, nursery_key="k7f3q9x2wd")
    assert initiative.title not in titles(visitor)
    assert initiative.title not in page(visitor, "/")
    assert initiative.title not in page(visitor, "/territoires/35360-vitre/")


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_the_address_keeps_working_when_the_title_changes(visitor, initiative):
    old = initiative.get_absolute_url()
    Initiative.objects.update(title="Un tout autre titre pour le verger")
    answer = visitor.get(old)
    assert answer.status_code == 301
    assert answer.url == f"/initiatives/un-tout-autre-titre-pour-le-verger-{initiative.pk}/"
    assert visitor.get(f"/initiatives/{initiative.pk}/").status_code == 301


def test_an_initiative_that_never_was_is_not_found(visitor, initiative):
    assert visitor.get("/initiatives/rien-999999/").status_code == 404
    assert visitor.get("/initiatives/rien-999999999999999999/").status_code == 404


def test_markdown_is_rendered_and_scripts_are_not(visitor, initiative):
    Initiative.objects.update(problem="**Fort** <script>alert(1)</script> [là](javascript:alert(1)) <b onclick=x>")
    text = page(visitor, initiative.get_absolute_url())
    assert "<strong>Fort</strong>" in text
    assert "<script>alert" not in text
    assert 'href="javascript' not in text


def test_a_page_costs_at_most_twelve_queries(as_bob, alice, vitre, initiative, query_bill):
    initiative.tags.set(["Transports", "Sport", "vélo"])

    def fill(count):
        for _ in range(count):
            new_event(alice, vitre, initiative=initiative)

    # session, member, initiative, tags, what there is to do, story, discussion, merger, photos, events
    query_bill(as_bob, initiative.get_absolute_url(), fill, most=10)


def test_what_a_visitor_reads_is_the_same_for_all_and_holds_nothing(initiative):
    for address in ("/", reverse("initiatives"), initiative.get_absolute_url(), "/territoires/35360-vitre/"):
        first, second = Client().get(address), Client(headers={"User-Agent": "another"}).get(address)
        assert first.content == second.content
        assert not first.cookies
        assert "csrfmiddlewaretoken" not in first.content.decode()
        assert "public" in first["Cache-Control"] and "s-maxage" in first["Cache-Control"]
        assert first["ETag"] == second["ETag"]
        again = Client(headers={"If-None-Match": first["ETag"]}).get(address)
        assert again.status_code == 304


def test_what_a_member_reads_is_kept_by_no_shared_cache(as_bob, initiative):
    answer = as_bob.get(initiative.get_absolute_url())
    assert "private" in answer["Cache-Control"]
    assert "csrfmiddlewaretoken" in answer.content.decode()


def test_a_withheld_initiative_exists_for_its_author_and_moderators_alone(
    visitor, as_bob, as_alice, as_chloe, chloe, initiative
):
    Initiative.objects.update(withheld_at=timezone.now())
    address = initiative.get_absolute_url()
    # The others read that it was withheld, and nothing of it; her mailbox alone, without the second factor, neither.
    for client in (visitor, as_bob, client_of(chloe)):
        gone = client.get(address)
        assert gone.status_code == 410
        assert "Cette initiative est retirée" in gone.content.decode()
        assert initiative.title not in gone.content.decode()
    assert "est retirée" in as_alice.get(address).content.decode()
    assert as_chloe.get(address).status_code == 200


# --- Opening ---------------------------------------------------------------------------------------------------------


def open_initiative(client, **changes) -> Initiative:
    """Through the guided form, up to the preview."""
    given = SUBJECT | TEXT | PLACE | changes
    answer = client.post(reverse("initiative_new"), given)
    assert answer.status_code == 302, answer.context["form"].errors
    initiative = Initiative.objects.latest("pk")
    answer = client.post(answer.url, given)
    assert answer.status_code == 302, answer.context["form"].errors
    answer = client.post(answer.url, given)
    assert answer.status_code == 302, answer.context["form"].errors
    assert answer.url == reverse("initiative_preview", args=[initiative.slug])
    initiative.refresh_from_db()
    return initiative


def gather_five(client, draft) -> None:
    """The author launches it, and five people come by its link."""
    client.post(reverse("initiative_launch", args=[draft.slug]))
    draft.refresh_from_db()
    for number in range(5):
        supports.support(draft, by=new_member(f"ami{number}"))
    tasks.fold_supports()
    tasks.reach_steps()


def test_a_member_opens_a_local_project(as_bob, visitor, vitre):
    draft = open_initiative(as_bob)
    assert draft.state == "draft"
    assert draft.commune == vitre and draft.department_id == "35" and draft.region_id == "53"
    assert sorted(tag.name for tag in draft.tags.all()) == ["Transports", "vélo", "école"]
    assert visitor.get(draft.get_absolute_url()).status_code == 404
    assert SUBJECT["title"] in as_bob.get(reverse("initiative_preview", args=[draft.slug])).content.decode()
    gather_five(as_bob, draft)
    draft.refresh_from_db()
    assert draft.state == "published" and draft.published_at
    assert SUBJECT["title"] in titles(visitor)


def test_an_error_is_said_where_it_is_and_nothing_typed_is_lost(as_bob):
    answer = as_bob.post(reverse("initiative_new"), SUBJECT | {"title": "Court"})
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert "Court" in text and SUBJECT["summary"] in text
    assert not Initiative.objects.exists()


def test_a_project_with_an_insult_in_it_waits_for_a_moderator(as_bob, visitor):
    draft = open_initiative(as_bob, means="Tu es un connard, Morel, et tout le quartier le sait.")
    gather_five(as_bob, draft)
    draft.refresh_from_db()
    assert draft.state == "submitted" and draft.published_at is None
    assert Case.objects.get().content == draft
    assert SUBJECT["title"] not in titles(visitor)
    assert visitor.get(f"/initiatives/{draft.pk}/").status_code == 404
    assert "relit votre initiative" in as_bob.get(draft.get_absolute_url()).content.decode()


def test_an_unlawful_text_is_refused_with_its_ground_and_logged(as_bob):
    threat = "Je vais te tuer, sale chien, tu vas crever."
    draft = open_initiative(as_bob)
    answer = as_bob.post(reverse("initiative_text", args=[draft.slug]), TEXT | {"problem": threat})
    assert answer.status_code == 200
    assert threat in answer.content.decode()
    assert "problem" in answer.context["form"].errors
    decision = Decision.objects.get()
    assert (decision.verb, decision.automated) == ("refuse", True)
    draft.refresh_from_db()
    assert draft.problem == TEXT["problem"]


@pytest.mark.parametrize(
    "criticism",
    [
        "Le gouvernement ment, le président doit démissionner : cette réforme est une honte, une belle merde.",
        "Le parti qui tient ce site raconte n’importe quoi depuis des mois.",
        "Ministres incapables, députés godillots : dehors !",
    ],
)
def test_criticism_is_published_at_once(as_bob, criticism):
    draft = open_initiative(as_bob, problem=criticism)
    gather_five(as_bob, draft)
    draft.refresh_from_db()
    assert draft.state == "published"


def test_a_keyword_is_read_by_the_filter_too(as_bob):
    draft = open_initiative(as_bob, tags="vélo, tu es un connard")
    gather_five(as_bob, draft)
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_submitting_twice_is_harmless(as_bob):
    draft = open_initiative(as_bob)
    gather_five(as_bob, draft)
    published_at = Initiative.objects.get().published_at
    assert life.submit(draft) is None
    assert as_bob.post(reverse("initiative_launch", args=[draft.slug]), follow=True).status_code == 200
    assert Initiative.objects.get().published_at == published_at


def test_an_unfinished_draft_cannot_be_launched(as_bob):
    as_bob.post(reverse("initiative_new"), SUBJECT)
    draft = Initiative.objects.get()
    answer = as_bob.post(reverse("initiative_launch", args=[draft.slug]), follow=True)
    assert "Il manque encore" in answer.content.decode()
    assert Initiative.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("themes", [], "au moins un thème"),
        ("themes", ["transports", "sante", "sport", "culture"], "Trois thèmes au plus"),
        ("themes", ["nimporte"], ""),
        ("tags", "a, b, c, d, e, f", "Cinq mots-clés au plus"),
        ("commune", "", "Dites-nous où"),
        ("level", "country", ""),
    ],
)
def test_a_wrong_place_or_theme_is_refused(as_bob, field, value, said):
    draft = open_initiative(as_bob)
    wrong = {k: v for k, v in PLACE.items() if k != "commune_code"} | {field: value}
    answer = as_bob.post(reverse("initiative_place", args=[draft.slug]), wrong)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("level", "label"),
    [("department", "Ille-et-Vilaine"), ("region", "Bretagne")],
)
def test_a_project_may_belong_to_a_departement_or_a_region(as_bob, level, label):
    draft = open_initiative(as_bob, level=level)
    assert draft.commune is None
    assert label in draft.place_label


def test_a_national_project_belongs_to_france(as_bob):
    draft = open_initiative(as_bob, kind="national_project")
    assert draft.territory is None
    assert draft.place_label == "France"


def test_changing_a_draft_to_a_national_project_forgets_its_place(as_bob):
    draft = open_initiative(as_bob)
    answer = as_bob.post(reverse("initiative_subject", args=[draft.slug]), SUBJECT | {"kind": "national_project"})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.kind == "national_project" and draft.territory is None


def test_a_draft_is_erased_by_its_author_alone(as_bob, as_alice):
    draft = open_initiative(as_bob)
    address = reverse("initiative_discard", args=[draft.slug])
    assert as_alice.post(address).status_code == 404
    as_bob.post(address)
    assert not Initiative.objects.exists()
    assert as_bob.post(address).status_code == 404


def test_a_published_initiative_is_not_erased(as_alice, initiative):
    assert as_alice.post(reverse("initiative_discard", args=[initiative.slug])).status_code == 404
    assert Initiative.objects.exists()


# --- Editing ---------------------------------------------------------------------------------------------------------


def test_a_clean_edit_is_online_at_once(as_alice, initiative):
    as_alice.post(reverse("initiative_text", args=[initiative.slug]), TEXT)
    initiative.refresh_from_db()
    assert initiative.problem == TEXT["problem"]


def test_a_doubtful_edit_waits_and_the_old_text_stays(as_alice, initiative):
    before = initiative.problem
    doubtful = TEXT | {"problem": "Le voisin refuse tout. Tu es un connard, voisin."}
    as_alice.post(reverse("initiative_text", args=[initiative.slug]), doubtful)
    initiative.refresh_from_db()
    assert initiative.problem == before
    assert Case.objects.get().proposed["problem"] == doubtful["problem"]


def test_putting_the_public_text_back_takes_back_what_waited(as_alice, initiative):
    address = reverse("initiative_text", args=[initiative.slug])
    as_alice.post(address, TEXT)
    as_alice.post(address, TEXT | {"problem": "Le voisin refuse tout. Tu es un connard, voisin."})
    assert Case.objects.open().exists()
    as_alice.post(address, TEXT)
    assert not Case.objects.open().exists()
    initiative.refresh_from_db()
    assert initiative.problem == TEXT["problem"]


def test_the_kind_does_not_change_once_people_supported_it(as_alice, initiative):
    as_alice.post(reverse("initiative_subject", args=[initiative.slug]), SUBJECT | {"kind": "debate"})
    initiative.refresh_from_db()
    assert initiative.kind == "local_project"
    assert initiative.title == SUBJECT["title"]


# --- Who may ---------------------------------------------------------------------------------------------------------

OWN = ["subject", "text", "place", "preview"]


@pytest.mark.parametrize("step", OWN)
def test_only_the_author_edits(visitor, as_bob, as_alice, chloe, initiative, step):
    address = reverse(f"initiative_{step}", args=[initiative.slug])
    assert visitor.get(address).status_code == 302
    assert as_bob.get(address).status_code == 404
    assert client_of(chloe).get(address).status_code == 404
    assert as_alice.get(address).status_code == (302 if step == "preview" else 200)


@pytest.mark.parametrize("verb", ["launch", "discard"])
def test_verbs_are_posts(as_alice, initiative, verb):
    assert as_alice.get(reverse(f"initiative_{verb}", args=[initiative.slug])).status_code == 405


@pytest.mark.parametrize("name", ["initiative_new", "my_initiatives"])
def test_ones_own_pages_ask_who_one_is(visitor, as_bob, name):
    answer = visitor.get(reverse(name))
    assert answer.status_code == 302 and answer.url.startswith(reverse("account_login"))
    assert as_bob.get(reverse(name)).status_code == 200


def test_the_queryset_itself_hides(initiative, alice, bob, chloe):
    Initiative.objects.update(withheld_at=timezone.now())
    for member, sees in ((AnonymousUser(), 0), (bob, 0), (alice, 1), (chloe, 0), (new_member("eva"), 0)):
        assert Initiative.objects.visible_to(member).count() == sees
    assert Initiative.objects.visible_to(chloe, moderating=True).count() == 1


def test_a_draft_is_its_authors_alone(as_alice, as_bob, as_chloe, visitor, initiative, alice, bob, chloe):
    address = initiative.get_absolute_url()
    assert as_chloe.get(address).status_code == 200
    Initiative.objects.update(state="draft", published_at=None)
    assert as_alice.get(address).status_code == 200
    for client in (as_chloe, as_bob, visitor):
        assert client.get(address).status_code == 404
    for member, sees in ((AnonymousUser(), 0), (bob, 0), (alice, 1)):
        assert Initiative.objects.visible_to(member).count() == sees
    assert not Initiative.objects.visible_to(chloe, moderating=True).exists()


def test_the_administration_holds_no_draft(initiative, rf, chloe):
    request = rf.get("/")
    request.user = chloe
    in_admin = admin.site.get_model_admin(Initiative)
    assert initiative in in_admin.get_queryset(request)
    Initiative.objects.update(state="draft", published_at=None)
    assert not in_admin.get_queryset(request).exists()


def test_what_is_in_an_arrondissement_is_in_its_city(visitor, alice):
    eleventh = Commune.objects.select_related("department__region").get(code="75111")
    there = new_initiative(alice, eleventh)
    assert there.title in titles(visitor, lieu="75056-paris")
    assert there.title in titles(visitor, lieu="Paris")
    assert there.title not in titles(visitor, lieu="75112-paris-12e")


def test_nobody_is_asked_to_come_in_for_what_is_not_there(visitor, alice, vitre, initiative):
    preparing = new_initiative(alice, vitre, state="preparing", published_at=None, nursery_key="k7f3q9x2wd")
    need = new_need(initiative)
    withheld = new_need(initiative, words="Un lieu pour se réunir", withheld_at=timezone.now())
    for name, args, status in [
        ("need_offer", [initiative.slug, need.pk], 200),
        ("need_offer", [initiative.slug, withheld.pk], 404),
        ("need_offer", [initiative.slug, 999], 404),
        ("discussion_write", [initiative.slug], 200),
        ("discussion_write", [preparing.slug], 404),
        ("discussion_reply", [initiative.slug, 999], 404),
    ]:
        assert visitor.get(reverse(name, args=args)).status_code == status, (name, args)
