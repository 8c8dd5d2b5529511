"""What can happen to an initiative: one function per verb."""

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from initiatives.models import Initiative
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from territories.models import Commune


class Refused(Exception):
    """The act cannot be done; its text says why, and can be shown to the person."""


class SupportRefused(Refused):
    """The initiative is not open to supports."""


class SubmissionRefused(Refused):
    """The initiative lacks something before it can be submitted, or is no longer a draft."""


# --- Opening ---------------------------------------------------------------------------------------------------------


def open_draft(*, by: Member, **texts: str) -> Initiative:
    """A draft that only its author sees."""
    return Initiative.objects.create(author=by, **texts)


def missing_texts(initiative: Initiative) -> list[str]:
    """The names of what a draft still lacks before it can be submitted."""
    names = [name for name in ("title", "summary", "problem", "proposal") if not getattr(initiative, name)]
    if initiative.kind == Initiative.Kind.LOCAL_PROJECT and initiative.territory is None:
        names.append("commune")
    return names


@transaction.atomic
def edit_texts(initiative: Initiative, changes: dict[str, str], *, by: Member) -> Outcome:
    """New texts. Those of a draft are simply kept; any other is screened, and may wait for a moderator.

    Returns what the filter said: QUEUE means that a public initiative keeps its old texts meanwhile.
    """
    draft = Initiative.objects.select_for_update(no_key=True).filter(pk=initiative.pk, state=Initiative.State.DRAFT)
    initiative = draft.first() or Initiative.objects.get(pk=initiative.pk)
    if initiative.state == Initiative.State.DRAFT:
        if changes.get("kind") == Initiative.Kind.NATIONAL_PROJECT:
            _set_place(initiative, None, level="country")
        initiative.apply_edit(changes)
        return Outcome.PUBLISH
    # It locks the case before the initiative, as a moderator who decides does: nothing may be locked before it.
    # A text that is as the public one takes back what waited in its place.
    return moderation.receive_edit(initiative, changes, by=by)


@transaction.atomic
def place(initiative: Initiative, commune: Commune | None, *, level: str, words: list[str], by: Member) -> Outcome:
    """Say where it belongs and under which words it is found.

    It is this commune, its département or its région (`level`), or France when `commune` is None. New words on a public
    initiative may wait for a moderator, as texts do: see `edit_texts`.
    """
    outcome = edit_texts(initiative, {"keywords": ", ".join(words)}, by=by)
    _set_place(initiative, commune, level=level)
    return outcome


def _set_place(initiative: Initiative, commune: Commune | None, *, level: str) -> None:
    initiative.commune = initiative.department = initiative.region = None
    initiative.place_label = "France"
    if commune is not None:
        department = commune.department
        initiative.region = department.region
        if level in ("commune", "department") or department.region is None:
            initiative.department = department
        if level == "commune":
            initiative.commune = commune
        initiative.place_label = initiative.territory.label
    initiative.updated_at = timezone.now()
    initiative.save(update_fields=["commune", "department", "region", "place_label", "updated_at"])


@transaction.atomic
def submit(initiative: Initiative, *, by: Member) -> Outcome:
    """The author says it is ready: the filter publishes it at once, or queues it for a moderator.

    Saying it twice is harmless. Raises SubmissionRefused when something is missing.
    """
    initiative = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if initiative.state != Initiative.State.DRAFT:
        return Outcome.PUBLISH if initiative.published_at else Outcome.QUEUE
    if missing_texts(initiative):
        raise SubmissionRefused(_("Il manque encore quelque chose avant de pouvoir proposer cette initiative."))
    initiative.state = Initiative.State.SUBMITTED
    initiative.submitted_at = timezone.now()
    initiative.save(update_fields=["state", "submitted_at"])
    return moderation.receive(initiative, by=by)


def discard_draft(initiative: Initiative, *, by: Member) -> bool:
    """Erase a draft nobody else ever saw. Returns False when it is no longer one."""
    deleted, _rows = Initiative.objects.filter(pk=initiative.pk, author=by, state=Initiative.State.DRAFT).delete()
    return deleted > 0


