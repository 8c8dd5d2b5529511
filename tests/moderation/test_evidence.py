"""Crimes are kept under seal: unreadable, until somebody with the right says why; destroyed at their date."""

from datetime import timedelta

import pytest
from cast import new_initiative, new_member
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.sealing import SealBroken, digest, seal, unseal
from members.models import AccessRecord, Member
from moderation import services
from moderation.filter import Ground
from moderation.models import Decision, Evidence
from moderation.services import AlreadyDecided, ReasonMissing, evidence
from tests.moderation.desk import staff_client

CRUEL = "Nous viendrons chez toi cette nuit."


@pytest.fixture
def threatening(alice, vitre):
    return new_initiative(alice, vitre, means=CRUEL)


@pytest.fixture
def kept(chloe, threatening) -> Evidence:
    return services.withhold(threatening, by=chloe, ground="threat", reason="Une menace.").evidence


@pytest.fixture
def audrey(db) -> Member:
    """She is a senior moderator."""
    audrey = new_member("audrey", is_staff=True)
    rights = ["view_evidence", "read_evidence", "hold_evidence", "view_decision"]
    audrey.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    return audrey


def age(kept: Evidence, **fields) -> None:
    """Change what triggers keep, as time would."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Evidence.objects.filter(pk=kept.pk).update(**fields)
        cursor.execute("SET session_replication_role = origin")


def test_a_crime_is_sealed_with_its_decision_and_its_table_says_nothing(kept, threatening):
    assert CRUEL.encode() not in bytes(kept.sealed)
    assert kept.content == threatening and kept.basis == "crime"
    assert kept.destroy_on == timezone.localdate() + evidence.KEPT


@pytest.mark.parametrize("ground", sorted(set(Ground) - evidence.CRIMES))
def test_what_is_no_crime_is_not_sealed(chloe, threatening, ground):
    services.withhold(threatening, by=chloe, ground=ground, reason="Non.")
    assert not Evidence.objects.exists()


def test_reading_asks_why_and_is_written_down_first(kept, audrey):
    with pytest.raises(ReasonMissing):
        evidence.read(kept, by=audrey, why="  ")
    assert not AccessRecord.objects.exists()
    opened = evidence.read(kept, by=audrey, why="Une plainte, numéro 12.")
    assert opened.texts["means"] == CRUEL
    record = AccessRecord.objects.get()
    assert (record.by, record.about, record.why) == (audrey, kept, "Une plainte, numéro 12.")


def test_a_senior_seals_what_the_law_does_not_name(chloe, audrey, threatening):
    decision = services.withhold(threatening, by=chloe, ground="harassment", reason="Insistant.")
    made = evidence.seal_decided(decision, by=audrey, basis="order", reason="Réquisition du 3 mars.")
    assert made.sealed_by == audrey
    with pytest.raises(AlreadyDecided):
        evidence.seal_decided(decision, by=audrey, basis="order", reason="Encore.")
    Decision.objects.update(texts={})
    other = services.restore(threatening, by=chloe, reason="Une erreur.")
    Decision.objects.filter(pk=other.pk).update(texts={})
    with pytest.raises(evidence.EvidenceRefused, match="ne sont plus gardés"):
        evidence.seal_decided(other, by=audrey, basis="order", reason="Réquisition.")


def test_it_is_destroyed_at_its_date_and_its_digest_stays(kept, audrey):
    assert evidence.destroy_due() == 0
    age(kept, destroy_on=timezone.localdate())
    assert evidence.destroy_due() == 1 and evidence.destroy_due() == 0
    before = kept.digest
    kept.refresh_from_db()
    assert (kept.sealed, kept.address, kept.digest) == (None, "", before)
    with pytest.raises(evidence.EvidenceRefused, match="détruit"), transaction.atomic():
        evidence.read(kept, by=audrey, why="Une plainte.")


def test_what_a_court_asks_for_is_kept_beyond_its_date(kept):
    evidence.hold(kept, reason="Réquisition du 3 mars.")
    age(kept, destroy_on=timezone.localdate() - timedelta(days=1))
    assert evidence.destroy_due() == 0
    evidence.let_go(kept)
    assert evidence.destroy_due() == 1
    with pytest.raises(evidence.EvidenceRefused):
        evidence.hold(kept, reason="Trop tard.")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM moderation_evidence",
        "TRUNCATE moderation_evidence",
        "UPDATE moderation_evidence SET sealed = 'x'",
        "UPDATE moderation_evidence SET digest = 'x'",
        "UPDATE moderation_evidence SET destroy_on = destroy_on - 400",
        "UPDATE moderation_evidence SET sealed = NULL, destroyed_at = now()",
    ],
)
def test_the_database_keeps_it_until_its_date_whoever_asks(kept, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert not Evidence.objects.get().is_destroyed


def test_a_former_key_still_opens_and_a_lost_one_says_so(settings):
    sealed = seal(CRUEL)
    settings.ADDRESS_KEY_FALLBACKS = [settings.ADDRESS_KEY]
    settings.ADDRESS_KEY = "une autre"
    assert unseal(sealed) == CRUEL
    settings.ADDRESS_KEY_FALLBACKS = []
    with pytest.raises(SealBroken):
        unseal(sealed)
    assert digest(CRUEL) == digest(CRUEL) != digest(f"{CRUEL} ")


# --- In the administration -------------------------------------------------------------------------------------------


def test_its_page_shows_dates_and_digests_and_a_reason_opens_it_once(kept, audrey):
    client = staff_client(audrey)
    page = client.get(f"/admin/moderation/evidence/{kept.pk}/change/").content.decode()
    assert kept.digest in page and CRUEL not in page
    address = f"/admin/moderation/evidence/{kept.pk}/lire/"
    assert CRUEL not in client.get(address).content.decode()
    assert CRUEL not in client.post(address, {"reason": ""}).content.decode()
    assert not AccessRecord.objects.exists()
    answer = client.post(address, {"reason": "Une plainte."})
    assert CRUEL in answer.content.decode() and "no-store" in answer["Cache-Control"]
    assert AccessRecord.objects.get().why == "Une plainte."


def test_whoever_may_not_read_it_does_not(kept, chloe, as_bob):
    client = staff_client(chloe)
    for verb in ("lire", "garder", "laisser"):
        assert client.post(f"/admin/moderation/evidence/{kept.pk}/{verb}/", {"reason": "Pour voir."}).status_code == 403
        assert as_bob.get(f"/admin/moderation/evidence/{kept.pk}/{verb}/", follow=True).status_code == 403
    decision = kept.decision_id
    assert client.post(f"/admin/moderation/evidence/sceller/{decision}/", {"reason": "Pour voir."}).status_code == 403
    assert not AccessRecord.objects.exists()


def test_a_senior_holds_lets_go_and_seals_from_the_pages(kept, chloe, audrey, alice, vitre):
    client = staff_client(audrey)
    base = f"/admin/moderation/evidence/{kept.pk}"
    client.post(f"{base}/garder/", {"reason": "Réquisition."})
    kept.refresh_from_db()
    assert kept.is_held and "Ne plus le garder" in client.get(f"{base}/change/").content.decode()
    client.post(f"{base}/laisser/")
    kept.refresh_from_db()
    assert not kept.is_held
    other = new_initiative(alice, vitre, title="Un autre projet")
    decision = services.withhold(other, by=chloe, ground="harassment", reason="Insistant.")
    assert "sceller" in client.get(f"/admin/moderation/decision/{decision.pk}/change/").content.decode()
    client.post(f"/admin/moderation/evidence/sceller/{decision.pk}/", {"basis": "dispute", "reason": "Un procès."})
    assert decision.evidence.basis == "dispute"
    assert client.get("/admin/moderation/evidence/sceller/999/").status_code == 404


def test_the_list_costs_the_same_with_two_or_fifteen(audrey, chloe, alice, vitre, query_bill):
    def fill(count: int) -> None:
        for _turn in range(count):
            content = new_initiative(alice, vitre)
            services.withhold(content, by=chloe, ground="threat", reason="Une menace.")

    query_bill(staff_client(audrey), "/admin/moderation/evidence/", fill, most=12)
