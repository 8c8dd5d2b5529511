"""What staff see of supports and do with them, as they work in the admin."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe import complaints
from cast import client_of, new_initiative, new_member
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.hot import forget_hot
from initiatives import examination
from initiatives.models import Initiative, Support, SupportLimits, SupportReview
from initiatives.services import counting, reviewing, supports
from initiatives.services.limits import current_limits
from initiatives.services.reviewing import Condition
from territories.models import Commune
from tests.initiatives.test_reviewing import REASON, give
from tests.members.door import sign_in_staff
from tests.moderation.desk import staff_client

NETWORK = bytes.fromhex("1f" * 16)


def page_of(initiative: Initiative) -> str:
    return reverse("admin:initiatives_initiative_supports", args=[initiative.pk])


def undo_page(made: SupportReview) -> str:
    return reverse("admin:initiatives_initiative_supports_undo", args=[made.initiative_id, made.pk])


def read(answer) -> str:
    """The text of a page, its narrow spaces and no-break spaces made plain."""
    return answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")


def ask(client: Client, initiative: Initiative, **given) -> object:
    return client.post(page_of(initiative), {"act": "remove", "reason": REASON} | given)


def hidden(answer) -> dict[str, str]:
    """What the form of a dry run carries."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()))


def decide(client: Client, initiative: Initiative, tried, **changes) -> object:
    return client.post(page_of(initiative), hidden(tried) | {"decide": "1"} | changes)


@pytest.fixture
def emile(db):
    """Of the staff, with no right of any kind."""
    return new_member("emile", is_staff=True)


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_only_who_may_examine_supports_does(visitor, as_bob, chloe, emile, as_chloe, initiative):
    give(initiative, 2)
    made = reviewing.review(initiative, "remove", Condition(domain="serie.example"), reason=REASON, by=chloe)
    reading = reverse("admin:initiatives_supportreview_change", args=[made.pk])
    pages = [page_of(initiative), undo_page(made), reverse("admin:initiatives_supportreview_changelist"), reading]
    as_emile = staff_client(emile)
    for page in pages:
        assert visitor.get(page).status_code == 302
        assert as_bob.get(page, follow=True).status_code == 403
        assert client_of(chloe).get(page).status_code == 302, "without a second factor"
        assert as_emile.get(page).status_code == 403
        assert as_chloe.get(page).status_code == 200
    for page in pages[:2]:
        for client in (visitor, as_bob, client_of(chloe), as_emile):
            client.post(page, {"act": "accept", "suspicion": "review", "reason": REASON})
    assert SupportReview.objects.filter(undone_at=None).count() == 1


def test_the_button_is_there_for_who_may(chloe, as_chloe, emile, initiative):
    address = f"/admin/initiatives/initiative/{initiative.pk}/change/"
    assert f'href="{page_of(initiative)}"' in as_chloe.get(address).content.decode()
    emile.user_permissions.add(Permission.objects.get(codename="view_initiative"))
    assert page_of(initiative) not in staff_client(emile).get(address).content.decode()


def test_an_initiative_that_is_not_there_has_no_page(as_chloe, initiative, chloe):
    assert as_chloe.get("/admin/initiatives/initiative/999999/soutiens/").status_code == 404
    give(initiative)
    made = reviewing.review(initiative, "remove", Condition(domain="serie.example"), reason=REASON, by=chloe)
    other = new_initiative(chloe, title="Une passerelle sur la Vilaine")
    wrong = reverse("admin:initiatives_initiative_supports_undo", args=[other.pk, made.pk])
    assert as_chloe.post(wrong).status_code == 404
    Initiative.objects.filter(pk=other.pk).update(state="draft", published_at=None)
    assert as_chloe.get(page_of(other)).status_code == 404


def test_nobody_writes_or_erases_an_examination_by_hand(initiative, chloe):
    give(initiative)
    made = reviewing.review(initiative, "remove", Condition(domain="serie.example"), reason=REASON, by=chloe)
    fanny = staff_client(new_member("fanny", is_staff=True, is_superuser=True))
    reading = reverse("admin:initiatives_supportreview_change", args=[made.pk])
    assert fanny.post(reading, {"reason": "Autre chose."}).status_code == 403
    assert fanny.get(reverse("admin:initiatives_supportreview_add")).status_code == 403
    assert fanny.post(reverse("admin:initiatives_supportreview_delete", args=[made.pk])).status_code == 403
    assert SupportReview.objects.get().reason == REASON