# --- Supporting ------------------------------------------------------------------------------------------------------

# One statement: the support, and the delta that tells the shown number. The unique constraint decides who is first,
# and the number of deltas written says whether it was new.
_SUPPORT = """
WITH new AS (
    INSERT INTO initiatives_support (initiative_id, member_id, commune_id, created_at)
    SELECT id, %(member)s::bigint, %(commune)s::varchar, %(now)s::timestamptz FROM initiatives_initiative
    WHERE id = %(initiative)s::bigint AND state = 'published' AND withheld_at IS NULL
    ON CONFLICT (initiative_id, member_id) DO NOTHING
    RETURNING initiative_id
)
INSERT INTO initiatives_supportdelta (initiative_id, amount) SELECT initiative_id, 1 FROM new
"""

_WITHDRAW = """
WITH gone AS (
    DELETE FROM initiatives_support WHERE initiative_id = %(initiative)s::bigint AND member_id = %(member)s::bigint
    RETURNING initiative_id
)
INSERT INTO initiatives_supportdelta (initiative_id, amount) SELECT initiative_id, -1 FROM gone
"""

# Rows are deleted and counted by one statement: whatever dies, each delta is counted once. Ids are never compared,
# since they commit out of order.
_FOLD = """
WITH taken AS (
    DELETE FROM initiatives_supportdelta RETURNING initiative_id, amount
), sums AS (
    SELECT initiative_id, sum(amount) AS total FROM taken GROUP BY initiative_id
)
UPDATE initiatives_initiative SET support_count = support_count + sums.total FROM sums
WHERE initiatives_initiative.id = sums.initiative_id AND sums.total <> 0
"""

_RECONCILE = """
WITH rows AS (
    SELECT initiative_id, count(*) AS total FROM initiatives_support GROUP BY initiative_id
), deltas AS (
    SELECT initiative_id, sum(amount) AS total FROM initiatives_supportdelta GROUP BY initiative_id
), truth AS (
    SELECT initiatives_initiative.id, coalesce(rows.total, 0) - coalesce(deltas.total, 0) AS total
    FROM initiatives_initiative
    LEFT JOIN rows ON rows.initiative_id = initiatives_initiative.id
    LEFT JOIN deltas ON deltas.initiative_id = initiatives_initiative.id
)
UPDATE initiatives_initiative SET support_count = truth.total FROM truth
WHERE initiatives_initiative.id = truth.id AND support_count <> truth.total
RETURNING initiatives_initiative.id
"""

#: Held while the shown numbers are written, so that two countings never overlap.
_COUNTING_LOCK = 20100117


def support(initiative: Initiative, *, by: Member) -> bool:
    """Put a member behind an initiative.

    Returns True the first time and False when the support already existed, so that a double click changes nothing.
    Raises SupportRefused when the initiative is not open.
    """
    if not initiative.is_open:
        raise SupportRefused(_("Cette initiative n’est pas ouverte aux soutiens."))
    with connection.cursor() as cursor:
        cursor.execute(
            _SUPPORT,
            {
                "initiative": initiative.pk,
                "member": by.pk,
                "commune": by.home_commune_id,
                "now": timezone.now(),
            },
        )
        return cursor.rowcount == 1


def withdraw_support(initiative: Initiative, *, by: Member) -> bool:
    """Take the support back: the row is deleted. Returns False when there was none. Allowed in any state."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"initiative": initiative.pk, "member": by.pk})
        return cursor.rowcount == 1


@transaction.atomic
def fold_supports() -> int:
    """Add the waiting deltas to the shown numbers. Returns how many initiatives changed, 0 if another is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [_COUNTING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_FOLD)
        return cursor.rowcount


@transaction.atomic
def reconcile_supports() -> list[int]:
    """Recount every initiative from its rows and repair the numbers that drifted. Returns the ids repaired."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_COUNTING_LOCK])
        cursor.execute(_RECONCILE)
        return [row[0] for row in cursor.fetchall()]
