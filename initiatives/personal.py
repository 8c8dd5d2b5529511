"""What this room holds about a person (members.rights.registry)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import images
from initiatives.models import (
    ActDay,
    ActDelta,
    Action,
    AdoptionRequest,
    Announcement,
    Commitment,
    Confirming,
    Contribution,
    ContributionVote,
    CoOrganiser,
    HeldStep,
    Initiative,
    Invitation,
    Letter,
    Merge,
    MergeObjection,
    Milestone,
    Need,
    Offer,
    OwnSource,
    Pace,
    Photo,
    SourceTally,
    Support,
    SupportDelta,
    SupportReview,
    SupportTally,
    TaggedInitiative,
    TimelineEntry,
    UnfinishedStep,
    Update,
    Version,
)
from initiatives.models.letter import Correspondence
from initiatives.services import asking, drafts, letters, succession, team
from members.rights.registry import (
    COUNTED,
    FINGERPRINT,
    MACHINERY,
    OTHERS,
    SECRET,
    STAFF,
    Fate,
    Holding,
    Person,
    Retention,
    Room,
    declare,
)
from moderation.models import Case
from moderation.pictures import ModeratedPicture

#: What every content that is moderated has.
CONTENT = ["created_at", "updated_at", "published_at", "withheld_at", "removed_at", "label"]
_OF_INITIATIVE = ["initiative__title", "initiative__id"]
_SAID_OF_IT = {"initiative__title": _("initiative"), "initiative__id": _("initiative (numéro)")}
_THEIRS_NOW = _("C’est à l’initiative, que d’autres portent et soutiennent : cela reste, sans votre nom.")


def is_examined(content: Model) -> bool:
    """A moderator reads it: its words stay, for them alone."""
    return Case.objects.open().of(content).exists()


def hide_contribution(content: Contribution) -> dict[str, Any]:
    """As one that its author takes back: a trace without words, so that what others replied still reads."""
    if content.published_at is None or content.erased_at is not None:
        return {}
    if is_examined(content):
        return {"published_at": None, "pinned_at": None}
    return {"text": "", "stance": Contribution.Stance.NEITHER, "pinned_at": None, "erased_at": timezone.now()}


def erase_contributions(rows: QuerySet[Contribution]) -> None:
    """What others replied to leaves a trace, or had been read by anyone; the rest goes."""
    ContributionVote.objects.filter(contribution__in=rows).delete()
    rows.filter(published_at=None, reply_count=0).delete()
    rows.update(
        text="",
        stance=Contribution.Stance.NEITHER,
        pinned_at=None,
        erased_at=Coalesce("erased_at", Now()),
        published_at=Coalesce("published_at", F("created_at")),
    )


def hide_update(content: Update) -> dict[str, Any]:
    if content.published_at is None:
        return {}
    Announcement.objects.take_back(content.key)
    return {"published_at": None, "told_at": None}


def hide_content(content: Model) -> dict[str, Any]:
    return {"published_at": None} if content.published_at is not None else {}


def files_of(picture: ModeratedPicture) -> Iterator[tuple[str, bytes]]:
    """The widest of a picture: the others are made of it."""
    found = images.content(picture.name, picture.width)
    if found is not None:
        yield f"{picture.pk}.webp", found


def leave(person: Person) -> None:
    """What they carry goes on with others; nobody is waited for at their address."""
    succession.pass_on_all(person.member)
    team.leave_all(person.member)
    Invitation.objects.filter(email=person.email).delete()


def published(person: Person) -> dict[str, list[int]]:
    return numbers_of([Initiative, Contribution, Update, Action, Need, Photo], person)


def numbers_of(models: Iterable[type[Model]], person: Person) -> dict[str, list[int]]:
    """Of what this person wrote and others could read."""
    return {
        model._meta.label_lower: list(
            model.objects.filter(author=person.member, published_at__isnull=False).values_list("pk", flat=True)
        )
        for model in models
    }


def exchanges(
    model: type[Correspondence],
    of: tuple[list[str], dict[str, Any]],
    *,
    asked: tuple[str, Any],
    answered: tuple[str, Any],
) -> list[Holding]:
    """Private messages, which are of two people: the member's, who asks, and the answers of those who organise it.

    `of` is what the message is about: lookups and their labels. `asked` and `answered`: a file's name and its title.
    """
    lookups, labels = of
    given = {"fields": [*lookups, "is_answer", "text", "sent_at", *CONTENT], "labels": labels}
    (name, title), (answers_name, answers_title) = asked, answered
    return [
        Holding(
            model,
            "member",
            name=name,
            title=title,
            fate=Fate.AT_ONCE,
            # Only who wrote what is withheld still reads it.
            copied=Q(is_answer=False) | Q(withheld_at=None),
            left_out={"author": OTHERS},
            **given,
        ),
        Holding(
            model,
            "author",
            name=answers_name,
            title=answers_title,
            fate=Fate.NAMELESS,
            which=lambda person: Q(author=person.member, is_answer=True),
            left_out={"member": OTHERS},
            **given,
        ),
    ]


def _given_or_asked(person: Person) -> Q:
    return Q(member=person.member) | Q(state="pending", address_key=person.address_key)


HOLDINGS = [
    Holding(
        Support,
        "member",
        name="soutiens",
        title=_("Vos soutiens"),
        fate=Fate.AT_ONCE,
        which=_given_or_asked,
        fields=[
            *_OF_INITIATIVE,
            "state",
            "suspicion",
            "commune__name",
            "created_at",
            "confirmed_at",
            "email",
            "first_name",
            "consent_version",
            "written_at",
            "reminded_at",
            "source",
            "domain",
            "is_disposable",
            "rank",
            "place_rank",
        ],
        labels=_SAID_OF_IT
        | {
            "consent_version": _("version de l’accord"),
            "rank": _("rang annoncé"),
            "place_rank": _("rang annoncé dans la commune"),
        },
        left_out={"address_key": FINGERPRINT, "network": FINGERPRINT, "reviews": MACHINERY},
    ),
    Holding(
        Initiative,
        "author",
        name="initiatives",
        title=_("Les initiatives que vous portez"),
        fate=Fate.PASSED_ON,
        fields=[
            *CONTENT,
            "kind",
            "title",
            "summary",
            "problem",
            "proposal",
            "means",
            "keywords",
            "region__name",
            "department__name",
            "commune__name",
            "place_label",
            "state",
            "launched_at",
            "submitted_at",
            "frozen_at",
            "merged_into__title",
            "active_at",
            "outcome",
            "proof",
            "lessons",
            "ended_at",
            "support_count",
            "steps",
        ],
        left_out={
            "nursery_key": SECRET,
            "nursery_asked_at": MACHINERY,
            "next_step": MACHINERY,
            "asked_if_asleep": MACHINERY,
            "asked_if_asleep_at": MACHINERY,
            "end_to_tell": MACHINERY,
            "suspect_count": COUNTED,
            "supports_counted_at": MACHINERY,
            "supports_told": MACHINERY,
            "supports_told_at": MACHINERY,
            "latitude": MACHINERY,
            "longitude": MACHINERY,
            "rank_score": COUNTED,
            "rank_parts": COUNTED,
            "rank_place": COUNTED,
            "rank_order": COUNTED,
            "rank_shown_at": MACHINERY,
            "rank_due_on": MACHINERY,
        },
    ),
    Holding(
        Contribution,
        "author",
        name="contributions",
        title=_("Vos contributions aux discussions"),
        fate=Fate.CHOSEN,
        hidden=hide_contribution,
        erase=erase_contributions,
        fields=[
            *CONTENT,
            *_OF_INITIATIVE,
            "parent_id",
            "stance",
            "text",
            "erased_at",
            "pinned_at",
            "useful_count",
            "useless_count",
            "reply_count",
        ],
        labels=_SAID_OF_IT | {"parent_id": _("répond à")},
        left_out={"score": COUNTED},
    ),
    Holding(
        ContributionVote,
        "member",
        name="votes",
        title=_("Vos votes sur les contributions"),
        fate=Fate.AT_ONCE,
        one_by_one=True,
        fields=["contribution_id", "contribution__initiative__title", "is_useful", "created_at"],
        labels={"contribution_id": _("contribution (numéro)"), "contribution__initiative__title": _("initiative")},
    ),
    Holding(
        CoOrganiser,
        "member",
        name="equipes",
        title=_("Les équipes dont vous êtes"),
        fate=Fate.AT_ONCE,
        fields=[*_OF_INITIATIVE, "joined_at", "offered_at", "author_leaves"],
        labels=_SAID_OF_IT | {"author_leaves": _("l’auteur s’en va ensuite")},
    ),
    Holding(
        Invitation,
        "by",
        name="invitations",
        title=_("Les invitations que vous avez faites"),
        fate=Fate.NAMELESS,
        fields=[*_OF_INITIATIVE, "email", "created_at", "ends_at", "answered_at"],
        labels=_SAID_OF_IT,
        left_out={"accepted_by": OTHERS},
    ),
    Holding(
        Invitation,
        "accepted_by",
        name="invitations-recues",
        title=_("Les invitations que vous avez acceptées, ou reçues à votre adresse"),
        fate=Fate.NAMELESS,
        which=lambda person: Q(accepted_by=person.member) | Q(email=person.email),
        fields=[*_OF_INITIATIVE, "email", "created_at", "ends_at", "answered_at"],
        labels=_SAID_OF_IT,
        left_out={"by": OTHERS},
    ),
    Holding(
        AdoptionRequest,
        "member",
        name="demandes-de-reprise",
        title=_("Vos demandes de reprendre une initiative"),
        fate=Fate.AT_ONCE,
        fields=[*_OF_INITIATIVE, "message", "asked_at", "decided_at", "is_accepted", "reason"],
        labels=_SAID_OF_IT,
        left_out={"decided_by": OTHERS},
    ),
    Holding(
        AdoptionRequest,
        "decided_by",
        name="reprises-decidees",
        title=_("Les reprises que vous avez décidées dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        Action,
        "author",
        name="actions",
        title=_("Les actions que vous proposez"),
        fate=Fate.NAMELESS,
        why=_THEIRS_NOW,
        fields=[
            *CONTENT,
            *_OF_INITIATIVE,
            "title",
            "description",
            "starts_at",
            "ends_at",
            "time_zone",
            "place",
            "places",
            "taken",
            "skills",
            "report",
            "is_done",
            "closed_at",
        ],
        labels=_SAID_OF_IT,
        left_out={"team_told_at": MACHINERY, "changed_at": MACHINERY},
    ),
    Holding(
        Commitment,
        "member",
        name="engagements",
        title=_("Vos engagements"),
        fate=Fate.AT_ONCE,
        one_by_one=True,
        fields=["action__title", "action__initiative__title", "created_at"],
        labels={"action__title": _("action"), "action__initiative__title": _("initiative")},
        left_out={"told_at": MACHINERY},
    ),
    Holding(
        Need,
        "author",
        name="besoins",
        title=_("Les besoins que vous dites"),
        fate=Fate.NAMELESS,
        why=_THEIRS_NOW,
        fields=[*CONTENT, *_OF_INITIATIVE, "sort", "words", "met_at", "dropped_at"],
        labels=_SAID_OF_IT,
        left_out={"team_told_at": MACHINERY},
    ),
    Holding(
        Offer,
        "member",
        name="offres",
        title=_("Vos offres d’aide"),
        fate=Fate.AT_ONCE,
        fields=[
            "need__words",
            "need__initiative__title",
            "message",
            "created_at",
            "is_accepted",
            "answer",
            "answered_at",
        ],
        labels={"need__words": _("besoin"), "need__initiative__title": _("initiative")},
        left_out={"told_at": MACHINERY},
    ),
    Holding(
        Update,
        "author",
        name="nouvelles",
        title=_("Les nouvelles que vous donnez"),
        fate=Fate.CHOSEN,
        hidden=hide_update,
        fields=[*CONTENT, *_OF_INITIATIVE, "title", "text", "day", "told_at"],
        labels=_SAID_OF_IT,
        left_out={"told_on": MACHINERY},
    ),
    Holding(
        Photo,
        "author",
        name="images",
        title=_("Les images de vos initiatives"),
        fate=Fate.CHOSEN,
        hidden=hide_content,
        files=files_of,
        fields=[*CONTENT, *_OF_INITIATIVE, "use", "alternative", "width", "height"],
        labels=_SAID_OF_IT | {"width": _("largeur"), "height": _("hauteur")},
        left_out={"name": MACHINERY, "is_open": MACHINERY},
    ),
    *exchanges(
        Letter,
        (_OF_INITIATIVE, _SAID_OF_IT),
        asked=("messages-a-des-equipes", _("Vos messages avec des équipes")),
        answered=("reponses-de-votre-equipe", _("Les réponses que vous écrivez pour une équipe")),
    ),
    Holding(
        UnfinishedStep,
        "member",
        name="brouillons",
        title=_("Ce que vous avez commencé d’écrire"),
        fate=Fate.WITH_ACCOUNT,
        fields=[*_OF_INITIATIVE, "step", "typed", "typed_at"],
        labels=_SAID_OF_IT | {"step": _("étape"), "typed": _("ce que vous avez écrit"), "typed_at": _("date")},
    ),
    Holding(
        Merge,
        "proposed_by",
        name="reunions-proposees",
        title=_("Les réunions d’initiatives que vous proposez"),
        fate=Fate.NAMELESS,
        fields=["source__title", "target__title", "proposed_at", "agreed_at", "ends_at", "done_at", "dropped_at"],
        labels={"source__title": _("celle qui rejoint"), "target__title": _("celle qui accueille")},
        left_out={
            "told_at": MACHINERY,
            "carried_at": MACHINERY,
            "carried_count": COUNTED,
            "source_count": COUNTED,
        },
    ),
    Holding(
        MergeObjection,
        "member",
        name="refus-de-reunions",
        title=_("Vos refus de suivre une réunion d’initiatives"),
        fate=Fate.AT_ONCE,
        fields=["merge__source__title", "merge__target__title"],
        labels={"merge__source__title": _("celle qui rejoint"), "merge__target__title": _("celle qui accueille")},
    ),
    Holding(
        Announcement,
        "by",
        name="annonces",
        title=_("Les annonces qui partent en votre nom, jusqu’à leur envoi"),
        fate=Fate.NAMELESS,
        nothing_because=MACHINERY,
    ),
    Holding(
        SupportReview,
        "by",
        name="examens-de-soutiens",
        title=_("Les examens de soutiens que vous avez faits dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        SupportReview,
        "undone_by",
        name="examens-annules",
        title=_("Les examens de soutiens que vous avez annulés dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
]

_OF_THE_INITIATIVE = "it is of the initiative, whoever carries it; what its author wrote is read with the initiative"

RETENTIONS = [
    Retention(
        _("Soutiens"),
        _("Les compter, et vous en donner des nouvelles."),
        None,
        _("jusqu’à ce que vous les retiriez"),
    ),
    Retention(
        _("Soutien sans compte jamais confirmé : prénom, adresse, code postal"),
        _("Vous laisser confirmer."),
        asking.FORGET_AFTER,
        _("après la demande"),
        task="initiatives.tasks.forget_demands",
    ),
    Retention(
        _("Empreinte du réseau d’où vient un soutien"),
        _("Reconnaître de faux soutiens."),
        asking.FORGET_AFTER,
        _("après le soutien"),
        task="initiatives.tasks.forget_demands",
    ),
    Retention(
        _("Initiatives, contributions, nouvelles, images, actions, besoins"),
        _("Les montrer à tous : vous les publiez pour cela."),
        None,
        _("jusqu’à ce que vous les effaciez, ou que vous partiez en le demandant"),
    ),
    Retention(
        _("Messages avec une équipe"),
        _("Vous laisser vous parler sans donner d’adresse."),
        letters.KEPT,
        _("après l’envoi"),
        task="initiatives.tasks.forget_letters",
    ),
    Retention(
        _("Adresse d’une personne invitée dans une équipe"),
        _("Lui envoyer l’invitation."),
        team.INVITATION_LIFE,
        _("au plus, ou jusqu’à sa réponse"),
        task="initiatives.tasks.forget_letters",
    ),
    Retention(
        _("Étape d’un formulaire envoyée sans être connecté"),
        _("Ne pas perdre ce que vous avez écrit."),
        drafts.HELD,
        _("après l’envoi"),
        task="initiatives.tasks.forget_held_steps",
    ),
]

declare(
    Room(
        "initiatives",
        holdings=HOLDINGS,
        retentions=RETENTIONS,
        on_leaving=leave,
        published=published,
        not_about={
            Milestone: _OF_THE_INITIATIVE,
            SupportTally: "numbers of supports by place: nobody is in them",
            SourceTally: "numbers of supports by link: nobody is in them",
            OwnSource: _OF_THE_INITIATIVE,
            Pace: "what initiatives gather in so many days: nobody is in it",
            Confirming: "how many links were used: nobody is in it",
            ActDay: "numbers of acts by day: nobody is in them",
            ActDelta: "a number that is folded within a minute",
            SupportDelta: "a number that is folded within a second",
            TaggedInitiative: _OF_THE_INITIATIVE,
            TimelineEntry: "the public account of an initiative: acts and numbers, without names",
            Version: _OF_THE_INITIATIVE,
            HeldStep: "typed by somebody signed out, for half an hour: nobody knows whose it is",
        },
    )
)
