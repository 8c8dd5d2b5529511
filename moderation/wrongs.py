"""What may be wrong with a content, in plain words: what is chosen when it is reported."""

from django.utils.translation import gettext_lazy as _

from moderation.filter import Ground
from moderation.models import OTHER

#: Chosen by whoever dislikes an opinion: it is kindly explained that criticism is allowed, and nothing is kept.
DISAGREE = "disagree"

#: Groups of (ground, words), as they stand in the form.
GROUPS = [
    (
        _("Haine"),
        [
            (Ground.HATE_INCITEMENT, _("Il appelle à la haine, à la violence ou à la discrimination envers un groupe")),
            (
                Ground.DISCRIMINATORY_INSULT,
                _("Il insulte des personnes pour leur origine, leur religion, leur sexe, un handicap…"),
            ),
            (Ground.DISCRIMINATORY_DEFAMATION, _("Il accuse faussement tout un groupe de personnes")),
            (Ground.DENIAL_OF_CRIMES, _("Il nie un crime contre l’humanité")),
        ],
    ),
    (
        _("Menaces, harcèlement, violence"),
        [
            (Ground.THREAT, _("Il menace quelqu’un")),
            (Ground.HARASSMENT, _("Il harcèle quelqu’un, ou appelle à le faire")),
            (Ground.INSULT, _("Il insulte une personne")),
            (Ground.DEFAMATION, _("Il accuse faussement une personne")),
            (Ground.INCITEMENT_TO_CRIME, _("Il pousse à commettre un crime ou un délit")),
            (Ground.PRAISE_OF_CRIMES, _("Il fait l’éloge d’un crime")),
            (Ground.PRAISE_OF_TERRORISM, _("Il fait l’éloge du terrorisme, ou y appelle")),
        ],
    ),
    (
        _("Vie privée"),
        [
            (Ground.EXPOSURE_OF_PERSON, _("Il donne l’adresse, le téléphone ou d’autres informations sur quelqu’un")),
            (Ground.PRIVACY, _("Il montre ou raconte la vie privée de quelqu’un sans son accord")),
        ],
    ),
    (_("Fausse identité"), [(Ground.IMPERSONATION, _("Il se fait passer pour quelqu’un d’autre"))]),
    (_("Mineurs"), [(Ground.CHILD_ABUSE_MATERIAL, _("Il montre un enfant ou un adolescent de façon sexuelle"))]),
    (
        _("Publicité, hors sujet"),
        [
            (Ground.SPAM, _("C’est de la publicité, une arnaque, ou toujours le même message")),
            (Ground.OFF_TOPIC, _("Il n’a aucun rapport avec la page où il se trouve")),
        ],
    ),
    (
        _("Autre chose"),
        [
            (OTHER, _("Autre contenu interdit par la loi")),
            (DISAGREE, _("Rien d’interdit : je ne suis simplement pas d’accord")),
        ],
    ),
]

CHOICES = [(group, [(str(ground), words) for ground, words in grounds]) for group, grounds in GROUPS]
