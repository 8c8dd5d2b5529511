"""What this room holds about a person (members.rights.registry)."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from members.models import Member
from members.rights.registry import (
    FINGERPRINT,
    MACHINERY,
    OTHERS,
    STAFF,
    Fate,
    Holding,
    Person,
    Retention,
    Room,
    Text,
    declare,
)
from moderation.models import (
    Appeal,
    Case,
    CaseNote,
    Decision,
    Evidence,
    Featured,
    Likeness,
    LikenessKey,
    Link,
    ModeratedContent,
    Notice,
    NotifierWarning,
    OwnContact,
    ReceivedText,
    RefusedText,
    RuleAlert,
    Sanction,
    Statement,
    Term,
    TrustedFlagger,
)
from moderation.models.notices import REDRESS
from moderation.services import auditing, evidence, habits, rulebook, samples

_ABOUT = ["content_type__model", "object_id"]
_SAID_OF_IT = {"content_type__model": _("sorte"), "object_id": _("contenu (numéro)")}
_THE_LOG = _("Le journal des décisions garde ce qui fut décidé et pourquoi, sans vous (règlement (UE) 2022/2065).")


def written_by(member: Member) -> Iterator[tuple[type[Model], list[int]]]:
    """The numbers of what this person wrote, by sort."""
    for model in apps.get_models():
        if issubclass(model, ModeratedContent):
            yield model, list(model._base_manager.filter(author=member).values_list("pk", flat=True))


def examined(person: Person) -> Text:
    """As long as a moderator examines something of theirs, it is kept for them."""
    for model, numbers in written_by(person.member):
        sort = ContentType.objects.get_for_model(model)
        if numbers and Case.objects.open().filter(content_type=sort, object_id__in=numbers).exists():
            return _("un modérateur examine un de ces textes")
    return ""


def spare(rows: QuerySet) -> QuerySet:
    """What a moderator examines is not deleted under their eyes: a private message that its reader reported."""
    if not issubclass(rows.model, ModeratedContent):
        return rows
    sort = ContentType.objects.get_for_model(rows.model)
    return rows.exclude(Exists(Case.objects.open().filter(content_type=sort, object_id=OuterRef("pk"))))


def let_go(person: Person) -> None:
    """What one of the staff was reading is for others."""
    Case.objects.filter(held_by=person.member).update(held_by=None, held_since=None, held_until=None)


def _told_or_proved(person: Person) -> Q:
    return Q(member=person.member) | Q(notifier_key=person.address_key)


HOLDINGS = [
    Holding(
        Decision,
        "author",
        name="decisions",
        title=_("Les décisions de modération sur ce que vous avez écrit"),
        fate=Fate.NAMELESS,
        why=_THE_LOG,
        fields=[
            *_ABOUT,
            "verb",
            "ground",
            "rule",
            "rule_version",
            "reason",
            "facts",
            "until",
            "source",
            "texts",
            "automated",
            "made_at",
            "reverses_id",
            "is_demonstration",
        ],
        labels=_SAID_OF_IT | {"reverses_id": _("revient sur (numéro)")},
        left_out={"case": MACHINERY, "by": OTHERS},
    ),
    Holding(
        Decision,
        "by",
        name="decisions-prises",
        title=_("Les décisions que vous avez prises dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        Featured,
        "by",
        name="mises-en-avant",
        title=_("Ce que vous avez mis en avant dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        Statement,
        "decision__author",
        name="exposes-des-motifs",
        title=_("Les exposés des motifs de ces décisions"),
        fate=Fate.NAMELESS,
        why=_THE_LOG,
        fields=["decision_id", "puid", "fields", "is_masked", "stated_at"],
        labels={"decision_id": _("décision (numéro)")},
    ),
    Holding(
        Link,
        "decision__author",
        name="maillons",
        title=_("Les maillons du journal"),
        fate=Fate.NAMELESS,
        nothing_because=FINGERPRINT,
    ),
    Holding(
        Evidence,
        "decision__author",
        name="scelles",
        title=_("Les copies scellées de contenus écartés pour un crime"),
        fate=Fate.KEPT,
        why=_("La justice peut les demander (règlement (UE) 2022/2065, art. 18 ; RGPD, art. 17, 3, e)."),
        fields=["decision_id", *_ABOUT, "address", "basis", "sealed_at", "destroy_on", "destroyed_at"],
        labels=_SAID_OF_IT | {"decision_id": _("décision (numéro)")},
        left_out={
            "sealed": _("La copie d’un crime ne se rend pas : ce serait le répandre."),
            "digest": FINGERPRINT,
            "picture_digest": FINGERPRINT,
            "reason": STAFF,
            "sealed_by": OTHERS,
            "held_at": STAFF,
            "held_reason": STAFF,
        },
    ),
    Holding(
        Evidence,
        "sealed_by",
        name="scelles-apposes",
        title=_("Les copies que vous avez scellées dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        RefusedText,
        "decision__author",
        name="textes-refuses",
        title=_("Les textes que le filtre a refusés"),
        fate=Fate.KEPT,
        why=_("Chiffrés et sans nom, quelques-uns sont tirés au sort pour juger notre filtre."),
        fields=["decision_id", "length", "refused_at", "drawn_at"],
        labels={"decision_id": _("décision (numéro)")},
        left_out={"sealed": _("Ce texte vous a été rendu quand il fut refusé ; nous n’en gardons que cela, chiffré.")},
    ),
    Holding(
        Appeal,
        "member",
        name="recours",
        title=_("Vos recours"),
        fate=Fate.NAMELESS,
        why=_THE_LOG,
        fields=["reference", "decision_id", "text", "made_at", "verdict", "reason", "decided_at", "outcome_id"],
        labels={"decision_id": _("décision (numéro)"), "outcome_id": _("décision qui en est sortie (numéro)")},
        left_out={"notice": MACHINERY, "case": MACHINERY, "by": OTHERS},
    ),
    Holding(
        Appeal,
        "by",
        name="recours-juges",
        title=_("Les recours que vous avez jugés dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        Notice,
        "member",
        name="signalements",
        title=_("Vos signalements"),
        fate=Fate.NAMELESS,
        which=_told_or_proved,
        why=_("Ce que vous signalez reste à juger, sans vous."),
        fields=[
            "reference",
            *_ABOUT,
            "ground",
            "about",
            "explanation",
            "passage",
            "additions",
            "address",
            "name",
            "email",
            "is_trusted",
            "made_at",
            "updated_at",
            "confirmed_at",
            "decision_id",
            "outcome",
            "answered_at",
            "unfounded_at",
        ],
        labels=_SAID_OF_IT | {"decision_id": _("décision (numéro)")},
        left_out={"case": MACHINERY, "notifier_key": FINGERPRINT, "is_excess": MACHINERY, "strength": MACHINERY},
    ),
    Holding(
        NotifierWarning,
        "notice__member",
        name="avertissements-pour-signalements",
        title=_("Les avertissements pour des signalements infondés"),
        fate=Fate.KEPT,
        which=lambda person: Q(notifier_key=person.address_key),
        why=_("Une empreinte dit pendant un an si l’on avait été averti (règlement (UE) 2022/2065, art. 23)."),
        fields=["notice_id", "warned_at"],
        labels={"notice_id": _("signalement (numéro)")},
        left_out={"notifier_key": FINGERPRINT, "by": OTHERS},
    ),
    Holding(
        NotifierWarning,
        "by",
        name="avertissements-donnes",
        title=_("Les avertissements que vous avez donnés dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        TrustedFlagger,
        "member",
        name="signaleur-de-confiance",
        title=_("Votre inscription comme signaleur de confiance"),
        fate=Fate.WITH_ACCOUNT,
        fields=["body", "since", "until", "created_at"],
    ),
    Holding(
        Sanction,
        "member",
        name="mesures",
        title=_("Les mesures sur votre compte"),
        fate=Fate.WITH_ACCOUNT,
        fields=["kind", "ground", "reason", "facts", "days", "started_at", "until", "ended_at", "decision_id"],
        labels={"decision_id": _("décision (numéro)")},
        left_out={
            "case": MACHINERY,
            "proposed_by": OTHERS,
            "proposed_at": STAFF,
            "confirmed_by": OTHERS,
        },
    ),
    Holding(
        Sanction,
        "proposed_by",
        name="mesures-proposees",
        title=_("Les mesures que vous avez proposées dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        Sanction,
        "confirmed_by",
        name="mesures-confirmees",
        title=_("Les mesures que vous avez confirmées dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        OwnContact,
        "member",
        name="coordonnees-montrees",
        title=_("Les coordonnées que vous avez dites vôtres"),
        fate=Fate.AT_ONCE,
        fields=["agreed_at"],
        left_out={"key": FINGERPRINT},
    ),
    Holding(
        ReceivedText,
        "author",
        name="textes-recus",
        title=_("Les empreintes de vos textes contre la publicité répétée"),
        fate=Fate.AT_ONCE,
        fields=[*_ABOUT, "received_at"],
        labels=_SAID_OF_IT,
        left_out={"signature": FINGERPRINT, "keys": FINGERPRINT},
    ),
    Holding(
        Case,
        "held_by",
        name="cas-lus",
        title=_("Les cas que vous êtes en train de lire dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        CaseNote,
        "by",
        name="notes",
        title=_("Les notes que vous avez laissées dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        RuleAlert,
        "settled_by",
        name="alertes-reglees",
        title=_("Les alertes que vous avez réglées dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
]

RETENTIONS = [
    Retention(
        _("Journal des décisions de modération, sans le texte ni le nom de qui est parti"),
        _("Rendre compte de ce que nous écartons (règlement (UE) 2022/2065)."),
        None,
        _("pour toujours"),
    ),
    Retention(
        _("Texte sur lequel une personne a décidé"),
        _("Contester, et juger le recours."),
        auditing.TEXTS_KEPT,
        _("après la décision, ou jusqu’à la fin d’un recours"),
        task="moderation.tasks.forget_sealed",
    ),
    Retention(
        _("Copie chiffrée d’un contenu écarté pour un crime"),
        _("La justice peut la demander (RGPD, art. 17, 3, e)."),
        evidence.KEPT,
        _("après la décision, ou tant que la justice le demande"),
        task="moderation.tasks.forget_sealed",
    ),
    Retention(
        _("Texte refusé par le filtre, chiffré, sans nom ; cinquante sont tirés au sort chaque mois"),
        _("Faire juger notre filtre par une personne extérieure."),
        samples.READ_WITHIN,
        _("après le tirage ; les autres sont effacés aussitôt"),
        task="moderation.tasks.forget_sealed",
    ),
    Retention(
        _("Nom et adresse de qui signale sans compte"),
        _("Répondre, et laisser contester."),
        REDRESS,
        _("après la réponse"),
        task="moderation.tasks.forget_notifiers",
    ),
    Retention(
        _("Empreinte de l’adresse de qui signale, et avertissements"),
        _("Peser les signalements (règlement (UE) 2022/2065, art. 23)."),
        2 * REDRESS,
        _("après la réponse"),
        task="moderation.tasks.forget_notifiers",
    ),
    Retention(
        _("Empreinte de chaque texte public"),
        _("Reconnaître la publicité répétée."),
        habits.KEPT,
        "",
        task="moderation.tasks.forget_received",
    ),
    Retention(
        _("Ce que disent les règles du filtre, sans texte ni auteur"),
        _("Voir une règle qui se trompe."),
        rulebook.KEPT,
        "",
        task="moderation.tasks.forget_readings",
    ),
]

declare(
    Room(
        "moderation",
        holdings=HOLDINGS,
        retentions=RETENTIONS,
        on_leaving=let_go,
        spares=spare,
        keeps_open=examined,
        not_about={
            Term: "the date on which a decision ends",
            Likeness: "numbers of what was decided to be spam: no text is read again from them, nor an author",
            LikenessKey: "as Likeness",
        },
    )
)
