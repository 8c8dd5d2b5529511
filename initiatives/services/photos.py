"""The pictures of an initiative: added, described, put on top, taken away."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import images, limits
from core.images import Picture
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Photo
from initiatives.services import life
from members.models import Member
from moderation import pictures
from moderation import services as moderation
from moderation.filter import Outcome

Use = Photo.Use

#: Besides the cover. As many show what came of it.
MOST = {Use.TEXT: 6, Use.OUTCOME: 6}
#: Reading one takes a second of a processor: a member sends at most so many in a day, refused ones included.
MOST_A_DAY = 60


def may_send(by: Member) -> bool:
    """Count one more sending of this member; False once there are too many today. Outside any transaction."""
    return limits.hit([limits.Window(f"images/{by.pk}", 24 * 60 * 60)])[0] <= MOST_A_DAY


def verb_of(use: str) -> Verb:
    """What somebody must be allowed to do to add a picture of this use, or describe it otherwise."""
    return Verb.TELL if use == Use.OUTCOME else Verb.EDIT


def add(initiative: Initiative, picture: Picture, *, use: str, alternative: str, by: Member) -> tuple[Photo, Outcome]:
    """Show one more picture; a new cover sends the former one down into the page.

    What it is said to show is screened: QUEUE means that a moderator reads it before anyone sees the picture. Raises
    LifeRefused when there are enough, or it is not theirs to do; nothing is kept then.
    """
    demand(verb_of(use), initiative, by=by)
    name = images.keep(picture, folder=Photo.FOLDER)
    try:
        return _add(initiative, picture, name=name, use=use, alternative=alternative, by=by)
    except Exception:
        images.forget(name, picture.width)
        raise


@transaction.atomic
def _add(
    initiative: Initiative, picture: Picture, *, name: str, use: str, alternative: str, by: Member
) -> tuple[Photo, Outcome]:
    initiative = _locked(initiative, use, by=by)
    if use == Use.COVER:
        _send_cover_down(initiative)
    else:
        _refuse_beyond(initiative, use)
    photo = Photo.objects.create(
        initiative=initiative,
        use=use,
        name=name,
        width=picture.width,
        height=picture.height,
        alternative=alternative,
        author=by,
    )
    outcome = moderation.receive(photo, by=by)
    life.touch(initiative)
    return photo, outcome


@transaction.atomic
def make_cover(photo: Photo, *, by: Member) -> None:
    """Put a picture of the page on top; the one that was there takes its place. Harmless twice. Raises LifeRefused."""
    initiative = _locked(photo.initiative, Use.COVER, by=by)
    photo = _found(initiative, photo)
    if photo.use == Use.COVER:
        return
    if photo.use != Use.TEXT:
        raise LifeRefused(_("Cette image montre ce qui est sorti de l’initiative : elle reste à sa place."))
    initiative.photos.filter(use=Use.COVER).update(use=Use.TEXT)
    photo.use = Use.COVER
    photo.save(update_fields=["use"])
    life.touch(initiative)


@transaction.atomic
def describe(photo: Photo, alternative: str, *, by: Member) -> Outcome:
    """Say otherwise what it shows. QUEUE: a moderator reads it, and the former words stay meanwhile."""
    demand(verb_of(photo.use), photo.initiative, by=by)
    # It locks the case before the photo, as a moderator who decides does: nothing may be locked before it.
    return moderation.receive_edit(photo, {"alternative": alternative}, by=by)


@transaction.atomic
def remove(photo: Photo, *, by: Member) -> None:
    """Take it away, with its files, whatever became of the initiative. Harmless twice. Raises LifeRefused."""
    demand(Verb.TAKE_DOWN, photo.initiative, by=by)
    try:
        # Nothing of it waits for a moderator any more.
        moderation.take_back(photo)
    except moderation.ContentGone:
        return
    name, width = photo.name, photo.width
    Photo.objects.filter(pk=photo.pk).delete()
    transaction.on_commit(lambda: images.forget(name, width))


def place_files() -> int:
    """For a task: move the files that a failure left where they should not be. Returns how many photos."""
    return pictures.place_files(Photo.objects.misplaced())


def forget_orphans() -> int:
    """For a task: erase old files of photos that are gone, or never were. Returns how many files."""
    return pictures.forget_orphans(Photo)


def _locked(initiative: Initiative, use: str, *, by: Member) -> Initiative:
    """Its row locked: those who add pictures at once are counted one after another."""
    initiative = Initiative.objects.select_for_update(of=("self",), no_key=True).get(pk=initiative.pk)
    demand(verb_of(use), initiative, by=by)
    return initiative


def _found(initiative: Initiative, photo: Photo) -> Photo:
    found = initiative.photos.filter(pk=photo.pk).first()
    if found is None:
        raise LifeRefused(_("Cette image n’est plus là."))
    return found


def _send_cover_down(initiative: Initiative) -> None:
    cover = initiative.photos.filter(use=Use.COVER).first()
    if cover is not None:
        _refuse_beyond(initiative, Use.TEXT)
        cover.use = Use.TEXT
        cover.save(update_fields=["use"])


def _refuse_beyond(initiative: Initiative, use: str) -> None:
    if initiative.photos.filter(use=use).count() >= MOST[use]:
        raise LifeRefused(
            _("Il y a déjà %(most)d images : retirez-en une avant d’en ajouter une autre.") % {"most": MOST[use]}
        )
