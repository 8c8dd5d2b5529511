"""What the law forbids beyond doubt: slurs, threats of death, calls to violence against protected groups."""

import pytest

from moderation.filter import Ground, Outcome, screen

SLURS = [
    "Sale arabe",
    "sale juif",
    "Sale noir !",
    "espèce de sale pédé",
    "bande de bougnoules",
    "Ce bougnoule devrait se taire.",
    "un youpin de plus",
    "Les chinetoques du quartier",
    "sale gouine",
    "Arabes de merde",
    "juif de merde",
    "migrants de merde",
    "sale nègre",
    "tu es une sale négresse",
    "sales Roms",
    "sale handicapé",
    "sale mongolien",
    "enculés d'arabes",
    "quelle tarlouze",
    "sale race de singes",
    "sale musulmane",
    "sale trans",
    "sale Blanc",
    "Sale Français",
]

DISGUISED = [
    "s4le @r4be",
    "S A L E  A R A B E",
    "s a l e a r a b e",
    "sale a.r.a.b.e",
    "saaaaale araaaabe",
    "sale\u200b ar\u200babe",
    "ѕаlе аrаbе",
    "ｓａｌｅ ａｒａｂｅ",
    "s̶a̶l̶e̶ a̶r̶a̶b̶e̶",
    "SALE-ARABE",
    "salearabe",
    "sale_arabe",
    "sale 🤮 arabe",
    "b0ugn0ule",
    "b o u g n o u l e",
    "bou\u00adgnoule",
    "b*ugnoule",
    "𝐬𝐚𝐥𝐞 𝐚𝐫𝐚𝐛𝐞",
    "ѕ4lе  jսif".replace("ս", "u"),
    "\u202esale juif\u202c",
    "s@le ju1f",
    "m0rt aux ju1fs",
    "mort aux ju1fs",
]

THREATS = [
    "Je vais te tuer.",
    "je vais te buter",
    "On va te crever.",
    "Je vais vous égorger.",
    "on va tous vous tuer",
    "Je te tuerai.",
    "je vais te faire la peau",
    "Je vais tuer ta famille.",
    "Je vais buter le maire.",
    "je vais te mettre une balle dans la tête",
    "Je vais te violer.",
    "je vais te tu3r",
    "j e  v a i s  t e  t u e r",
    "Nous allons vous pendre.",
    "Tu mérites une balle.",
    "Tu vas finir égorgé.",
]

DEATH_WISHES = [
    "J’espère que tu vas crever.",
    "Je te souhaite de mourir.",
    "Je souhaite ta mort.",
    "Crève, sale ordure.",
    "Crevez, sales chiens.",
    "Va te pendre.",
    "Suicide-toi.",
    "Tu mérites de mourir.",
]

INCITEMENT = [
    "Mort aux Juifs !",
    "Mort aux arabes",
    "À mort les pédés !",
    "mort aux femmes",
    "Il faut tuer tous les musulmans.",
    "Il faut exterminer les Roms.",
    "Tuez les Noirs !",
    "Gazez-les tous, gazez les Juifs.",
    "Brûlez les homosexuels !",
    "Pendons les migrants.",
    "On devrait fusiller les immigrés.",
    "Les homosexuels méritent de mourir.",
    "Les Arabes devraient être tués.",
    "Les handicapés devraient être gazés.",
    "Les femmes doivent être battues.",
    "Il faut frapper les femmes.",
    "Les Juifs au four !",
    "Les Noirs sont des singes.",
    "Les Roms sont de la vermine.",
    "Les migrants sont des parasites.",
    "Les Arabes sont des rats.",
    "Un bon arabe est un arabe mort.",
    "Il faut casser du pédé.",
    "Tous les Juifs sont des sous-hommes.",
    "J’espère que les migrants vont tous crever.",
]


@pytest.mark.parametrize("text", SLURS)
def test_a_slur_against_a_group_is_refused(text):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.REFUSE, Ground.DISCRIMINATORY_INSULT), verdict


@pytest.mark.parametrize("text", DISGUISED)
def test_a_disguise_changes_nothing(text):
    assert screen(text).outcome == Outcome.REFUSE, screen(text)


@pytest.mark.parametrize("text", THREATS)
def test_a_threat_of_death_is_refused(text):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.REFUSE, Ground.THREAT), verdict


@pytest.mark.parametrize("text", DEATH_WISHES)
def test_wishing_somebody_dead_is_refused(text):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.REFUSE, Ground.HARASSMENT), verdict


@pytest.mark.parametrize("text", INCITEMENT)
def test_a_call_to_violence_against_a_group_is_refused(text):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.REFUSE, Ground.HATE_INCITEMENT), verdict


@pytest.mark.parametrize(
    "text",
    [
        "« Mort aux Juifs »",
        "Je n’hésiterai pas à te tuer.",
        "Dis-moi, sale arabe, tu rentres quand ?",
        "Y en a marre de ces bougnoules.",
    ],
)
def test_a_guard_does_not_cover_who_speaks_in_their_own_name(text):
    assert screen(text).outcome == Outcome.REFUSE, screen(text)


def test_a_refusal_says_what_why_and_where():
    text = "Bonjour à tous. Ce voisin est un sale  árabe, dit-on."
    verdict = screen("Bonjour. Dégage, sale  árabe !")
    assert verdict.outcome == Outcome.REFUSE
    assert [("Bonjour. Dégage, sale  árabe !")[start:end] for start, end in verdict.spans] == ["sale  árabe"]
    assert verdict.rule.startswith("discriminatory_insult.") and verdict.rule_version
    assert verdict.reason.endswith("relise.") and "injurie" in verdict.reason
    assert 0 < verdict.severity <= 100
    assert screen(text).outcome >= Outcome.QUEUE


def test_the_gravest_passage_decides():
    verdict = screen("Tu es un connard, mon numéro : 06 12 34 56 78. Sale arabe.")
    assert (verdict.outcome, verdict.ground) == (Outcome.REFUSE, Ground.DISCRIMINATORY_INSULT)
