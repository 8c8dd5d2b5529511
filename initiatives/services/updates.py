"""What the organisers tell their supporters: one a day at most, told with each supporter's next digest."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Announcement, Initiative, Update
from initiatives.services.announcing import announce
from initiatives.services.life import touch
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome

#: Words of an update that its supporters read in their digest.
_EXCERPT = 40
_BATCH = 50


class OneADay(LifeRefused):
    """An update was written today."""


def of_today(initiative: Initiative) -> Update | None:
    """The one that was written today, if any."""
    return initiative.updates.filter(day=timezone.localdate()).first()


@transaction.atomic
def write(initiative: Initiative, *, title: str, text: str, by: Member) -> tuple[Update, Outcome]:
    """A new update: published at once, or once a moderator read it. Raises LifeRefused; OneADay for a second one."""
    demand(Verb.TELL, initiative, by=by)
    update = Update(initiative=initiative, author=by, title=title, text=text, day=timezone.localdate())
    try:
        with transaction.atomic():
            update.save()
    except IntegrityError as error:
        raise OneADay(
            _("Vos soutiens ont déjà une nouvelle aujourd’hui. Complétez-la, ou gardez ce texte pour demain.")
        ) from error
    touch(initiative)
    return update, moderation.receive(update, by=by)


@transaction.atomic
def edit(update: Update, texts: dict[str, str], *, by: Member) -> Outcome:
    """New texts, screened: QUEUE means that the public one stays meanwhile. Raises LifeRefused."""
    demand(Verb.TELL, update.initiative, by=by)
    return moderation.receive_edit(update, texts, by=by)


def may_be_withdrawn(update: Update) -> bool:
    """Whether nobody has been told of it yet: the digest that it waits for has not left."""
    return update.withheld_at is None and (update.told_at is None or update.is_about_to_be_read)


@transaction.atomic
def withdraw(update: Update, *, by: Member) -> None:
    """As if it had not been written: another one may be written today. Raises LifeRefused once supporters read it."""
    demand(Verb.TELL, update.initiative, by=by)
    # It locks the case before its content, as a moderator who decides does.
    try:
        moderation.take_back(update)
    except moderation.ContentGone:
        return
    update = Update.objects.select_related("initiative").get(pk=update.pk)
    if not may_be_withdrawn(update):
        raise LifeRefused(_("Vos soutiens l’ont déjà reçue : modifiez-la plutôt, ou écrivez-en une autre."))
    Announcement.objects.take_back(update.key)
    update.delete()


def tell_untold() -> int:
    """Announce each new update, for the next digest of its supporters, once. Returns how many updates. For a task.

    One a day for each initiative, the oldest first: a second one, let through today, waits for tomorrow.
    """
    return each(Update.objects.to_tell().order_by("pk"), _tell, most=_BATCH)


@transaction.atomic
def _tell(pk: int) -> bool:
    update = (
        Update.objects.to_tell()
        .filter(pk=pk)
        .select_related("initiative")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    # Read after the lock: a withdrawal that came first is seen, one that comes now waits, and takes back what is told.
    if update is None or not Initiative.objects.filter(pk=update.initiative_id, withheld_at=None).exists():
        return False
    update.told_at = timezone.now()
    update.told_on = timezone.localdate(update.told_at)
    try:
        with transaction.atomic():
            update.save(update_fields=["told_at", "told_on"])
    except IntegrityError:
        # Another task tells another one at this very moment: this one waits for tomorrow.
        return False
    announce(
        update.initiative,
        kind="update_published",
        key=update.key,
        context={
            "title": update.initiative.title,
            "heading": update.title,
            "excerpt": Truncator(" ".join(update.text.split())).words(_EXCERPT),
            "url": update.get_absolute_url(),
        },
        but=[update.author_id],
        by=update.author_id,
    )
    return True
