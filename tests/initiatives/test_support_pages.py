"""What a visitor and a member see of supports: each page in each of its states."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from core.french import NARROW_SPACE, NO_BREAK_SPACE
from initiatives.models import Initiative, Support, SupportReview, SupportTally
from initiatives.models.milestone import LADDER
from initiatives.services import counting, own, supports
from members.addresses import address_key
from territories.lookup import communes_of_postcode
from territories.models import Department
from tests.face.test_templates import assert_valid

pytestmark = pytest.mark.django_db

#: Vitré shares its postcode with ten others, Rennes has its own.
FORM = {
    "first_name": "Claire",
    "email": "claire@exemple.fr",
    "postcode": "35500",
    "commune": "35360",
    "consent": "on",
}
ALONE = "35000"
SHARED = "35370"
HTMX = {"HX-Request": "true"}


def plain(html: str) -> str:
    """The text of a page as one reads it: no tags, plain spaces, nothing that is hidden from everybody."""
    html = re.sub(r"<(\w+)[^>]*\shidden>.*?</\1>", "", html, flags=re.S)
    html = re.sub(r"<[^>]+>", " ", re.sub(r"<(head|script|noscript)\b.*?</\1>", "", html, flags=re.S))
    html = html.replace("&#x27;", "'").replace("&amp;", "&").replace(NARROW_SPACE, " ").replace(NO_BREAK_SPACE, " ")
    return " ".join(html.split())


def main(html: str) -> str:
    """What stands between the header and the footer."""
    return html.partition("<main")[2].partition(">")[2].partition("</main>")[0] or html


def read(client: Client, address: str, status: int = 200, **options) -> str:
    """The text of a page of the site, which is valid HTML."""
    answer = client.get(address, **options)
    assert answer.status_code == status
    if "headers" not in options:
        assert_valid(answer.text)
    return plain(main(answer.text))


def support_page(initiative: Initiative) -> str:
    return reverse("initiative_support", args=[initiative.slug])


def link_of(row: Support) -> str:
    return reverse("support_link", args=[row.initiative.slug, supports.token_of(row.pk)])


@pytest.fixture
def pending(visitor, vitre, initiative) -> Support:
    """Claire, of Vitré, filled the form in."""
    assert visitor.post(support_page(initiative), FORM).status_code == 302
    return Support.objects.get()


@pytest.fixture
def given(pending) -> Support:
    """She then confirmed."""
    supports.confirm(pending.pk)
    pending.refresh_from_db()
    return pending


# --- The number and its next step ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "said", "unsaid"),
    [
        (0, "Soyez parmi les cinq premiers", "Encore"),
        (4, "Soyez parmi les cinq premiers", "Encore"),
        (5, "Encore 20 soutiens 5 soutiens déjà , prochain palier : 25", "cinq premiers"),
        (24, "Encore 1 soutien 24 soutiens déjà , prochain palier : 25", "cinq premiers"),
        (25, "25 soutiens Encore 75 soutiens pour arriver à 100", "cinq premiers"),
        (12_480, "12 480 soutiens Encore 37 520 soutiens pour arriver à 50 000", "déjà"),
        (1_000_000, "1 000 000 soutiens", "Encore"),
    ],
)
def test_the_page_says_how_many_are_missing_then_how_many_came(visitor, alice, vitre, count, said, unsaid):
    initiative = new_initiative(alice, vitre, support_count=count, steps=list(LADDER))
    text = read(visitor, initiative.get_absolute_url())
    assert said in text
    assert unsaid not in text


def test_the_page_holds_what_its_number_follows(visitor, initiative):
    html = visitor.get(initiative.get_absolute_url()).text
    assert f'data-follow="{reverse("initiative_number", args=[initiative.slug])}"' in html


def test_what_was_removed_is_said_with_its_reason_until_it_is_undone(visitor, alice, initiative):
    review = SupportReview.objects.create(
        initiative=initiative, act="remove", domain="robots.exemple", reason="Adresses d’un robot", count=41
    )
    SupportReview.objects.create(
        initiative=initiative, act="accept", domain="mairie.exemple", reason="Un stand à la mairie", count=12
    )
    text = read(visitor, initiative.get_absolute_url())
    assert "41 soutiens retirés : Adresses d’un robot" in text
    assert "mairie" not in text
    assert "robots.exemple" not in text
    SupportReview.objects.filter(pk=review.pk).update(undone_at=timezone.now())
    assert "robot" not in read(visitor, initiative.get_absolute_url())


def tally(initiative, total: int, **counts: int) -> None:
    """The numbers of an initiative as they are folded; d35=7: seven in Ille-et-Vilaine."""
    Initiative.objects.filter(pk=initiative.pk).update(support_count=total)
    for name, count in counts.items():
        SupportTally.objects.create(
            initiative=initiative, department_id=name.removeprefix("d"), commune=None, count=count
        )


def test_departements_of_fewer_than_five_are_not_named(visitor, initiative, vitre):
    tally(initiative, 24, d35=7, d29=5, d56=4, d22=4)
    SupportTally.objects.create(initiative=initiative, department_id="35", commune=vitre, count=6)
    text = read(visitor, initiative.get_absolute_url())
    assert "7 soutiens en Ille-et-Vilaine, et ailleurs Ille-et-Vilaine 7 soutiens Finistère 5 soutiens" in text
    assert "Morbihan" not in text


def test_what_is_left_of_the_total_does_not_tell_of_a_few(visitor, initiative):
    """Seven and five out of sixteen would say that four are elsewhere."""
    tally(initiative, 16, d35=7, d29=5, d56=4)
    text = read(visitor, initiative.get_absolute_url())
    assert "Ille-et-Vilaine 7 soutiens" in text
    assert "Finistère" not in text


def test_every_departement_that_may_be_named_is_the_first_first(visitor, initiative):
    codes = list(Department.objects.order_by("code").values_list("code", flat=True)[:14])
    tally(initiative, sum(range(10, 24)), **{f"d{code}": 10 + n for n, code in enumerate(codes)})
    shown = [tally.count for tally in visitor.get(initiative.get_absolute_url()).context["story"].tallies]
    assert shown == list(range(23, 9, -1))


# --- The visitor's form ----------------------------------------------------------------------------------------------


def test_the_kept_page_leads_to_the_form_and_holds_none(visitor, initiative):
    answer = visitor.get(initiative.get_absolute_url())
    assert f'href="{support_page(initiative)}" hx-get="{support_page(initiative)}"' in answer.text
    assert "csrfmiddlewaretoken" not in answer.text
    assert "public" in answer["Cache-Control"]


def test_the_form_asks_four_things_and_a_consent_that_is_not_ticked(visitor, initiative):
    answer = visitor.get(support_page(initiative))
    assert_valid(answer.text)
    box = main(answer.text)
    assert re.findall(r'<input[^>]*name="(\w+)"', box) == [
        "csrfmiddlewaretoken", "first_name", "email", "postcode", "consent",
    ]  # fmt: skip
    assert "checked" not in box and "password" not in box
    assert 'type="email"' in box and 'inputmode="numeric"' in box and 'autocomplete="given-name"' in box
    assert box.count('class="button') == 1
    assert f"{reverse('account_login')}?next=" in box
    assert "private" in answer["Cache-Control"]


def test_htmx_gets_the_form_alone_to_stand_in_place_of_the_button(visitor, initiative):
    body = visitor.get(support_page(initiative), headers=HTMX).text
    assert body.count('id="soutien-acte"') == 1
    assert "<html" not in body
    # The first field has the focus: one begins to type.
    assert 'data-focus="#id_first_name"' in body and 'id="id_first_name"' in body


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("first_name", "", "Écrivez votre prénom."),
        ("email", "claire@", "Cette adresse n’est pas complète"),
        ("postcode", "355", "Un code postal a cinq chiffres"),
        ("postcode", "00000", "Nous ne connaissons pas ce code postal."),
        ("consent", "", "Cochez cette case"),
    ],
)
def test_an_error_is_said_on_top_and_nothing_typed_is_lost(visitor, initiative, field, wrong, said, headers):
    answer = visitor.post(support_page(initiative), FORM | {field: wrong}, headers=headers)
    assert answer.status_code == 200
    box = main(answer.text)
    assert 'role="alert"' in box and "Un point à reprendre" in box
    assert plain(box).count(said) == 2
    assert f'href="#id_{field}"' in box
    for name, value in (FORM | {field: wrong}).items():
        if name == "consent":
            assert bool(re.search(r'name="consent"[^>]*checked', box)) == bool(value)
        elif name == "commune":
            # Asked again with its postcode.
            assert bool(re.search(r'value="35360"[^>]*checked', box)) == (field != "postcode")
        elif value:
            assert f'value="{value}"' in box
    # The summary has the focus, not the first field.
    assert "data-focus=" not in box and "data-focus " in box
    assert not Support.objects.exists()


def test_a_postcode_may_be_written_with_a_space(visitor, initiative):
    assert visitor.post(support_page(initiative), FORM | {"postcode": " 35 500"}).status_code == 302
    assert Support.objects.get().commune_id == FORM["commune"]


def test_the_commune_is_asked_when_the_postcode_has_several(visitor, initiative):
    communes = communes_of_postcode(SHARED)
    assert len(communes) > 1
    answer = visitor.post(support_page(initiative), FORM | {"postcode": SHARED, "commune": ""})
    assert_valid(answer.text)
    assert "choisissez la vôtre" in answer.text and "facultatif" not in answer.text
    assert 'href="#id_commune_group"' in answer.text
    for commune in communes:
        assert f'value="{commune.pk}"' in answer.text
    chosen = FORM | {"postcode": SHARED, "commune": communes[-1].pk}
    # Once chosen it is kept, whatever else is to mend.
    refused = visitor.post(support_page(initiative), chosen | {"first_name": ""}).text
    assert re.search(rf'value="{communes[-1].pk}"[^>]*checked', refused)
    assert visitor.post(support_page(initiative), chosen).status_code == 302
    assert Support.objects.get().commune == communes[-1]


def test_a_postcode_typed_brings_its_communes_and_no_error(visitor):
    address = reverse("communes_of_postcode")
    body = visitor.get(address, {"postcode": SHARED}, headers=HTMX).text
    offered = re.findall(r'type="radio" name="commune" value="(\w+)"', body)
    assert offered == [commune.pk for commune in communes_of_postcode(SHARED)]
    assert "error" not in body and "aria-invalid" not in body and "checked" not in body
    for other in (ALONE, "355", "", "abcde", "99999"):
        answer = visitor.get(address, {"postcode": other}, headers=HTMX)
        assert (answer.status_code, answer.text.strip()) == (200, "")
        assert not answer.cookies


def test_after_the_form_the_page_says_what_to_do(visitor, initiative):
    answer = visitor.post(support_page(initiative), FORM)
    assert answer.url == reverse("support_sent", args=[initiative.slug])
    text = read(visitor, answer.url)
    for said in ("Regardez votre boîte", "Avant ce bouton, rien n’est compté", "indésirables", "Recommencer"):
        assert said in text
    assert "claire" not in visitor.get(answer.url).text.lower()
    body = visitor.post(support_page(initiative), FORM, headers=HTMX).text
    assert "Regardez votre boîte" in body and body.count('id="soutien-acte"') == 1


def test_the_same_bytes_whoever_has_the_address(initiative, bob, alice):
    """A member, a supporter, somebody who asked already, somebody unknown."""
    supports.support(initiative, by=alice)
    Client().post(support_page(initiative), FORM | {"email": "asked@exemple.fr"})
    seen = set()
    for email in (bob.email, alice.email, "asked@exemple.fr", "unknown@exemple.fr"):
        for headers in ({}, HTMX):
            client = Client()
            answer = client.post(support_page(initiative), FORM | {"email": email}, headers=headers)
            page = client.get(answer.url) if answer.status_code == 302 else answer
            wrong = client.post(support_page(initiative), FORM | {"email": email, "consent": ""}, headers=headers)
            assert wrong.status_code == 200
            masked = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", wrong.text).replace(email, "")
            # In place, what was typed is repeated.
            sent = page.text.replace(email, "")
            seen.add((bool(headers), answer.status_code, answer.get("Location"), sent, masked))
    assert len(seen) == 2


def test_what_is_not_open_has_no_form(visitor, initiative):
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    for answer in (visitor.get(support_page(initiative)), visitor.post(support_page(initiative), FORM)):
        assert answer.status_code == 409
        assert_valid(answer.text)
        assert "pas ouverte aux soutiens" in answer.text
        assert "first_name" not in answer.text
    # In place of the form that was being filled in, the whole box.
    answer = visitor.post(support_page(initiative), FORM, headers=HTMX)
    assert answer["HX-Retarget"] == "#soutien" and 'id="soutien"' in answer.text


# --- The link of the message -----------------------------------------------------------------------------------------


def test_the_link_shows_one_button_and_counts_nothing(visitor, pending):
    answer = visitor.get(link_of(pending))
    assert_valid(answer.text)
    box = main(answer.text)
    text = plain(box)
    assert pending.initiative.title in text and "Claire, Vitré" in text
    assert "Ce n’est pas vous ? Fermez cette page : rien ne sera compté." in text
    assert box.count("<button") == 1 and "Confirmer mon soutien" in text
    assert f'action="{link_of(pending)}"' in box
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "claire@exemple.fr" not in answer.text
    pending.refresh_from_db()
    assert pending.is_pending


def test_the_address_of_a_link_is_nowhere_but_in_its_own_forms(visitor, given):
    html = visitor.get(link_of(given)).text
    token = supports.token_of(given.pk)
    assert set(re.findall(rf'(\w+)="[^"]*{re.escape(token)}[^"]*"', html)) == {"action"}
    assert 'rel="canonical"' not in html and "og:url" not in html


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_confirming_says_which_support_it_is_and_one_next_act(visitor, initiative, pending, headers):
    for n in range(2):
        supports.support(initiative, by=new_member(f"voisin{n}", home_commune=pending.commune if n else None))
    counting.fold_supports()
    answer = visitor.post(link_of(pending), headers=headers, follow=True)
    # In place too, the title of the tab says what was done.
    (title,) = re.findall(r"<title>\s*(.*?)\s*</title>", answer.text, re.DOTALL)
    assert " ".join(title.split()) == "C’est compté · Les Créateurs de possibles"
    text = plain(main(re.sub(r"<title>.*?</title>", "", answer.text, flags=re.DOTALL)))
    assert "C’est compté : vous êtes le 3e soutien, le 2e à Vitré" in text
    assert "Le dire à trois personnes" in text
    # The same page for ever.
    assert plain(main(visitor.get(link_of(pending)).text)) == text


def test_the_first_is_called_so(visitor, given):
    assert "vous êtes le 1er soutien, le 1er à Vitré" in read(visitor, link_of(given))


def test_a_support_of_before_ranks_is_counted_without_a_rank(visitor, given):
    Support.objects.update(rank=None, place_rank=None)
    text = read(visitor, link_of(given))
    assert "C’est compté" in text and "vous êtes" not in text
    Support.objects.update(rank=38)
    assert "C’est compté : vous êtes le 38e soutien" in read(visitor, link_of(given))


def test_the_next_act_is_the_event_when_there_is_one_and_nothing_else(visitor, alice, vitre, initiative, given):
    html = main(visitor.get(link_of(given)).text)
    assert f"{initiative.full_address}" in html and "wa.me" in html and "Venir le" not in html
    event = new_event(alice, vitre, initiative=initiative)
    answer = visitor.get(link_of(given))
    assert_valid(answer.text)
    html = main(answer.text)
    assert f'class="button button-wide" href="{event.get_absolute_url()}"' in html
    assert "Venir le" in html and "wa.me" not in html
    assert len(re.findall(r'class="button[ "]', html)) == 1


def test_a_link_too_old_offers_another(visitor, pending):
    Support.objects.update(written_at=timezone.now() - supports.LINK_LIFE - timedelta(hours=1))
    text = read(visitor, link_of(pending))
    assert "plus de sept jours" in text and "Confirmer" not in text
    again = re.search(r'action="([^"]+/renvoyer/)"', visitor.get(link_of(pending)).text)[1]
    answer = visitor.post(again)
    assert answer.url == reverse("support_sent", args=[pending.initiative.slug])
    pending.refresh_from_db()
    assert pending.written_at is None


def test_withdrawing_by_the_link_erases_and_says_so(visitor, given):
    withdraw = re.search(r'action="([^"]+/retirer/)"', visitor.get(link_of(given)).text)[1]
    answer = visitor.post(withdraw)
    assert answer.url == link_of(given) + "?retire=1"
    assert not Support.objects.exists()
    text = read(visitor, answer.url, status=410)
    assert "Ce soutien n’existe plus" in text and "Votre soutien est retiré et effacé." in text
    assert given.initiative.title in text and "Soutenir cette initiative" in text


def test_a_link_of_nothing_is_useful_all_the_same(visitor, initiative):
    for slug, token in ((initiative.slug, "nimporte.quoi"), ("rien-999999", supports.token_of(12))):
        html = visitor.get(reverse("support_link", args=[slug, token]))
        assert html.status_code == 410
        assert_valid(html.text)
    assert reverse("initiatives") in main(html.text)


def test_a_link_to_what_ended_meanwhile_says_so(visitor, pending):
    Initiative.objects.update(state="succeeded", ended_at=timezone.now())
    assert "n’est plus ouverte aux soutiens" in read(visitor, link_of(pending))
    answer = visitor.post(link_of(pending))
    assert 'role="alert"' in answer.text
    assert plain(main(answer.text)).count("n’est plus ouverte aux soutiens") == 1


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_link_to_what_was_withheld_does_not_name_it(visitor, initiative, pending, is_confirmed):
    if is_confirmed:
        supports.confirm(pending.pk)
    link = link_of(pending)
    Initiative.objects.update(withheld_at=timezone.now(), title="Un titre retiré", summary="Un résumé retiré")
    for answer in (visitor.get(link), visitor.post(link, follow=True)):
        assert "Un titre retiré" not in answer.text and "Un résumé retiré" not in answer.text
        assert "n’est plus en ligne" in answer.text
    assert_valid(visitor.get(link).text)
    assert ("/retirer/" in visitor.get(link).text) == is_confirmed
    Support.objects.all().delete()
    assert "Un titre retiré" not in visitor.get(link).text


# --- A member --------------------------------------------------------------------------------------------------------


def test_a_member_has_one_button_then_one_next_act(as_bob, initiative):
    html = main(as_bob.get(initiative.get_absolute_url()).text)
    assert f'hx-post="{support_page(initiative)}"' in html and "first_name" not in html
    body = as_bob.post(support_page(initiative), headers=HTMX).text
    text = plain(body)
    assert "C’est compté : vous êtes le 1er soutien, le 1er à Vitré" in text
    assert "Le dire à trois personnes" in text and "Retirer mon soutien" in text
    answer = as_bob.get(support_page(initiative))
    assert_valid(answer.text)
    assert "Retirer mon soutien" in answer.text
    # Later, the page of the initiative asks for nothing more.
    html = as_bob.get(initiative.get_absolute_url()).text
    assert_valid(html)
    assert "Vous soutenez cette initiative." in html and "C’est compté" not in html


def test_the_author_is_asked_to_tell_others_and_may_support_all_the_same(as_alice, alice, initiative):
    for is_supported in (False, True):
        html = as_alice.get(initiative.get_absolute_url()).text
        assert_valid(html)
        box = main(html).partition('id="soutien"')[2].partition("</section>")[0]
        assert "Le dire à trois personnes" in box and main(html).count("wa.me") == 1
        assert 'class="button ' not in box
        label = "Retirer mon soutien" if is_supported else "Je soutiens"
        assert re.search(rf'<button class="button-quiet" type="submit">{label}</button>', box)
        if not is_supported:
            body = as_alice.post(support_page(initiative), headers=HTMX).text
            assert "C’est compté" in body and body.count("wa.me") == 1
    body = as_alice.post(reverse("initiative_withdraw_support", args=[initiative.slug]), headers=HTMX).text
    assert "Le dire à trois personnes" in body and 'class="button ' not in body
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    html = as_alice.get(initiative.get_absolute_url()).text
    assert "Le dire à trois personnes" not in html and html.count("wa.me") == 1


def test_an_initiative_whose_author_is_gone_is_nobodys(visitor, as_bob, alice, initiative):
    Initiative.objects.update(author=None)
    for client in (visitor, as_bob):
        text = client.get(initiative.get_absolute_url()).text
        assert "Votre initiative." not in text
        assert re.search(r'class="button button-wide"[^>]*>Je soutiens<', text)


def test_a_member_who_withdraws_is_told_that_nothing_is_left(as_bob, bob, initiative):
    supports.support(initiative, by=bob)
    body = as_bob.post(reverse("initiative_withdraw_support", args=[initiative.slug]), headers=HTMX).text
    assert "Votre soutien est retiré et effacé." in body and "Je soutiens" in body


# --- One's own -------------------------------------------------------------------------------------------------------


def test_the_footer_of_every_page_leads_to_ones_own_supports(visitor, initiative):
    for address in ("/", initiative.get_absolute_url()):
        assert f'href="{reverse("my_supports")}"' in visitor.get(address).text


def test_a_visitor_asks_for_a_link_to_theirs(visitor, given):
    text = read(visitor, reverse("my_supports"))
    assert "Recevoir le lien" in text and "entrer" in text
    wrong = visitor.post(reverse("my_supports"), {"email": "claire@"})
    assert wrong.status_code == 200 and 'value="claire@"' in wrong.text and 'role="alert"' in wrong.text
    answers = []
    for email in ("claire@exemple.fr", "unknown@exemple.fr"):
        client = Client()
        answer = client.post(reverse("my_supports"), {"email": email})
        answers.append((answer.status_code, answer.url, answer.content, client.get(answer.url).content))
    assert answers[0] == answers[1]
    assert "Regardez votre boîte" in read(visitor, answer.url)


def test_the_link_shows_ones_own_and_withdraws_each(visitor, alice, given, initiative):
    other = new_initiative(alice, title="Une passerelle sur la Vilaine")
    supports.support(other, by=given.member)
    link = reverse("my_supports_link", args=[own.token_of(given.member)])
    text = read(visitor, link)
    assert initiative.title in text and other.title in text
    html = visitor.get(link).text
    assert "claire@exemple.fr" not in html and 'rel="canonical"' not in html
    assert html.count(f'action="{link}"') == 2
    assert visitor.post(link, {"support": given.pk}).url == f"{link}?retire=1"
    text = read(visitor, link)
    assert initiative.title not in text and other.title in text
    for forged in ("", "x", "999999", str(given.pk)):
        assert visitor.post(link, {"support": forged}).status_code == 302
    visitor.post(link, {"support": Support.objects.get().pk})
    assert "Vous ne soutenez aucune initiative." in read(visitor, link)


def test_the_link_names_nothing_that_was_withheld(visitor, given):
    Initiative.objects.update(withheld_at=timezone.now(), title="Un titre retiré")
    link = reverse("my_supports_link", args=[own.token_of(given.member)])
    html = visitor.get(link).text
    assert "Une initiative retirée" in html and "Un titre retiré" not in html
    visitor.post(link, {"support": given.pk})
    assert not Support.objects.exists()


def test_a_link_to_ones_own_that_is_too_old_offers_another(visitor):
    text = read(visitor, reverse("my_supports_link", args=["12.vieux.lien"]), status=410)
    assert "incomplet, ou a plus d’un jour" in text and "Recevoir le lien" in text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_withheld_says_so_where_it_was_supported(visitor, initiative, headers):
    Initiative.objects.update(withheld_at=timezone.now())
    for answer in (
        visitor.get(support_page(initiative)),
        visitor.post(support_page(initiative), FORM, headers=headers),
    ):
        assert answer.status_code == 410
        assert "Cette initiative est retirée" in answer.text and initiative.title not in answer.text
    assert not Support.objects.exists()


def test_a_label_of_the_administration_has_a_space_before_its_colon():
    """Django's own suffix of a label has its space: no word of ours takes its place."""
    with translation.override("fr"):
        assert gettext(":") == f"{NO_BREAK_SPACE}:"


def test_a_member_withdraws_from_their_own_list(bob, initiative):
    supports.support(initiative, by=bob)
    client = client_of(bob)
    html = client.get(reverse("my_supports")).text
    assert_valid(html)
    assert "Personne d’autre ne voit cette page" in html
    client.post(re.search(r'action="([^"]+/retirer-soutien/)"', html)[1], {"from": "mine"})
    assert not bob.supports.exists()


def test_nobody_elses_support_is_withdrawn_by_ones_own_link(visitor, bob, given, initiative):
    supports.support(initiative, by=bob)
    link = reverse("my_supports_link", args=[own.token_of(given.member)])
    visitor.post(link, {"support": bob.supports.get().pk})
    assert bob.supports.exists()
    assert given.member.address_key == address_key("claire@exemple.fr")
