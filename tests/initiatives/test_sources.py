"""By which link supports come: kept with the support, counted by link, gone with it."""

from urllib.parse import quote

import pytest
from cast import new_initiative, new_member
from django.urls import reverse

from initiatives.models import SourceTally, Support
from initiatives.services import supports
from initiatives.services.counting import fold_supports, reconcile_supports
from initiatives.services.sources import MOST, SourceRefused, drop_source, known, name_source
from territories.models import Commune


@pytest.fixture
def orchard(alice):
    return new_initiative(alice)


def by_source(initiative) -> dict[str, int]:
    return dict(SourceTally.objects.filter(initiative=initiative, count__gt=0).values_list("source", "count"))


def ask(initiative, name: str, source: str) -> Support:
    vitre = Commune.objects.get(code="35360")
    supports.ask(
        initiative, email=f"{name}@exemple.fr", first_name=name, commune=vitre, consent="2026-01", source=source
    )
    return Support.objects.pending().get(email=f"{name}@exemple.fr")


def test_a_support_keeps_the_link_it_came_by_and_is_counted_with_it(orchard, bob):
    supports.support(orchard, by=bob, source="tract")
    asked = ask(orchard, "nina", "marche")
    fold_supports()
    assert by_source(orchard) == {"tract": 1}
    supports.confirm(asked.pk)
    fold_supports()
    assert by_source(orchard) == {"tract": 1, "marche": 1}
    assert reconcile_supports() == []


def test_a_support_without_a_link_is_counted_by_none(orchard, bob):
    supports.support(orchard, by=bob)
    fold_supports()
    assert by_source(orchard) == {}


def test_withdrawn_a_support_leaves_nothing_of_its_link(orchard, bob):
    supports.support(orchard, by=bob, source="tract")
    fold_supports()
    supports.withdraw_support(orchard, by=bob)
    fold_supports()
    assert by_source(orchard) == {}
    assert not Support.objects.filter(source="tract").exists()


def test_a_number_by_link_that_drifted_is_repaired_each_night(orchard, bob, chloe):
    supports.support(orchard, by=bob, source="tract")
    fold_supports()
    SourceTally.objects.update(count=7)
    SourceTally.objects.create(initiative=orchard, source="affiche", count=3)
    # Waiting to be folded, it is no drift.
    supports.support(orchard, by=chloe, source="courriel")
    assert [drift.initiative_id for drift in reconcile_supports()] == [orchard.pk]
    assert by_source(orchard) == {"tract": 1}
    fold_supports()
    assert by_source(orchard) == {"tract": 1, "courriel": 1}
    assert reconcile_supports() == []


# --- From a link to its number ---------------------------------------------------------------------------------------


def test_the_link_of_a_flyer_leads_to_the_page_whose_form_says_so(client, orchard):
    page = client.get(reverse("initiative_from", args=[orchard.slug, "tract"]))
    way = f"{reverse('initiative_support', args=[orchard.slug])}?de=tract"
    assert f'href="{way}"' in page.text
    # The page itself is the same, and says which it is.
    assert f'<link rel="canonical" href="{orchard.full_address}">' in page.text
    assert page.headers["Cache-Control"].startswith("public") or "s-maxage" in page.headers["Cache-Control"]
    form = client.get(way)
    assert f'action="{way}"' in form.text


def test_a_visitor_who_came_by_a_link_is_counted_with_it(client, orchard, vitre):
    typed = {"first_name": "Nina", "email": "nina@exemple.fr", "postcode": "35500", "consent": "on"}
    typed["commune"] = vitre.pk
    client.post(f"{reverse('initiative_support', args=[orchard.slug])}?de=tract", typed)
    assert Support.objects.pending().get().source == "tract"


