"""An initiative to which everything happened: as much as its page ever has to show."""

from datetime import timedelta
from pathlib import Path

from cast import new_action, new_event, new_member, new_need
from django.utils import timezone
from pictures import encoded, photograph, sent

from core.images import read
from initiatives.models import Action, Contribution, CoOrganiser, Initiative, Photo, TimelineEntry, Update
from initiatives.services import counting, discussion, life, photos, supports

#: About as long as what people write: it does not compress into nothing.
TEXT = (
    "La mairie prête la parcelle du quai nord pour neuf ans, avec l’eau du puits ; reste à clôturer côté voie ferrée. "
    "Le pépiniériste de Balazé garde trente scions jusqu’à mi-février, dont des reinettes et deux poiriers Conférence. "
    "Qui a une tarière ? Nous creusons le samedi 14, par équipes de quatre, et la soupe est pour tout le monde à midi. "
    "L’école Pierre-Lemaître vient le mardi suivant : vingt-six enfants, autant de tuteurs à enfoncer, et du paillage. "
    "On a compté : 412 heures données, 38 arbres, un hérisson. Rendez-vous devant la halle, bottes conseillées.\n\n"
)


def words(number: int, *, start: int = 0) -> str:
    """So many words, not the same for each start."""
    found = TEXT.split()
    return " ".join(found[(start * 7 + rank) % len(found)] for rank in range(number)).capitalize()


def keep_files_where_the_site_is(site, settings) -> None:
    """The images that a test saves are those that the site serves."""
    media = Path(site.environment["VAR_DIR"]) / "media"
    settings.MEDIA_ROOT = media / "public"
    private = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": media / "private"}}
    settings.STORAGES = settings.STORAGES | {"private": private}


def illustrate(initiative: Initiative, *, texts: int) -> None:
    """A cover and so many images, each a photograph of a telephone."""
    picture = read(sent(encoded(photograph(), quality=88)))
    for number, use in enumerate([Photo.Use.COVER] + [Photo.Use.TEXT] * texts):
        alternative = f"Un pommier en fleur, numéro {number}"
        photos.add(initiative, picture, use=use, alternative=alternative, by=initiative.author)


def reach(initiative: Initiative, *steps: int) -> None:
    """These steps were reached: the first promise is kept, the others are still to keep."""
    for rank, step in enumerate(steps):
        reached = timezone.now() - timedelta(days=60 - 10 * rank)
        kept = {"kept_at": reached + timedelta(days=2), "answer": words(60)} if rank == 0 else {}
        initiative.milestones.create(
            threshold=step,
            promise="L’équipe du site écrit aux organisateurs pour préparer la suite avec eux.",
            days=14,
            reached_at=reached,
            due_at=reached + timedelta(days=14),
            **kept,
        )
        life.record(initiative, TimelineEntry.Kind.STEP, count=step, promise="")


def live(initiative: Initiative, *, actions: int = 20, needs: int = 20, contributions: int = 200) -> None:
    """All that can happen to it, but images: `illustrate` is for whoever weighs them."""
    author, commune = initiative.author, initiative.commune
    people = [new_member(f"voisine{n}", home_commune=commune) for n in range(8)]
    for member in people:
        supports.support(initiative, by=member)
    counting.fold_supports()
    for member in people[:4]:
        CoOrganiser.objects.create(initiative=initiative, member=member)
    reach(initiative, 5, 25, 100)
    initiative.milestones.create(threshold=500, promise="Un élu vous reçoit.", days=30)
    now = timezone.now()
    for n in range(actions):
        starts = now + timedelta(days=3 + n)
        new_action(
            initiative,
            title=words(6, start=n),
            description=words(40, start=n),
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            place="Derrière la halle",
            places=4 + n,
            skills="Tenir une bêche",
        )
    for n in range(3):
        done = new_action(initiative, title=words(5, start=n + 40), places=6)
        Action.objects.filter(pk=done.pk).update(is_done=True, closed_at=now, report=words(30, start=n))
    for n in range(needs):
        new_need(initiative, words=words(9, start=n), sort=("material", "skill", "place", "hours")[n % 4])
    for n in range(3):
        day = timezone.localdate() - timedelta(days=9 * (3 - n))
        told = Update(initiative=initiative, author=author, title=words(6, start=n), text=words(250, start=n), day=day)
        told.save()
        told.publish()
    Contribution.objects.bulk_create(
        Contribution(
            initiative=initiative,
            author=people[n % 8],
            text=words(60 + n % 90, start=n),
            stance=("for", "against", "neither")[n % 3],
            published_at=now,
        )
        for n in range(contributions)
    )
    latest = list(initiative.contributions.order_by("-pk")[: min(4, contributions)])
    for contribution in latest[:2]:
        discussion.reply(contribution, by=people[3], text=words(20))
    if latest:
        discussion.pin(latest[-1], by=author)
    for n in range(3):
        new_event(author, commune, initiative=initiative, title=words(5, start=n))
    initiative.refresh_from_db()
