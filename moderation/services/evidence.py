"""What is kept under seal: crimes that were found, until their date; read by few, on a reason that is written down."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import images
from core.sealing import SealBroken, digest, seal, unseal
from members.models import Member
from members.services import record_reading
from moderation.filter import Ground
from moderation.models import Decision, Evidence, ModeratedContent
from moderation.pictures import ModeratedPicture
from moderation.services.refusals import AlreadyDecided, DecisionRefused, ReasonMissing

#: What a decision on one of these grounds was about is sealed at once.
CRIMES = frozenset(
    {
        Ground.CHILD_ABUSE_MATERIAL,
        Ground.PRAISE_OF_TERRORISM,
        Ground.PRAISE_OF_CRIMES,
        Ground.INCITEMENT_TO_CRIME,
        Ground.HATE_INCITEMENT,
        Ground.THREAT,
    }
)
_RESTRICTIONS = frozenset({Decision.Verb.WITHHOLD, Decision.Verb.REMOVE, Decision.Verb.REJECT})
#: As long as what identifies an author must be kept (LCEN, décret 2021-1362); longer only when it is asked for.
KEPT = timedelta(days=365)


class EvidenceRefused(DecisionRefused):
    """It cannot be sealed, read or held; the text says why."""


@dataclass(frozen=True)
class Unsealed:
    """What evidence holds, for whoever just said why they read it."""

    texts: dict[str, str]
    address: str


def seal_crime(decision: Decision) -> Evidence | None:
    """Seal what was decided upon when its ground is a crime. To be called in the transaction of the decision."""
    if decision.verb not in _RESTRICTIONS or decision.ground not in CRIMES:
        return None
    return _seal(decision, basis=Evidence.Basis.CRIME, reason="", by=None)


@transaction.atomic
def seal_decided(decision: Decision, *, by: Member, basis: str, reason: str) -> Evidence:
    """A senior moderator seals what was decided upon, whatever the ground.

    Raises ReasonMissing, EvidenceRefused when the texts are not kept any more, AlreadyDecided when it is sealed.
    """
    _require(reason)
    decision = Decision.objects.select_for_update(of=("self",), no_key=True).get(pk=decision.pk)
    if Evidence.objects.filter(decision=decision).exists():
        raise AlreadyDecided(_("Ce qui a été décidé est déjà scellé."))
    if not decision.texts:
        raise EvidenceRefused(_("Les textes de cette décision ne sont plus gardés : rien n’est à sceller."))
    return _seal(decision, basis=basis, reason=reason.strip(), by=by)


@transaction.atomic
def read(evidence: Evidence, *, by: Member, why: str) -> Unsealed:
    """Open it for this reader; that it was read, by whom and why is written down first. Raises EvidenceRefused."""
    _require(why)
    record_reading(by=by, about=evidence, what=_("scellé"), why=why.strip())
    if evidence.is_destroyed:
        raise EvidenceRefused(_("Ce scellé a été détruit à sa date : il n’en reste que l’empreinte."))
    try:
        held = json.loads(unseal(evidence.sealed))
    except SealBroken as error:
        raise EvidenceRefused(
            _("Ce scellé ne s’ouvre pas : sa clé n’est plus celle du site, ou il a été changé.")
        ) from error
    return Unsealed(held["texts"], held["address"])


@transaction.atomic
def hold(evidence: Evidence, *, reason: str) -> None:
    """Somebody with the right to ask wants it kept: it is not destroyed at its date. Harmless twice."""
    _require(reason)
    evidence = Evidence.objects.select_for_update(of=("self",), no_key=True).get(pk=evidence.pk)
    if evidence.is_destroyed:
        raise EvidenceRefused(_("Ce scellé a été détruit à sa date : il n’en reste que l’empreinte."))
    evidence.held_at = evidence.held_at or timezone.now()
    evidence.held_reason = reason.strip()
    evidence.save(update_fields=["held_at", "held_reason"])


@transaction.atomic
def let_go(evidence: Evidence) -> None:
    """Nobody asks for it any more: it goes at its date, tonight when that is past."""
    Evidence.objects.filter(pk=evidence.pk).update(held_at=None, held_reason="")


def destroy_due() -> int:
    """Destroy what has reached its date and nobody asks for; digests stay. Returns how many."""
    return Evidence.objects.filter(destroyed_at=None, held_at=None, destroy_on__lte=timezone.localdate()).update(
        sealed=None, address="", destroyed_at=timezone.now()
    )


def _seal(decision: Decision, *, basis: str, reason: str, by: Member | None) -> Evidence:
    content = decision.content if decision.object_id else None
    address = content.full_address[:500] if isinstance(content, ModeratedContent) else ""
    copy = json.dumps({"texts": decision.texts, "address": address}, ensure_ascii=False, sort_keys=True)
    return Evidence.objects.create(
        decision=decision,
        content_type=decision.content_type,
        object_id=decision.object_id,
        address=address,
        sealed=seal(copy),
        digest=digest(copy),
        picture_digest=_digest_of_picture(content),
        basis=basis,
        reason=reason[:500],
        sealed_by=by,
        destroy_on=timezone.localdate() + KEPT,
    )


def _digest_of_picture(content: object) -> str:
    """Of its widest file: the picture itself is not copied."""
    if not isinstance(content, ModeratedPicture):
        return ""
    data = images.content(content.name, content.width)
    return hashlib.sha256(data).hexdigest() if data else ""


def _require(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi : la raison est inscrite et relue."))
