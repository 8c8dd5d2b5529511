"""What this room holds about a person, with what the libraries of the door and the admin hold; members.rights says
what a declaration means."""

from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.images import ORPHAN_AGE
from members.models import (
    AccessRecord,
    AddressChange,
    Block,
    ClosedIdentity,
    Consent,
    DataCopy,
    Departure,
    LegalHold,
    MailEvent,
    Member,
    OpenSession,
    PartyInvitation,
    SetAside,
    Suppression,
)
from members.rights.leaving import BARRED_FOR
from members.rights.registry import (
    FINGERPRINT,
    MACHINERY,
    SECRET,
    STAFF,
    Fate,
    Holding,
    Retention,
    Room,
    declare,
)
from members.services.readings import READINGS_KEPT
from members.suppressing import EVENTS_KEPT

HOLDINGS = [
    Holding(
        Member,
        "pk",
        name="compte",
        title=_("Votre compte"),
        fate=Fate.WITH_ACCOUNT,
        which=lambda person: Q(pk=person.member.pk),
        fields=[
            "email",
            "display_name",
            "home_commune__code",
            "home_commune__name",
            "joined_at",
            "last_login",
            "active_on",
            "is_active",
            "is_staff",
            "is_superuser",
            "is_demonstration",
            "restriction",
            "restricted_until",
        ],
        labels={
            "home_commune__code": _("commune (code)"),
            "home_commune__name": _("commune"),
            "last_login": _("dernière connexion"),
            "is_superuser": _("tous les droits"),
            "active_on": _("dernier jour de visite"),
        },
        left_out={
            "password": _("Personne n’a de mot de passe : cette colonne ne contient que du hasard."),
            "address_key": FINGERPRINT,
        },
    ),
    Holding(
        Consent,
        "member",
        name="accords",
        title=_("Vos accords"),
        fate=Fate.WITH_ACCOUNT,
        fields=["purpose", "version", "given_at", "withdrawn_at"],
    ),
    Holding(
        PartyInvitation,
        "member",
        name="invitation-du-parti",
        title=_("L’invitation à recevoir les nouvelles du parti"),
        fate=Fate.WITH_ACCOUNT,
        fields=["invited_at"],
    ),
    Holding(
        OpenSession,
        "member",
        name="appareils",
        title=_("Les appareils connectés"),
        fate=Fate.AT_ONCE,
        fields=["device", "opened_on", "last_used_on"],
        left_out={"session_key": SECRET},
    ),
    Holding(
        AddressChange,
        "member",
        name="changements-d-adresse",
        title=_("Vos changements d’adresse"),
        fate=Fate.AT_ONCE,
        fields=["former", "new", "changed_at", "former_told_at", "new_told_at", "undone_at"],
    ),
    Holding(
        Block,
        "blocker",
        name="blocages",
        title=_("Les personnes que vous bloquez"),
        fate=Fate.WITH_ACCOUNT,
        fields=["blocked_at", "blocked__display_name"],
        labels={"blocked__display_name": _("nom affiché")},
    ),
    Holding(
        Block,
        "blocked",
        name="bloque-par",
        title=_("Les personnes qui vous bloquent"),
        fate=Fate.WITH_ACCOUNT,
        nothing_because=_("Qui vous bloque en a le droit sans que vous le sachiez."),
    ),
    Holding(
        Authenticator,
        "user",
        name="seconds-facteurs",
        title=_("Vos seconds facteurs"),
        fate=Fate.WITH_ACCOUNT,
        fields=["type", "created_at", "last_used_at"],
        labels={"type": _("sorte"), "created_at": _("date"), "last_used_at": _("dernier usage")},
        left_out={"data": SECRET},
    ),
    Holding(
        EmailAddress,
        "user",
        name="adresses",
        title=_("Vos adresses de connexion"),
        fate=Fate.AT_ONCE,
        fields=["email", "verified", "primary"],
        labels={"verified": _("prouvée"), "primary": _("principale")},
    ),
    Holding(
        DataCopy,
        "member",
        name="copies",
        title=_("Vos demandes de copie"),
        fate=Fate.AT_ONCE,
        fields=["asked_at", "made_at", "failed_at", "size", "ends_at"],
        left_out={"claimed_at": MACHINERY, "attempts": MACHINERY, "file": SECRET},
    ),
    Holding(
        Departure,
        "member",
        name="depart",
        title=_("Votre départ"),
        fate=Fate.WITH_ACCOUNT,
        nothing_because=_("Un compte qui se ferme ne demande plus de copie : faites-la avant de partir."),
    ),
    Holding(
        SetAside,
        "departure__member",
        name="mis-de-cote",
        title=_("Vos textes mis de côté pendant les sept jours"),
        fate=Fate.WITH_ACCOUNT,
        nothing_because=_("Un compte qui se ferme ne demande plus de copie : faites-la avant de partir."),
    ),
    Holding(
        LegalHold,
        "member",
        name="conservations",
        title=_("La demande d’une autorité de garder vos données"),
        fate=Fate.KEPT,
        nothing_because=_("Une enquête peut être secrète : l’autorité qui la mène en répond (RGPD, art. 23)."),
        why=_("Tant que l’autorité ou le litige le demande, puis un an."),
    ),
    Holding(
        LegalHold,
        "by",
        name="conservations-inscrites",
        title=_("Les demandes d’autorités que vous avez inscrites"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
    Holding(
        AccessRecord,
        "by",
        name="lectures",
        title=_("Les lectures de données privées que vous avez faites dans l’équipe"),
        fate=Fate.KEPT,
        nothing_because=STAFF,
        why=_("Qui lit des données privées en répond pendant un an."),
    ),
    Holding(
        Suppression,
        "address_key",
        name="boite-muette",
        title=_("Le refus de votre boîte de recevoir nos messages"),
        fate=Fate.KEPT,
        which=lambda person: Q(address_key=person.address_key),
        why=_("Une empreinte, pour ne plus écrire à une boîte fermée, ou dont la personne s’est plainte."),
        fields=["reason", "at", "tried_at"],
    ),
    Holding(
        MailEvent,
        "address_key",
        name="retours-de-courrier",
        title=_("Les retours de courrier de votre boîte"),
        fate=Fate.KEPT,
        which=lambda person: Q(address_key=person.address_key),
        why=_("Une empreinte, pendant soixante jours, pour compter les refus d’une boîte."),
        fields=["reason", "at"],
        left_out={"event_key": FINGERPRINT},
    ),
    Holding(
        LogEntry,
        "user",
        name="journal-de-l-administration",
        title=_("Ce que vous avez fait dans l’administration"),
        fate=Fate.KEPT,
        nothing_because=STAFF,
        why=_("Qui agit au nom de l’équipe en répond pendant un an."),
    ),
]

RETENTIONS = [
    Retention(
        _("Compte : adresse, nom affiché, commune, réglages, accords"),
        _("Vous reconnaître, vous écrire, prouver votre accord."),
        None,
        _("tant que le compte existe"),
    ),
    Retention(
        _("Compte que vous fermez"),
        _("Vous laisser revenir."),
        Departure.UNDONE_WITHIN,
        _("après votre départ, sans rien montrer"),
        task="members.tasks.finish_departures",
    ),
    Retention(
        _("Identité de qui a publié, chiffrée"),
        _("La loi l’exige pour la justice (LCEN, art. 6 ; décret n° 2021-1362)."),
        ClosedIdentity.KEPT,
        _("après la fermeture du compte"),
        task="members.tasks.forget_identities",
    ),
    Retention(
        _("Empreinte de l’adresse d’un compte suspendu puis fermé"),
        _("Ne pas lever une suspension en partant."),
        BARRED_FOR,
        _("au plus, ou jusqu’à la fin de la suspension"),
        task="members.tasks.finish_departures",
    ),
    Retention(
        _("Empreinte d’une boîte qui refuse nos messages"),
        _("Ne plus lui écrire."),
        None,
        _("jusqu’à ce que la personne demande à les recevoir de nouveau"),
    ),
    Retention(
        _("Retours de courrier, par empreinte de la boîte"),
        _("Compter les refus avant de ne plus écrire."),
        EVENTS_KEPT,
        "",
        task="members.tasks.forget_mail_events",
    ),
    Retention(
        _("Copie de vos données"),
        _("Vous laisser la télécharger."),
        DataCopy.KEPT,
        _("après sa préparation"),
        task="members.tasks.forget_copies",
    ),
    Retention(
        _("Session"),
        _("Rester connecté, et pouvoir déconnecter un appareil perdu."),
        timedelta(seconds=settings.SESSION_COOKIE_AGE),
        _("après la dernière connexion"),
        task="core.tasks.clear_sessions",
    ),
    Retention(
        _("Nom de l’appareil d’une session"),
        _("Vous le montrer."),
        timedelta(seconds=settings.SESSION_COOKIE_AGE),
        _("après le dernier jour d’usage"),
        task="members.tasks.forget_sessions",
    ),
    Retention(
        _("Ancienne adresse, après un changement"),
        _("Vous laisser l’annuler."),
        AddressChange.UNDONE_WITHIN,
        _("après le changement"),
        task="members.tasks.forget_address_changes",
    ),
    Retention(
        _("Lecture par l’équipe d’une donnée privée, et actes dans l’administration"),
        _("Que chacun réponde de ce qu’il lit."),
        READINGS_KEPT,
        "",
        task="members.tasks.forget_readings",
    ),
    Retention(
        _("Comptages contre les abus, par adresse ou par réseau, en empreintes"),
        _("Limiter ce qu’une personne ou une machine envoie."),
        timedelta(days=1),
        _("au plus"),
        task="core.tasks.forget_counts",
    ),
    Retention(
        _("Fichiers d’images retirées"),
        _("Le temps qu’un envoi en cours se termine."),
        ORPHAN_AGE,
        _("après le retrait"),
        task="initiatives.tasks.forget_photos",
    ),
]

declare(
    Room(
        "members",
        holdings=HOLDINGS,
        retentions=RETENTIONS,
        not_about={
            EmailConfirmation: "allauth never asks for an address to be proved here: ours is before (members.codes)",
        },
    )
)
