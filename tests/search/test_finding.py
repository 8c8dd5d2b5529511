"""What is found, by whom, and in which order: on real rows, as the database itself keeps them."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from initiatives.models import Contribution, Initiative, Tag
from search.finding import Asked, ages_of, find, marks
from search.models import Entry, Word
from search.services import mend
from search.tasks import look_after_entries
from search.words import add_words, count_words
from territories.models import Commune, Department, Region

pytestmark = pytest.mark.django_db


def found(text: str, **asked) -> list[str]:
    """Titles, the best first."""
    numbers = find(Asked(text, **asked)).numbers
    titles = Entry.objects.in_bulk(numbers)
    return [titles[number].title for number in numbers]


def place(code: str) -> Commune:
    return Commune.objects.select_related("department__region").get(code=code)


@pytest.fixture
def pool(alice, vitre) -> Initiative:
    return new_initiative(alice, vitre, title="Rouvrir la piscine l’été", summary="Le bassin est vide depuis deux ans.")


@pytest.mark.parametrize(
    "typed",
    [
        "piscine",
        "PISCINES",
        "la piscine",
        "ete",
        "l’été",
        "l'ete",
        "pisc",
        '"la piscine"',
        "« la piscine »",
        "piscine -cantine",
        "bassin vide",
        "deux ans",
        "friche de la gare",
        "piscine vitré",
        "piscine à Vitré",
        "35500 piscine",
        "piscine ille et vilaine",
        "piscine 35",
        "piscine bretagne",
    ],
)
def test_the_same_thing_is_found_however_it_is_typed(pool, typed):
    assert found(typed) == [pool.title]


@pytest.mark.parametrize(
    "typed", ["cantine", "piscine -bassin", '"été piscine"', "piscine -été", "zzz", "-piscine", "", "  ", "le la les"]
)
def test_what_does_not_answer_is_not_found(pool, typed):
    assert found(typed) == []


@pytest.mark.parametrize("word", ["œuvre", "oeuvre", "Œuvres", "œuvres"])
def test_ligatures_are_two_letters(alice, word):
    new_initiative(alice, title="Une œuvre pour la gare")
    assert found(word) == ["Une œuvre pour la gare"]


@pytest.mark.parametrize("typed", ["porte-à-porte", "porte à porte", "Porte–à–porte"])
def test_hyphens_part_words(alice, vitre, typed):
    new_event(alice, vitre, title="Porte-à-porte du samedi")
    assert found(typed) == ["Porte-à-porte du samedi"]


@pytest.mark.parametrize(
    "typed",
    [
        "\x00",
        "vélo\x00piscine",
        "a" * 10_000,
        "piscine " * 2_000,
        "'",
        '"',
        "«",
        "\\",
        "' OR 1=1 --",
        "((((",
        "& | ! :* <-> <2>",
        "piscine:* & !bassin",
        "%s %(words)s {} $1",
        "\ue000\ue001",
        "\ud83d\udeb2".encode("utf-16", "surrogatepass").decode("utf-16"),
        "ﬁ ª º ™ İ",
        "-" * 300,
        "- - -",
        '"" ""',
        "12345 67890",
        "٣٥٥٠٠",
        "a b c d e f g h i j k l m n o p q r s t",
    ],
)
def test_anything_may_be_typed(visitor, pool, typed):
    for address in ("/recherche/", "/recherche/suggestions/"):
        assert visitor.get(address, {"q": typed}).status_code == 200


# --- What nobody may read is never found ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "preparing", "submitted"])
def test_what_is_not_public_is_not_found(alice, vitre, state):
    new_initiative(alice, vitre, title="Piscine secrète", state=state, published_at=None, nursery_key="abcdefghij")
    assert found("piscine") == []
    assert not Entry.objects.exists()


def test_what_is_withheld_disappears_at_once_and_comes_back(pool, bob):
    said = Contribution.objects.create(
        initiative=pool, author=bob, text="Les maîtres-nageurs manquent.", published_at=timezone.now()
    )
    assert found("nageurs") == [pool.title]
    pool.withhold()
    assert found("piscine") == [] == found("nageurs")
    assert not Entry.objects.exists()
    pool.restore()
    assert found("piscine") == found("nageurs") == [pool.title]
    said.withhold()
    assert found("nageurs") == []
    assert found("piscine") == [pool.title]


def test_a_withheld_event_is_not_found_and_says_nothing_of_a_withheld_initiative(pool, alice, vitre):
    event = new_event(alice, vitre, title="Visite du chantier", initiative=pool)
    assert found("piscine") == [pool.title, event.title]
    pool.withhold()
    assert found("piscine") == []
    assert found("chantier") == [event.title]
    event.withhold()
    assert found("chantier") == []


def test_a_cancelled_event_and_one_that_is_deleted_are_not_found(alice, vitre):
    event = new_event(alice, vitre, title="Grand bal")
    event.cancelled_at = timezone.now()
    event.save(update_fields=["cancelled_at"])
    assert found("bal") == []
    event.cancelled_at = None
    event.save(update_fields=["cancelled_at"])
    assert found("bal") == ["Grand bal"]
    event.delete()
    assert found("bal") == []


def test_replies_and_what_is_erased_are_not_found(pool, bob):
    said = Contribution.objects.create(initiative=pool, author=bob, text="Un toboggan ?", published_at=timezone.now())
    Contribution.objects.create(
        initiative=pool, author=bob, parent=said, text="Un plongeoir !", published_at=timezone.now()
    )
    assert found("toboggan") == [pool.title]
    assert found("plongeoir") == []
    said.text, said.erased_at = "", timezone.now()
    said.save(update_fields=["text", "erased_at"])
    assert found("toboggan") == []


def test_an_entry_that_outlived_what_it_stands_for_is_not_shown(visitor, pool):
    """Two transactions may cross: what anyone may read is asked again of the row itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Initiative.objects.filter(pk=pool.pk).update(withheld_at=timezone.now())
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert find(Asked("piscine")).numbers == [Entry.objects.get(object_id=pool.pk).pk]
    for address in ("/recherche/", "/recherche/suggestions/"):
        assert "Rouvrir la" not in visitor.get(address, {"q": "piscine"}).content.decode()