# --- The figures -----------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_rows_and_name_nobody(as_chloe, initiative):
    now = timezone.now()
    give(initiative, 5, created_at=now - timedelta(hours=2), network=NETWORK)
    give(initiative, 2, suspicion="network", network=NETWORK)
    give(initiative, 1, domain="jetable.example", is_disposable=True, created_at=now - timedelta(days=40))
    Support.objects.create(
        initiative=initiative, state="pending", email="zoe@lent.example", first_name="Zoé", address_key=b"z",
        domain="lent.example",
    )  # fmt: skip
    figures = examination.examine(initiative)
    total = figures.total
    assert (total.asked, total.confirmed, total.suspect, total.pending, total.disposable) == (9, 6, 2, 1, 1)
    assert (total.suspect_share, total.confirmed_share) == ("25,0\u202f%", "66,7\u202f%")
    assert figures.is_whole
    assert [(each.value, each.tally.suspect) for each in figures.reasons] == [("network", 2)]
    assert [(each.name, each.tally.asked, each.share) for each in figures.domains] == [
        ("serie.example", 7, "77,8\u202f%"),
        ("jetable.example", 1, "11,1\u202f%"),
        ("lent.example", 1, "11,1\u202f%"),
    ]
    assert figures.networks[0].name == NETWORK.hex() and figures.networks[0].tally.asked == 7
    assert sum(bar.tally.asked for bar in figures.hours.bars) == 8
    assert sum(bar.tally.asked for bar in figures.days.bars) == 8
    assert (len(figures.hours.bars), len(figures.days.bars), figures.hours.most) == (48, 30, 5)
    assert figures.hours.bars[-3].confirmed == 100
    text = read(as_chloe.get(page_of(initiative)))
    assert "<code>1f1f1f1f</code>" in text and "lent.example" in text
    assert "zoe@" not in text and "Zoé" not in text and "@serie" not in text


def test_only_the_newest_are_read_and_the_page_says_so(as_chloe, initiative, monkeypatch):
    monkeypatch.setattr(examination, "SAMPLE", 3)
    monkeypatch.setattr("initiatives.admin.supports.SAMPLE", 3)
    give(initiative, 3)
    give(initiative, 2, created_at=timezone.now() - timedelta(days=3), domain="ancien.example")
    assert examination.examine(initiative).total.asked == 3
    text = read(as_chloe.get(page_of(initiative)))
    assert "Sur les 3 dernières demandes, depuis" in text
    assert "ancien.example" not in text


def test_a_day_is_a_day_of_paris(initiative):
    just_after_midnight = timezone.localtime().replace(hour=0, minute=20, second=0, microsecond=0)
    give(initiative, 1, created_at=just_after_midnight - timedelta(days=2))
    bars = examination.examine(initiative).days.bars
    assert [bar.tally.asked for bar in bars[-4:]] == [0, 1, 0, 0]


def test_the_page_costs_the_same_for_two_or_fifteen_of_each(as_chloe, chloe, initiative):
    def fill(count):
        for number in range(count):
            give(initiative, 1, domain=f"d{count}{number}.example", network=bytes([count, number]) * 8)
            reviewing.review(
                initiative, "remove", Condition(domain=f"d{count}{number}.example"), reason=REASON, by=chloe
            )

    bills = []
    for count in (2, 15):
        fill(count)
        as_chloe.get(page_of(initiative))
        with CaptureQueriesContext(
            connection,
        ) as bill:
            assert as_chloe.get(page_of(initiative)).status_code == 200
        bills.append(len(bill))
    assert bills[0] == bills[1]
    assert sum("initiatives_support\n" in query["sql"] for query in bill) == 1


def test_the_newest_are_found_by_their_index(initiative):
    give(initiative, 20)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            f"EXPLAIN {examination._FIGURES}",
            {
                "initiative": initiative.pk, "sample": 5, "top": 3, "hours_from": timezone.now(),
                "days_from": timezone.now(), "zone": "Europe/Paris",
            },
        )  # fmt: skip
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using support_newest" in plan


