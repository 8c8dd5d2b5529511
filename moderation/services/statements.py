"""Each restriction is stated: on which ground, on which facts, until when; anyone may read it (DSA, art. 17)."""

from collections.abc import Iterator
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from moderation.commission import RESTRICTIONS, Restriction, describe
from moderation.filter import Ground
from moderation.masking import masked, personal_data
from moderation.models import Decision, ModeratedContent, Statement

#: Characters of the facts that the Commission takes.
_LONGEST_FACTS = 5000


def state(decision: Decision) -> Statement | None:
    """Write the statement of a decision; None when it restricts nothing.

    To be called in the transaction of the decision, which seals both. What the facts hold of personal data is replaced:
    `is_masked` then says so, for whoever decided.
    """
    if decision.verb not in RESTRICTIONS:
        return None
    names = tuple(_names(decision))
    facts = decision.facts or _usual_facts(decision)
    told = masked(facts, names=names)[:_LONGEST_FACTS]
    puid = str(uuid4())
    fields = describe(
        Restriction(
            puid=puid,
            verb=decision.verb,
            ground=Ground(decision.ground),
            facts=told,
            content_day=_written_on(decision),
            day=timezone.localdate(decision.made_at),
            end_day=timezone.localdate(decision.until) if decision.until else None,
            source=decision.source,
            is_detected=bool(decision.rule),
            is_automated=decision.automated,
            is_picture=getattr(decision.content_type.model_class(), "is_picture", False),
            is_account=decision.content_type.model_class() is Member,
            grounds_address=f"{settings.SITE_ADDRESS}{reverse('moderation_public')}#motifs",
        )
    )
    return Statement.objects.create(
        decision=decision, puid=puid, fields=fields, is_masked=told != facts, stated_at=decision.made_at
    )


def address_of_statement(decision: Decision) -> dict[str, str]:
    """For the context of a message about a decision: where anyone reads what was stated; empty when nothing was."""
    if decision.verb not in RESTRICTIONS:
        return {}
    return {"statement_url": decision.statement.get_absolute_url()}


def what_is_personal(facts: str, *, author: Member | None) -> list[str]:
    """The passages of these facts that a statement would mask: a form may ask for other words first."""
    names = (author.display_name, author.email) if author else ()
    return [facts[start:end] for start, end in personal_data(facts, names=names)]


def _names(decision: Decision) -> Iterator[str]:
    for person in (decision.author, decision.by):
        if person is not None:
            yield person.email
            yield person.display_name


def _written_on(decision: Decision):
    """The day on which what was decided upon was written; for what was never saved, and for an account, this one."""
    content = decision.content if decision.object_id else None
    if isinstance(content, ModeratedContent):
        return timezone.localdate(content.created_at)
    return timezone.localdate(decision.made_at)


def _usual_facts(decision: Decision) -> str:
    """What can be said of any decision of this kind, without a word of what was written."""
    what = decision.content_type.name
    if decision.content_type.model_class() is Member:
        return _("Un modérateur a examiné ce que ce compte a publié et a constaté ce motif.")
    if decision.automated:
        return _("Le filtre automatique a lu ce texte (%(what)s) avant sa publication et y a reconnu ce motif.") % {
            "what": what
        }
    if decision.rule:
        return _("Le filtre automatique a fait relire ce contenu (%(what)s). Un modérateur a constaté ce motif.") % {
            "what": what
        }
    if decision.source in (Decision.Source.NOTICE, Decision.Source.TRUSTED):
        return _("Ce contenu (%(what)s) a été signalé. Un modérateur l’a examiné et a constaté ce motif.") % {
            "what": what
        }
    if decision.source == Decision.Source.APPEAL:
        return _("Un recours sur ce contenu (%(what)s) a été examiné. Une autre personne a constaté ce motif.") % {
            "what": what
        }
    return _("Un modérateur a examiné ce contenu (%(what)s) et a constaté ce motif.") % {"what": what}