def test_an_edit_a_theme_and_a_closing_are_followed(pool):
    pool.title = "Rouvrir la patinoire"
    pool.save(update_fields=["title"])
    assert found("piscine") == []
    pool.tags.add("Glisse")
    assert found("patinoire") == found("glisse") == [pool.title]
    Tag.objects.filter(name="Glisse").update(name="Équilibre")
    assert found("glisse") == []
    assert found("équilibre", theme="glisse") == [pool.title]
    Initiative.objects.filter(pk=pool.pk).update(state="closed", ended_at=timezone.now())
    assert found("patinoire", state="published") == []
    assert found("patinoire", state="closed") == [pool.title]


def test_a_support_changes_no_entry_until_they_are_many_more(pool):
    before = Entry.objects.values_list("indexed_at", "warmth").get(object_id=pool.pk)
    Initiative.objects.filter(pk=pool.pk).update(support_count=40)
    indexed_at, warmth = Entry.objects.values_list("indexed_at", "warmth").get(object_id=pool.pk)
    assert indexed_at == before[0]
    assert warmth == 10 > before[1]


def test_an_entry_keeps_its_number_when_it_changes(pool):
    number = Entry.objects.get(object_id=pool.pk).pk
    Initiative.objects.filter(pk=pool.pk).update(title="La piscine, encore")
    assert Entry.objects.get(object_id=pool.pk).pk == number