def test_nobody_yet_and_the_page_says_so(as_chloe, initiative):
    text = read(as_chloe.get(page_of(initiative)))
    assert "Personne n’a encore demandé" in text


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "5 ; 0 est gardé comme suspect."),
        (1, "5 ; 1 est gardé comme suspect."),
        (2, "5 ; 2 sont gardés comme suspects."),
        (1500, "5 ; 1 500 sont gardés comme suspects."),
    ],
)
def test_suspects_are_said_as_french_counts(as_chloe, initiative, number, said):
    Initiative.objects.update(support_count=5, suspect_count=number)
    assert said in read(as_chloe.get(page_of(initiative)))


# --- The dry run and the act -----------------------------------------------------------------------------------------


def test_the_first_answer_shows_how_many_and_changes_nothing(as_chloe, initiative):
    give(initiative, 3)
    give(initiative, 1, domain="autre.example")
    text = read(ask(as_chloe, initiative, domain="serie.example"))
    assert "3 soutiens ne compteront plus" in text
    assert "Écarter ces 3 soutiens" in text
    assert REASON in text and "serie.example" in text
    assert "autre.example" not in text
    assert not SupportReview.objects.exists()
    assert initiative.supports.confirmed().count() == 4
    assert not LogEntry.objects.exists()


def test_the_second_answer_does_exactly_what_was_shown(as_chloe, chloe, initiative):
    give(initiative, 3)
    give(initiative, 1, domain="autre.example")
    tried = ask(as_chloe, initiative, domain="serie.example")
    answer = decide(as_chloe, initiative, tried)
    assert answer.url == f"{page_of(initiative)}#examens"
    made = SupportReview.objects.get(initiative=initiative, act="remove", undone_at=None)
    assert (made.count, made.domain, made.reason, made.by) == (3, "serie.example", REASON, chloe)
    counting.fold_supports()
    initiative.refresh_from_db()
    assert (initiative.support_count, initiative.suspect_count) == (1, 3)
    assert counting.reconcile_supports() == []
    text = read(as_chloe.get(page_of(initiative)))
    assert "3 soutiens écartés." in text and "domaine serie.example" in text
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (chloe, str(initiative.pk))
    assert "3 soutiens écartés. domaine serie.example" in entry.change_message


def test_suspects_are_counted_by_the_same_way(as_chloe, initiative):
    give(initiative, 1, suspicion="network", network=NETWORK)
    tried = ask(as_chloe, initiative, act="accept", network=NETWORK.hex(), suspicion="network")
    assert "Compter ce soutien" in read(tried)
    decide(as_chloe, initiative, tried)
    assert SupportReview.objects.get().act == "accept"
    assert initiative.supports.confirmed().get().suspicion == "network"


def test_the_journal_which_is_never_erased_says_nothing_of_which_network(as_chloe, initiative):
    give(initiative, 1, network=NETWORK)
    tried = ask(as_chloe, initiative, network=NETWORK.hex())
    assert f"réseau {NETWORK.hex()[:8]}" in read(tried)
    decide(as_chloe, initiative, tried)
    message = LogEntry.objects.get().change_message
    assert "1 soutien écarté. un réseau" in message and NETWORK.hex()[:8] not in message


def test_when_more_would_be_moved_than_was_shown_it_asks_again(as_chloe, initiative):
    asked = timezone.now() - timedelta(minutes=5)
    give(initiative, 2, created_at=asked)
    tried = ask(as_chloe, initiative, domain="serie.example")
    # Two who had asked before confirm meanwhile.
    give(initiative, 2, created_at=asked)
    again = decide(as_chloe, initiative, tried)
    text = read(again)
    assert "plus nombreux que ce que vous aviez lu" in text and "Écarter ces 4 soutiens" in text
    assert not SupportReview.objects.exists()
    assert decide(as_chloe, initiative, again).status_code == 302
    assert SupportReview.objects.get().count == 4


def test_who_asks_after_the_dry_run_is_not_moved(as_chloe, initiative):
    give(initiative, 2)
    tried = ask(as_chloe, initiative, domain="serie.example")
    give(initiative, 1, created_at=timezone.now() + timedelta(seconds=1))
    assert decide(as_chloe, initiative, tried).status_code == 302
    assert SupportReview.objects.get().count == 2
    assert initiative.supports.confirmed().count() == 1


