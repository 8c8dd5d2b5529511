"""The legal grounds on which a text may be held back, and where the law says so.

A ground is never an opinion. Labels are French because citizens read them; a caller that translates may pass them
to gettext.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class GroundText:
    """What is told about a ground: its name for the public and the article it rests on."""

    label: str
    reference: str


class Ground(StrEnum):
    """The identifiers written in decisions, logs and statements of reasons: never rename one."""

    HATE_INCITEMENT = "hate_incitement"
    DISCRIMINATORY_INSULT = "discriminatory_insult"
    DISCRIMINATORY_DEFAMATION = "discriminatory_defamation"
    INSULT = "insult"
    DEFAMATION = "defamation"
    PRAISE_OF_CRIMES = "praise_of_crimes"
    DENIAL_OF_CRIMES = "denial_of_crimes"
    INCITEMENT_TO_CRIME = "incitement_to_crime"
    PRAISE_OF_TERRORISM = "praise_of_terrorism"
    THREAT = "threat"
    HARASSMENT = "harassment"
    EXPOSURE_OF_PERSON = "exposure_of_person"
    PRIVACY = "privacy"
    IMPERSONATION = "impersonation"
    CHILD_ABUSE_MATERIAL = "child_abuse_material"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"

    @property
    def label(self) -> str:
        """The name of the ground, in French, for a page or a select box."""
        return TEXTS[self].label

    @property
    def reference(self) -> str:
        """The article of law, or of our terms, on which the ground rests."""
        return TEXTS[self].reference

    @property
    def is_legal(self) -> bool:
        """Whether the law itself forbids the content, rather than our terms (DSA art. 17 tells the two apart)."""
        return self not in (Ground.SPAM, Ground.OFF_TOPIC)

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs of identifier and label, for a form."""
        return [(ground.value, ground.label) for ground in cls]


TEXTS = {
    Ground.HATE_INCITEMENT: GroundText(
        "Provocation à la haine, à la discrimination ou à la violence envers un groupe de personnes",
        "Loi du 29 juillet 1881, art. 24, al. 7 et 8",
    ),
    Ground.DISCRIMINATORY_INSULT: GroundText(
        "Injure à caractère discriminatoire", "Loi du 29 juillet 1881, art. 33, al. 3 et 4"
    ),
    Ground.DISCRIMINATORY_DEFAMATION: GroundText(
        "Diffamation à caractère discriminatoire", "Loi du 29 juillet 1881, art. 32, al. 2 et 3"
    ),
    Ground.INSULT: GroundText("Injure envers une personne", "Loi du 29 juillet 1881, art. 33, al. 2"),
    Ground.DEFAMATION: GroundText("Diffamation", "Loi du 29 juillet 1881, art. 29 et 32"),
    Ground.PRAISE_OF_CRIMES: GroundText("Apologie de crimes", "Loi du 29 juillet 1881, art. 24, al. 5"),
    Ground.DENIAL_OF_CRIMES: GroundText(
        "Contestation de crimes contre l’humanité", "Loi du 29 juillet 1881, art. 24 bis"
    ),
    Ground.INCITEMENT_TO_CRIME: GroundText(
        "Provocation à commettre un crime ou un délit", "Loi du 29 juillet 1881, art. 24, al. 1"
    ),
    Ground.PRAISE_OF_TERRORISM: GroundText(
        "Apologie du terrorisme ou provocation à des actes de terrorisme", "Code pénal, art. 421-2-5"
    ),
    Ground.THREAT: GroundText("Menaces", "Code pénal, art. 222-17, 222-18 et 433-3"),
    Ground.HARASSMENT: GroundText("Harcèlement", "Code pénal, art. 222-33-2-2"),
    Ground.EXPOSURE_OF_PERSON: GroundText(
        "Diffusion d’informations personnelles sur quelqu’un",
        "Code pénal, art. 223-1-1 ; règlement (UE) 2016/679 (RGPD)",
    ),
    Ground.PRIVACY: GroundText("Atteinte à la vie privée", "Code pénal, art. 226-1, 226-2-1 et 226-8"),
    Ground.IMPERSONATION: GroundText("Usurpation d’identité", "Code pénal, art. 226-4-1"),
    Ground.CHILD_ABUSE_MATERIAL: GroundText("Contenu d’exploitation sexuelle de mineurs", "Code pénal, art. 227-23"),
    Ground.SPAM: GroundText("Message publicitaire, répétitif ou trompeur", "Conditions d’utilisation"),
    Ground.OFF_TOPIC: GroundText("Hors sujet", "Conditions d’utilisation"),
}