def test_a_member_who_came_by_a_link_is_counted_with_it(client, orchard, bob):
    client.force_login(bob)
    page = client.get(reverse("initiative_from", args=[orchard.slug, "whatsapp"]))
    way = f"{reverse('initiative_support', args=[orchard.slug])}?de=whatsapp"
    assert f'action="{way}"' in page.text
    client.post(way)
    assert Support.objects.get(member=bob).source == "whatsapp"


def test_a_word_that_is_no_link_of_the_initiative_is_kept_nowhere(client, orchard, bob):
    """So that nobody makes a thousand pages of one, nor a link for each person."""
    page = client.get(reverse("initiative_from", args=[orchard.slug, "bob"]))
    assert (page.status_code, page.url) == (302, orchard.get_absolute_url())
    way = f"{reverse('initiative_support', args=[orchard.slug])}?de=bob"
    assert "de=bob" not in client.get(way).text
    client.force_login(bob)
    client.post(way)
    assert Support.objects.get(member=bob).source == ""


def test_a_short_link_keeps_its_word_on_its_way(client, orchard):
    page = client.get(f"/initiatives/{orchard.pk}/de/affiche/")
    assert (page.status_code, page.url) == (301, reverse("initiative_from", args=[orchard.slug, "affiche"]))


def test_each_way_of_sharing_has_its_link(client, orchard):
    page = client.get(orchard.get_absolute_url()).text
    address = orchard.full_address
    assert f'data-share="{address}de/partage/"' in page
    assert f'data-copy="{address}de/lien/"' in page
    for word in ("whatsapp", "courriel"):
        assert quote(f"{address}de/{word}/", safe="") in page


# --- A team's own ----------------------------------------------------------------------------------------------------


def test_a_team_names_links_of_its_own(client, orchard, alice, bob):
    named = name_source(orchard, "Marché du samedi", by=alice)
    assert named.slug == "marche-du-samedi"
    assert client.get(reverse("initiative_from", args=[orchard.slug, named.slug])).status_code == 200
    # The same name again is the same link.
    assert name_source(orchard, "marché du samedi", by=alice) == named
    with pytest.raises(SourceRefused):
        name_source(orchard, "Facebook", by=bob)
    with pytest.raises(SourceRefused):
        drop_source(orchard, named.slug, by=bob)
    assert drop_source(orchard, named.slug, by=alice)
    assert not drop_source(orchard, named.slug, by=alice)
    assert client.get(reverse("initiative_from", args=[orchard.slug, named.slug])).status_code == 302


@pytest.mark.parametrize("name", ["Tract", "!!!", "’"])
def test_a_name_that_is_taken_or_says_nothing_is_refused(orchard, alice, name):
    with pytest.raises(SourceRefused):
        name_source(orchard, name, by=alice)


def test_a_long_name_makes_a_short_link(orchard, alice):
    assert len(name_source(orchard, "La grande fête de la batteuse du canton", by=alice).slug) <= 20


def test_the_link_of_another_initiative_is_not_this_ones(orchard, alice):
    name_source(new_initiative(alice), "Marché", by=alice)
    assert known(orchard, "marche") == ""


def test_what_is_over_takes_no_new_link(alice):
    with pytest.raises(SourceRefused):
        name_source(new_initiative(alice, state="closed"), "Marché", by=alice)


def test_a_team_at_once_never_names_more_than_ten(at_once):
    alice = new_member("alice")
    orchard = new_initiative(alice)

    def name(number: int) -> bool:
        try:
            name_source(orchard, f"Marché {number}", by=alice)
        except SourceRefused:
            return False
        return True

    made = at_once(name, range(14))
    assert made.count(True) == MOST == orchard.own_sources.count()


def test_supports_that_join_another_initiative_leave_their_link_behind(orchard, alice, bob):
    supports.support(orchard, by=bob, source="tract")
    other = new_initiative(alice)
    Support.objects.filter(initiative=orchard).update(initiative=other, source="")
    fold_supports()
    assert by_source(orchard) == by_source(other) == {}