def test_fewer_than_what_was_shown_is_no_surprise(as_chloe, initiative):
    first, _second = give(initiative, 2)
    tried = ask(as_chloe, initiative, domain="serie.example")
    supports.withdraw_support(initiative, by=first.member)
    decide(as_chloe, initiative, tried)
    assert SupportReview.objects.get().count == 1


def test_deciding_twice_moves_once(as_chloe, initiative):
    give(initiative, 2)
    tried = ask(as_chloe, initiative, domain="serie.example")
    decide(as_chloe, initiative, tried)
    assert "Aucun soutien compté ne remplit cette condition" in read(decide(as_chloe, initiative, tried))
    assert SupportReview.objects.count() == 1


def test_deciding_without_a_dry_run_is_a_dry_run(as_chloe, initiative):
    give(initiative, 2)
    answer = ask(as_chloe, initiative, domain="serie.example", decide="1")
    assert "Écarter ces 2 soutiens" in read(answer)
    assert "Écarter ces 2 soutiens" in read(decide(as_chloe, initiative, answer, shown=""))
    assert not SupportReview.objects.exists()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, "remplissez au moins une des conditions"),
        ({"domain": "rien.example"}, "Aucun soutien compté ne remplit cette condition"),
        ({"domain": "serie.example", "reason": "Fraude"}, "au moins 10 caractères"),
        ({"domain": "serie.example", "reason": ""}, "obligatoire"),
        ({"domain": "serie.example", "reason": "x" * 201}, "au plus 200 caractères"),
        ({"network": "1f1f1f1f"}, "32 chiffres"),
        ({"network": "z" * 32}, "32 chiffres"),
        ({"since": "2026-03-02T10:00", "until": "2026-03-02T10:00"}, "La fin doit venir après le début"),
        ({"domain": "serie.example", "act": "delete"}, "Sélectionnez un choix valide"),
        ({"suspicion": "humeur"}, "Sélectionnez un choix valide"),
        ({"since": "hier"}, "date"),
    ],
)
@pytest.mark.parametrize("button", ["try", "decide"])
def test_each_refusal_says_why_and_loses_nothing_typed(as_chloe, initiative, given, refusal, button):
    give(initiative, 1)
    seen = {"seen_at": timezone.now().isoformat(), "shown": "9"}
    answer = ask(as_chloe, initiative, **{button: "1"} | seen | given)
    text = read(answer)
    assert answer.status_code == 200
    assert 'role="alert"' in text and refusal in text
    for value in given.values():
        assert value in text or value in ("delete", "humeur", "")
    assert not SupportReview.objects.exists()
    assert initiative.supports.confirmed().count() == 1


def test_changing_ones_mind_gives_back_the_form_as_it_was(as_chloe, initiative):
    give(initiative, 2, is_disposable=True)
    tried = ask(as_chloe, initiative, domain="serie.example", only_disposable="on", since="2026-03-02T10:00")
    text = as_chloe.post(page_of(initiative), hidden(tried) | {"edit": "1"}).content.decode()
    assert 'value="serie.example"' in text and 'value="2026-03-02T10:00"' in text and REASON in text
    assert re.search(r'name="only_disposable"[^>]* checked', text)
    assert 'role="alert"' not in text


def test_an_address_that_is_pasted_leaves_only_its_domain(as_chloe, initiative):
    give(initiative, 2)
    decide(as_chloe, initiative, ask(as_chloe, initiative, domain="Quelquun@Serie.example"))
    assert SupportReview.objects.get().domain == "serie.example"


def test_the_window_is_at_the_clocks_of_paris(as_chloe, initiative):
    noon = datetime(2026, 7, 14, 12, tzinfo=ZoneInfo("Europe/Paris"))
    for minutes in (-1, 0, 59, 60):
        give(initiative, 1, created_at=noon + timedelta(minutes=minutes))
    tried = ask(as_chloe, initiative, since="2026-07-14T12:00", until="2026-07-14T13:00")
    assert "14 juillet, 12 h" in read(tried)
    decide(as_chloe, initiative, tried)
    made = SupportReview.objects.get()
    assert (made.count, made.since, made.until) == (2, noon, noon + timedelta(hours=1))