def read_whole() -> int:
    """How often this transaction read all the rows of what the entries are written from, and of the entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN"
            " ('search_entry', 'initiatives_initiative', 'initiatives_contribution', 'events_event')"
        )
        return int(cursor.fetchone()[0])


def test_many_that_come_at_once_are_not_read_for_each_other(pool, bob):
    """The statistics know nothing of them yet: a table read whole for each is ten minutes for 200,000."""
    many = [
        Contribution(initiative=pool, author=bob, text=f"Un toboggan, {n} fois", published_at=timezone.now())
        for n in range(50)
    ]
    before = read_whole()
    Contribution.objects.bulk_create(many)
    assert read_whole() == before
    assert Entry.objects.filter(kind="discussion").count() == 50


def test_a_thousand_that_come_after_one_are_not_read_for_each_other(pool, bob):
    """What was planned while there was next to nothing serves no more: 45 seconds, once, for 1,168 messages."""

    def write(count: int) -> int:
        """Returns how many rows were fetched by an index, of any table."""
        with connection.cursor() as cursor:
            total = "SELECT sum(idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables"
            cursor.execute(total)
            (before,) = cursor.fetchone()
            Contribution.objects.bulk_create(
                Contribution(initiative=pool, author=bob, text=f"Un toboggan, {n}", published_at=timezone.now())
                for n in range(count)
            )
            cursor.execute(total)
            return cursor.fetchone()[0] - before

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE initiatives_contribution, search_entry CASCADE")
    alone = [write(1) for _ in range(8)]
    assert write(1_000) < 2_000 * max(alone)
    assert Entry.objects.filter(kind="discussion").count() == 1_008


# --- Places --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "named", "rest"),
    [
        ("piscine vitré", "Vitré", "piscine"),
        ("35500 vélo", "Vitré", "vélo"),
        ("vélo 35", "Ille-et-Vilaine", "vélo"),
        ("ille et vilaine eau", "Ille-et-Vilaine", "eau"),
        ("eau en Bretagne", "Bretagne", "eau en"),
        ("saint denis 93", "Saint-Denis", ""),
        ("35", "Ille-et-Vilaine", ""),
        ("2a", "Corse-du-Sud", ""),
        ("vélo Saint-Denis Seine-Saint-Denis", "Saint-Denis", "vélo"),
        ("marché la rochelle", "La Rochelle", "marché"),
        ("marché rochelle", "La Rochelle", "marché"),
        ("cantine paris 20", "Paris 20e", "cantine"),
        ("chasse dans le nord", "Nord", "chasse dans le"),
        ("st malo plage", "Saint-Malo", "plage"),
        ("l’haÿ-les-roses jardin", "L’Haÿ-les-Roses", "jardin"),
    ],
)
def test_a_place_is_recognised_among_the_words(db, typed, named, rest):
    answer = find(Asked(typed))
    assert (answer.where.place.name, answer.rest) == (named, rest)


@pytest.mark.parametrize(
    "typed",
    ["orange", "vent du nord", "plaisir de lire", "port", "hôpital", "passage à niveau", "réunion publique", "jardin"],
)
def test_a_word_of_every_day_is_no_place(alice, typed):
    for number in range(4):
        new_initiative(alice, title=f"{typed} {number}")
    count_words()
    assert find(Asked(typed)).where is None


def test_all_words_are_taken_as_they_are_when_one_asks_so(pool):
    assert find(Asked("piscine vitré", is_literal=True)).where is None


def test_what_is_near_comes_first(alice):
    far = new_initiative(alice, place("13055"), title="Un jardin partagé au soleil")
    near = new_initiative(alice, place("35238"), title="Un jardin partagé au bord de l’eau")
    here = new_initiative(alice, place("35360"), title="Un jardin partagé sous le château")
    assert found("jardin vitré") == [here.title, near.title, far.title]
    assert found("jardin marseille") == [far.title, near.title, here.title] or found("jardin marseille")[0] == far.title


def test_a_place_alone_finds_what_is_there_then_around(alice):
    new_initiative(alice, title="Un projet de toute la France")
    near = new_initiative(alice, place("35238"), title="À Rennes")
    here = new_initiative(alice, place("35360"), title="Ici même")
    assert found("vitré") == [here.title, near.title, "Un projet de toute la France"]


def test_a_region_and_a_department_narrow_as_a_commune_does(alice):
    inside = new_initiative(alice, place("35360"), title="Un verger ici")
    outside = new_initiative(alice, place("13055"), title="Un verger ailleurs")
    for where in (Department.objects.get(pk="35"), Region.objects.get(pk="53")):
        assert found("verger", place=where) == [inside.title, outside.title]


# --- Misspellings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pisicne", "piscine"),
        ("picsine", "piscine"),
        ("piscinne", "piscine"),
        ("pisine vitré", "piscine vitré"),
        ("bibliotèque", "bibliothèque"),
        ("piscine rennse", "piscine Rennes"),
    ],
)
def test_a_misspelt_word_is_corrected(pool, alice, typed, meant):
    new_initiative(alice, title="Une bibliothèque de quartier")
    count_words()
    answer = find(Asked(typed))
    assert answer.corrected == meant
    assert answer.numbers


def test_what_is_found_as_it_is_typed_is_not_corrected(pool, alice):
    new_initiative(alice, title="Une pisciculture")
    count_words()
    for typed in ("piscine", "pisc", "piscines", "pisciculture"):
        assert find(Asked(typed)).corrected == ""
    assert find(Asked("pisicne", is_literal=True)).corrected == ""


def test_a_word_of_what_was_withheld_is_not_offered(pool):
    count_words()
    pool.withhold()
    answer = find(Asked("pisicne"))
    assert answer.numbers == []


def test_words_follow_the_entries(pool):
    assert add_words() > 0
    assert Word.objects.get(pk="ete").shown == "été"
    assert add_words() == 0
    pool.withhold()
    assert count_words() == 0


# --- Order, sorts and bounds ---------------------------------------------------------------------------------------


def test_the_title_weighs_more_than_the_text_and_all_words_more_than_one(alice):
    in_text = new_initiative(alice, title="Une saison pour commencer", problem="Le verger est vide.")
    in_title = new_initiative(alice, title="Le verger de la gare", problem="Rien n’y pousse.")
    both = new_initiative(alice, title="Le verger et la ruche", problem="Rien n’y pousse.")
    assert found("verger")[-1] == in_text.title
    assert found("verger ruche") == [both.title, in_title.title, in_text.title]


def test_of_two_alike_the_one_that_is_coming_and_the_supported_come_first(alice, vitre):
    over = new_event(alice, vitre, title="Bal des pompiers", starts_at=timezone.now() - timedelta(days=90))
    coming = new_event(alice, vitre, title="Bal des voisins")
    assert found("bal") == [coming.title, over.title]
    quiet = new_initiative(alice, title="Un four à pain ici", support_count=0)
    loud = new_initiative(alice, title="Un four à pain là", support_count=300)
    assert found("four à pain") == [loud.title, quiet.title]


def test_one_discussion_does_not_drown_the_others(pool, bob):
    for number in range(6):
        Contribution.objects.create(
            initiative=pool, author=bob, text=f"Le carrelage, point {number}", published_at=timezone.now()
        )
    assert len(found("carrelage")) == 2


def test_sorts_are_counted_and_narrow(pool, alice, vitre):
    new_event(alice, vitre, title="Visite de la piscine")
    new_event(alice, vitre, title="Fête de la piscine", starts_at=timezone.now() + timedelta(days=60))
    asked = Asked("piscine")
    counts, is_more = marks(find(asked), asked)
    assert not is_more
    assert (counts["kind:initiative"], counts["kind:event"], counts["when:a-venir"]) == (1, 2, 2)
    assert found("piscine", kind="event", when="mois") == ["Visite de la piscine"]
    narrowed = Asked("piscine", kind="event")
    counts, _is_more = marks(find(narrowed), narrowed)
    assert counts["kind:initiative"] == 1, "the other tabs keep their number"
    assert "state:published" not in counts


def test_what_is_old_is_found_among_thousands_of_newer_ones(alice, vitre, monkeypatch):
    monkeypatch.setattr("search.finding.READ", 2)
    ended = {"state": "succeeded", "ended_at": timezone.now()}
    old = {new_initiative(alice, vitre, title=f"Un verger d’antan, le {n}e", **ended).title for n in range(3)}
    # Their numbers are far from each other, as if many had come between them.
    Entry.objects.update(id=F("id") - 40_000)
    for n in range(20):
        new_initiative(alice, vitre, title=f"Un verger neuf, le {n}e")
    count_words()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE search_entry")
    assert set(found("verger", state="succeeded")) == set(found("", state="succeeded")) == old
    assert set(found("antan")) == old
    asked = Asked("verger", state="succeeded")
    counts, is_more = marks(find(asked), asked)
    assert counts["state:succeeded"] == 3 or is_more


@pytest.mark.parametrize(
    ("first", "last"), [(0, 5), (3000, 70_000), (32_768, 32_768), (65_535, 200_000), (131_000, 131_100)]
)
def test_the_ages_of_a_range_of_numbers_are_those_of_each_of_them(db, first, last):
    ages = set(ages_of(first, last))
    with connection.cursor() as cursor:
        for number in {first, (first + last) // 2, last}:
            cursor.execute("SELECT search_ages(%s)", [number])
            assert ages & set(cursor.fetchone()[0])
        for number in {first - 2048, first - 40_000}:
            cursor.execute("SELECT search_ages(%s)", [number])
            assert number < 0 or not ages & set(cursor.fetchone()[0])
    assert len(ages) < 30


# --- Pages ---------------------------------------------------------------------------------------------------------


def test_the_page_marks_what_was_typed_and_escapes_the_rest(visitor, alice):
    new_initiative(alice, title="La piscine <script>alert(1)</script>", summary="Une piscine & un <b>bassin</b>")
    page = visitor.get("/recherche/", {"q": "piscine"}).content.decode()
    assert "La <mark>piscine</mark> &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>bassin" not in page
    assert 'content="noindex"' in page


def test_what_is_typed_is_escaped(visitor):
    for address in ("/recherche/", "/recherche/suggestions/"):
        page = visitor.get(address, {"q": '"><script>x</script>'}).content.decode()
        assert "<script>x" not in page


def test_the_page_says_where_and_what_was_meant(visitor, pool):
    count_words()
    page = visitor.get("/recherche/", {"q": "pisicne vitré"}).content.decode()
    assert "Résultats pour" in page
    assert "piscine vitré" in page
    assert "/territoires/35360-vitre/" in page
    assert "q=piscine" in page, "the chip of the place is taken off"


def test_nothing_found_is_an_act(visitor):
    page = visitor.get("/recherche/", {"q": "zzzzz", "type": "event"}).content.decode()
    assert "/initiatives/nouvelle/" in page
    assert "Sans les filtres" in page


def test_an_address_with_anything_in_its_filters_answers(visitor, pool):
    for name in ("type", "theme", "etat", "quand", "lieu", "mots", "page"):
        for value in ("x", "\x00", "-1", "99999", "é" * 300, "35360-vitre"):
            assert visitor.get("/recherche/", {"q": "piscine", name: value}).status_code == 200


def test_the_page_is_the_same_for_all_and_asks_a_fixed_number_of_questions(
    visitor, alice, vitre, django_assert_max_num_queries
):
    for number in range(40):
        new_initiative(alice, vitre, title=f"Piscine {number}")
    # The limit; the words, the place, its namesakes; the results, their sorts, their extracts; themes, transactions.
    with django_assert_max_num_queries(30):
        answer = visitor.get("/recherche/", {"q": "piscine vitré"})
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert answer.content.decode().count('class="result"') == 20
    further = visitor.get("/recherche/", {"q": "piscine vitré", "page": 2}).content.decode()
    assert further.count('class="result"') == 20
    assert "page=3" not in further


def test_places_that_only_begin_so_come_after_what_was_found_and_a_code_is_a_place(visitor, alice):
    bicycle = new_initiative(alice, title="Un vélo pour chacun")
    count_words()
    page = visitor.get("/recherche/", {"q": "velo"}).text
    assert 0 < page.index(bicycle.get_absolute_url()) < page.index("Velorcey")
    assert "Velaux" in visitor.get("/recherche/", {"q": "velau"}).text
    assert "/territoires/976-mayotte/" in visitor.get("/recherche/", {"q": "976"}).text


def test_suggestions_are_links_to_places_then_to_what_was_found(visitor, pool):
    page = visitor.get("/recherche/suggestions/", {"q": "vitr"}).content.decode()
    assert page.index("/territoires/35360-vitre/") > 0
    page = visitor.get("/recherche/suggestions/", {"q": "pisc"})
    assert pool.get_absolute_url() in page.content.decode()
    assert "max-age=15" in page["Cache-Control"]
    assert visitor.get("/recherche/suggestions/", {"q": "p"}).content.strip() == b""


@pytest.mark.usefixtures("whole_minute")
def test_a_machine_that_asks_too_much_is_told_to_wait(visitor, pool, monkeypatch):
    monkeypatch.setattr("search.views.SUGGESTIONS_A_MINUTE", 2)
    monkeypatch.setattr("search.views.SEARCHES_A_MINUTE", 2)
    for address in ("/recherche/", "/recherche/suggestions/"):
        said = [visitor.get(address, {"q": "piscine"}, REMOTE_ADDR="192.0.2.7").status_code for _ in range(3)]
        assert said == [200, 200, 429]
        assert visitor.get(address, {"q": "piscine"}, REMOTE_ADDR="192.0.2.8").status_code == 200


def test_what_is_looked_for_is_kept_nowhere(pool, caplog):
    member = new_member("dora")
    client_of(member).get("/recherche/", {"q": "motquenulautrenedit"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', ["%motquenulautrenedit%"])
            assert cursor.fetchone()[0] == 0, table
    assert "motquenulautrenedit" not in caplog.text


def test_what_crossing_transactions_left_is_mended_within_the_night(pool, alice, vitre):
    event = new_event(alice, vitre, title="Visite du bassin")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Initiative.objects.filter(pk=pool.pk).update(withheld_at=timezone.now())
        Entry.objects.filter(kind="event").delete()
        cursor.execute("SET LOCAL session_replication_role = origin")
    look_after_entries()
    assert list(Entry.objects.values_list("kind", "object_id")) == [("event", event.pk)]
    assert mend() == 0


def test_everything_can_be_indexed_anew(pool, alice, vitre):
    new_event(alice, vitre, title="Visite du bassin")
    before = set(Entry.objects.values_list("kind", "object_id", "pk"))
    Entry.objects.update(title="perdu")
    call_command("index_search", verbosity=0)
    assert set(Entry.objects.values_list("kind", "object_id", "pk")) == before
    assert not Entry.objects.filter(title="perdu").exists()
