"""Opening an initiative: a draft, its texts, its place, and its submission."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Step, TimelineEntry
from initiatives.services.drafts import unfinished_steps
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from territories.models import Commune
from territories.openings import why_not_yet

#: Drafts that one member keeps at once.
MOST_DRAFTS = 10


@transaction.atomic
def open_draft(*, by: Member, **texts: str) -> Initiative:
    """A draft that only its author sees. The same sent twice within a minute is one.

    Raises LifeRefused when this member keeps as many as one may: see `has_most_drafts`.
    """
    # Two clicks follow each other; nothing else is held, so that nobody waits in a circle.
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    just_now = timezone.now() - timedelta(minutes=1)
    known = Initiative.objects.filter(author=by, state=Initiative.State.DRAFT, created_at__gt=just_now, **texts)
    if same := known.first():
        return same
    if has_most_drafts(by):
        raise LifeRefused(_("Vous avez déjà dix brouillons : celui-ci n’est pas encore ouvert."))
    draft = Initiative.objects.create(author=by, **texts)
    draft.timeline.create(kind=TimelineEntry.Kind.OPENED, happened_at=draft.created_at)
    return draft


def has_most_drafts(member: Member) -> bool:
    """Whether this member must go on with a draft, or erase one, before opening another."""
    return Initiative.objects.filter(author=member, state=Initiative.State.DRAFT).count() >= MOST_DRAFTS


def missing_texts(initiative: Initiative) -> list[str]:
    """The names of what a draft still lacks before it can be submitted."""
    names = [name for name in ("title", "summary", "problem", "proposal") if not getattr(initiative, name)]
    if initiative.kind == Initiative.Kind.LOCAL_PROJECT and initiative.territory is None:
        names.append("commune")
    return names


def step_to_do(initiative: Initiative, *, by: Member) -> Step | None:
    """Where its author goes on with a draft: what they left unfinished, else what is missing. None when it is whole."""
    missing = missing_texts(initiative)
    lacking = {
        Step.SUBJECT: bool({"title", "summary"} & set(missing)),
        Step.TEXT: bool({"problem", "proposal"} & set(missing)),
        # Themes are asked with the place: without any, the step was never reached.
        Step.PLACE: "commune" in missing or not initiative.keywords,
    }
    left = unfinished_steps(initiative, by=by)
    return next((step for step in Step if step in left), next((step for step in Step if lacking[step]), None))


@transaction.atomic
def edit_texts(initiative: Initiative, changes: dict[str, str], *, by: Member) -> Outcome:
    """New texts. Those of a draft are simply kept; any other is screened, and may wait for a moderator.

    Returns what the filter said: QUEUE means that a public initiative keeps its old texts meanwhile.
    Raises LifeRefused.
    """
    draft = Initiative.objects.select_for_update(no_key=True).filter(pk=initiative.pk, state=Initiative.State.DRAFT)
    initiative = draft.first() or Initiative.objects.get(pk=initiative.pk)
    demand(Verb.EDIT, initiative, by=by)
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
    initiative may wait for a moderator, as texts do: see `edit_texts`. Raises LifeRefused, also where the site is not
    open yet.
    """
    if why := why_not_there(initiative, commune, level=level, by=by):
        raise LifeRefused(why)
    outcome = edit_texts(initiative, {"keywords": ", ".join(words)}, by=by)
    _set_place(initiative, commune, level=level)
    return outcome


def why_not_there(initiative: Initiative, commune: Commune | None, *, level: str, by: Member) -> str:
    """Why it cannot be of this place, which is not open yet; "" when it can. What is there already stays there."""
    if commune is None or (level == "region" and commune.department.region_id):
        return ""
    if initiative.department_id == commune.department_id and initiative.state != Initiative.State.DRAFT:
        return ""
    return why_not_yet(commune.department_id, is_staff=by.is_staff)


def _set_place(initiative: Initiative, commune: Commune | None, *, level: str) -> None:
    before = initiative.place_label
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
    initiative.keep_version({"place_label": [before, initiative.place_label]})
    initiative.updated_at = timezone.now()
    initiative.save(update_fields=["commune", "department", "region", "place_label", "updated_at"])


def discard_draft(initiative: Initiative, *, by: Member) -> bool:
    """Erase a draft nobody else ever saw. Returns False when it is no longer one."""
    deleted, _rows = Initiative.objects.filter(pk=initiative.pk, author=by, state=Initiative.State.DRAFT).delete()
    return deleted > 0