def test_a_link_of_the_tables_fills_the_form_in(as_chloe, initiative):
    give(initiative, 2, suspicion="network", network=NETWORK)
    text = as_chloe.get(page_of(initiative)).content.decode()
    assert f'href="?network={NETWORK.hex()}#examiner"' in text
    filled = as_chloe.get(page_of(initiative), {"network": NETWORK.hex()}).content.decode()
    assert f'value="{NETWORK.hex()}"' in filled
    assert 'href="?act=accept&amp;suspicion=network#examiner"' in text
    filled = as_chloe.get(page_of(initiative), {"act": "accept", "suspicion": "network"}).content.decode()
    assert '<option value="network" selected>' in filled


# --- Undoing ---------------------------------------------------------------------------------------------------------


def test_an_examination_is_undone_after_a_confirmation(as_chloe, chloe, initiative):
    give(initiative, 3)
    decide(as_chloe, initiative, ask(as_chloe, initiative, domain="serie.example"))
    made = SupportReview.objects.get()
    assert undo_page(made) in as_chloe.get(page_of(initiative)).content.decode()
    assert "Annuler cet examen" in read(as_chloe.get(undo_page(made)))
    assert SupportReview.objects.get().undone_at is None
    answer = as_chloe.post(undo_page(made), follow=True)
    assert "3 soutiens ont changé d’état" in read(answer)
    assert "par Chloé." in read(answer) and undo_page(made) not in answer.content.decode()
    assert initiative.supports.confirmed().count() == 3
    counting.fold_supports()
    assert counting.reconcile_supports() == []
    assert LogEntry.objects.count() == 2
    assert "annulé" in LogEntry.objects.latest("pk").change_message
    again = as_chloe.post(undo_page(made), follow=True)
    assert "annulé déjà" in read(again)
    assert LogEntry.objects.count() == 2


def test_all_examinations_are_listed_and_filtered(as_chloe, alice, chloe, initiative):
    other = new_initiative(alice, title="Une passerelle sur la Vilaine")
    give(initiative, 2, network=NETWORK)
    give(other, 1, suspicion="network")
    made = reviewing.review(initiative, "remove", Condition(network=NETWORK), reason=REASON, by=chloe)
    reviewing.review(other, "accept", Condition(suspicion="network"), reason=REASON, by=chloe)
    reviewing.undo_review(made, by=chloe)
    listing = reverse("admin:initiatives_supportreview_changelist")
    text = read(as_chloe.get(listing))
    assert "réseau 1f1f1f1f" in text and NETWORK.hex() not in text and "passerelle" in text
    assert "passerelle" not in read(as_chloe.get(listing, {"suite": "annules"}))
    assert "verger" not in read(as_chloe.get(listing, {"suite": "tenus"}))
    assert "passerelle" not in read(as_chloe.get(listing, {"initiative__id__exact": initiative.pk}))
    detail = as_chloe.get(reverse("admin:initiatives_supportreview_change", args=[made.pk])).content.decode()
    assert page_of(initiative) in detail


# --- The limits ------------------------------------------------------------------------------------------------------

LIMITS = "/admin/initiatives/supportlimits/1/change/"
DEFAULTS = {
    "per_address_a_day": 20, "per_network_an_hour": 300, "per_initiative_a_minute": 6000, "proof": "auto",
    "proof_from_a_minute": 600, "without_proof_an_hour": 10, "messages_per_address_a_day": 6,
    "messages_per_network_an_hour": 300,
}  # fmt: skip


@pytest.fixture
def as_fanny(db) -> Client:
    """She runs the site."""
    return staff_client(new_member("fanny", is_staff=True, is_superuser=True))


def test_the_limits_are_one_row_made_at_the_first_visit(as_fanny):
    assert not SupportLimits.objects.exists()
    answer = as_fanny.get("/admin/initiatives/supportlimits/", follow=True)
    assert answer.redirect_chain == [(LIMITS, 302)]
    assert "par heure" in read(answer)
    as_fanny.get(LIMITS)
    assert SupportLimits.objects.get().pk == 1
    assert as_fanny.get("/admin/initiatives/supportlimits/2/change/").status_code == 302
    assert as_fanny.get("/admin/initiatives/supportlimits/add/").status_code == 403
    assert as_fanny.post("/admin/initiatives/supportlimits/1/delete/", {"post": "yes"}).status_code == 403
    assert SupportLimits.objects.count() == 1


def test_new_limits_hold_at_once_here_and_soon_elsewhere(as_fanny, django_capture_on_commit_callbacks, settings):
    settings.HOT_SECONDS = 60
    forget_hot()
    assert current_limits().per_network_an_hour == 300
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_fanny.post(LIMITS, DEFAULTS | {"per_network_an_hour": 50}, follow=True)
    assert "quelques secondes" in read(answer)
    assert current_limits().per_network_an_hour == 50
    forget_hot()
    assert LogEntry.objects.get().object_id == "1"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"per_address_a_day": 0}, "supérieure ou égale à 1"),
        ({"messages_per_address_a_day": 0}, "supérieure ou égale à 1"),
        ({"messages_per_network_an_hour": 0}, "supérieure ou égale à 1"),
        ({"per_network_an_hour": -5}, "supérieure ou égale à 1"),
        ({"proof_from_a_minute": 6000}, "5999 au plus"),
        ({"without_proof_an_hour": 300}, "299 au plus"),
        ({"proof": "parfois"}, "choix valide"),
        ({"per_initiative_a_minute": ""}, "obligatoire"),
    ],
)
def test_senseless_limits_are_refused(as_fanny, changes, refusal):
    answer = as_fanny.post(LIMITS, DEFAULTS | changes)
    assert answer.status_code == 200 and refusal in read(answer)
    row = SupportLimits.objects.get()
    assert {name: getattr(row, name) for name in DEFAULTS} == DEFAULTS


def test_limits_are_not_for_moderators(as_chloe, as_bob, visitor, emile):
    for client in (as_chloe, staff_client(emile)):
        for address in ("/admin/initiatives/supportlimits/", LIMITS):
            assert client.get(address).status_code == 403
        assert client.post(LIMITS, DEFAULTS).status_code == 403
    assert as_bob.get(LIMITS, follow=True).status_code == 403
    assert visitor.get(LIMITS).status_code == 302
    assert not SupportLimits.objects.exists()


# --- In a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_axe_finds_nothing_where_supports_are_examined(new_context, site):
    vitre = Commune.objects.select_related("department__region").get(code="35360")
    fanny = new_member("fanny", is_staff=True, is_superuser=True)
    fanny.groups.add(Group.objects.get(name="Modérateurs"))
    initiative = new_initiative(new_member("alice"), vitre)
    now = timezone.now()
    for hours in range(40):
        give(initiative, 1 + hours % 7, created_at=now - timedelta(hours=hours), network=NETWORK)
        give(
            initiative, 1, created_at=now - timedelta(hours=7 * hours), suspicion="network", domain=f"d{hours}.example"
        )
    made = reviewing.review(initiative, "remove", Condition(domain="serie.example"), reason=REASON, by=fanny)
    reviewing.undo_review(made, by=fanny)
    made = reviewing.review(initiative, "accept", Condition(domain="d3.example"), reason=REASON, by=fanny)
    client = Client()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
    ):
        sign_in_staff(client, fanny)
    context = new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}])
    page = context.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    found = []

    def check(name):
        # Before axe, which adds styles of its own.
        assert not errors, errors
        found.extend(complaints(page, name))
        errors.clear()

    for name, path in {
        "limits": LIMITS,
        "reviews": reverse("admin:initiatives_supportreview_changelist"),
        "undo": undo_page(made),
        "supports": page_of(initiative),
    }.items():
        page.goto(site.url + path)
        for summary in page.locator("main summary, .supports summary").all():
            summary.click()
        check(name)
    page.get_by_label("Raison, lue par tous").fill(REASON)
    page.get_by_role("button", name="Voir combien de soutiens sont visés").click()
    page.get_by_role("alert").get_by_role("link").click()
    check("supports-refused")
    page.goto(f"{site.url}{page_of(initiative)}?domain=serie.example#examiner")
    page.get_by_label("Raison, lue par tous").fill(REASON)
    page.get_by_role("button", name="Voir combien de soutiens sont visés").click()
    check("supports-tried")
    page.get_by_role("button", name=re.compile("Écarter ces")).click()
    page.get_by_text("soutiens écartés").first.wait_for()
    assert not found, "\n".join(found)
