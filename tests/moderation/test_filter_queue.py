"""What a human reads first: insults to persons, ambiguous threats, personal data, advertising."""

import pytest

from moderation.filter import Ground, Outcome, screen, screening

INSULTS = [
    "Tu es un connard.",
    "T'es vraiment qu'une grosse merde.",
    "tu es une salope",
    "Vous êtes un enculé, monsieur.",
    "Vous êtes tous des enculés de bâtards.",
    "Espèce d’ordure !",
    "Espèce de gros con.",
    "Pauvre con, va.",
    "Ferme ta gueule.",
    "Ta gueule toi",
    "Va te faire foutre.",
    "Nique ta mère",
    "Sale con.",
    "Fils de pute !",
    "Jean Martin est un connard.",
    "Madame Durand est une salope.",
    "Dupont est un gros enculé",
    "tu es un c0nn4rd",
    "tu es un c o n n a r d",
    "tu es un connnnnaaard",
    "tu es un con\u200bnard",
    "tu es un соnnаrd",
    "tu es un conn*rd",
    "tu es un ｃｏｎｎａｒｄ",
    "T’ES UN BÂTARD",
]

DOUBTFUL = [
    ("Je vais te défoncer.", Ground.THREAT),
    ("On va te péter la gueule à la sortie.", Ground.THREAT),
    ("Je sais où tu habites.", Ground.THREAT),
    ("On sait où vous travaillez.", Ground.THREAT),
    ("Tu vas crever.", Ground.THREAT),
    ("Tu es mort.", Ground.THREAT),
    ("Fais gaffe à ta famille.", Ground.THREAT),
    ("Mort aux flics !", Ground.THREAT),
    ("Mort à Durand !", Ground.THREAT),
    ("Je vais le tuer.", Ground.THREAT),
    ("Qu’il crève !", Ground.HARASSMENT),
    ("Il faut pendre les députés.", Ground.INCITEMENT_TO_CRIME),
    ("Tuez tous les flics.", Ground.INCITEMENT_TO_CRIME),
    ("Brûlons la mosquée !", Ground.INCITEMENT_TO_CRIME),
    ("Dehors les Noirs !", Ground.HATE_INCITEMENT),
    ("Les Arabes dehors.", Ground.HATE_INCITEMENT),
    ("Retourne dans ton pays.", Ground.HATE_INCITEMENT),
    ("Je déteste les Arabes.", Ground.HATE_INCITEMENT),
    ("Les Noirs me dégoûtent.", Ground.HATE_INCITEMENT),
    ("Les musulmans sont tous des terroristes.", Ground.DISCRIMINATORY_DEFAMATION),
    ("Les Roms sont des voleurs.", Ground.DISCRIMINATORY_DEFAMATION),
    ("Les Juifs contrôlent les médias.", Ground.DISCRIMINATORY_DEFAMATION),
    ("Encore un nègre au conseil.", Ground.DISCRIMINATORY_INSULT),
    ("Grosse pute.", Ground.DISCRIMINATORY_INSULT),
    ("Les femmes sont toutes des salopes.", Ground.DISCRIMINATORY_INSULT),
    ("Les chambres à gaz n’ont jamais existé.", Ground.DENIAL_OF_CRIMES),
    ("La Shoah est un mensonge.", Ground.DENIAL_OF_CRIMES),
    ("Gloire aux djihadistes !", Ground.PRAISE_OF_TERRORISM),
    ("Sieg Heil !", Ground.PRAISE_OF_CRIMES),
]

PERSONAL_DATA = [
    ("Appelle Marie au 06 12 34 56 78.", "06 12 34 56 78"),
    ("0612345678", "0612345678"),
    ("06.12.34.56.78 après 18 h", "06.12.34.56.78"),
    ("tel:06-12-34-56-78", "06-12-34-56-78"),
    ("+33 6 12 34 56 78", "+33 6 12 34 56 78"),
    ("+33612345678", "+33612345678"),
    ("+33 (0)6 12 34 56 78", "+33 (0)6 12 34 56 78"),
    ("0033612345678", "0033612345678"),
    ("0 6 1 2 3 4 5 6 7 8", "0 6 1 2 3 4 5 6 7 8"),
    ("061 234 5678", "061 234 5678"),
    ("06 / 12 / 34 / 56 / 78", "06 / 12 / 34 / 56 / 78"),
    ("O6 l2 34 56 78", "O6 l2 34 56 78"),
    ("０６ １２ ３４ ５６ ７８", "０６ １２ ３４ ５６ ７８"),
    ("06\u200b12\u200b34\u200b56\u200b78", "06\u200b12\u200b34\u200b56\u200b78"),
    ("Son fixe : 02 99 75 12 34", "02 99 75 12 34"),
    ("À La Réunion : 0262 12 34 56", "0262 12 34 56"),
    ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", "zéro six douze trente-quatre cinquante-six"),
    ("En Belgique : +32 470 12 34 56", "+32 470 12 34 56"),
    ("Écrire à marie.durand@gmail.com", "marie.durand@gmail.com"),
    ("marie.durand (arobase) gmail (point) com", "marie.durand (arobase) gmail (point) com"),
    ("marie.durand[at]orange.fr", "marie.durand[at]orange.fr"),
    ("marie.durand arobase orange point fr", "marie.durand arobase orange point fr"),
    ("marie @ orange.fr", "marie @ orange.fr"),
    ("MARIE.DURAND@ORANGE.FR", "MARIE.DURAND@ORANGE.FR"),
    ("IBAN FR76 3000 6000 0112 3456 7890 189 merci", "FR76 3000 6000 0112 3456 7890 189"),
    ("FR7630006000011234567890189", "FR7630006000011234567890189"),
    ("BE71 0961 2345 6769", "BE71 0961 2345 6769"),
    ("Sa sécu : 2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
    ("255081416802538", "255081416802538"),
    ("Il habite 12 rue des Lilas à Vitré.", "12 rue des Lilas"),
    ("Madame Durand, 4 bis avenue du Général-Leclerc", "4 bis avenue du Général-Leclerc"),
    ("Jean Martin, 27, boulevard Pasteur", "27, boulevard Pasteur"),
    ("Son adresse : 3 impasse du Moulin", "3 impasse du Moulin"),
    ("Elle vit au 18 chemin des Vignes.", "18 chemin des Vignes"),
]

SPAM = [
    "https://a.fr https://b.fr https://c.fr",
    "Voyez www.exemple.fr, www.exemple.com et www.exemple.org/page",
    "Cliquez : https://bit.ly/3abcDEF",
    "http://tinyurl.com/abc",
    "Rejoignez t.me/groupe",
    "Signez notre pétition maintenant. Signez notre pétition maintenant. Signez notre pétition maintenant.",
    "GAGNEZ DE L’ARGENT VITE AVEC NOUS https://exemple.fr",
    "Gagnez 5000 euros par mois sans travailler",
    "Crédit entre particuliers rapide et sérieux",
    "retour affectif rapide, grand voyant",
]


@pytest.mark.parametrize("text", INSULTS)
def test_an_insult_to_a_person_waits_for_a_moderator(text):
    verdict = screen(text)
    assert verdict.outcome == Outcome.QUEUE, verdict
    assert verdict.ground in (Ground.INSULT, Ground.DISCRIMINATORY_INSULT)


@pytest.mark.parametrize(("text", "ground"), DOUBTFUL)
def test_what_only_the_context_can_settle_waits_for_a_moderator(text, ground):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.QUEUE, ground), verdict


@pytest.mark.parametrize(("text", "passage"), PERSONAL_DATA)
def test_personal_data_waits_for_a_moderator_and_is_shown_where_it_stands(text, passage):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.QUEUE, Ground.EXPOSURE_OF_PERSON), verdict
    start, end = verdict.spans[0]
    assert text[start:end].startswith(passage)


@pytest.mark.parametrize("text", SPAM)
def test_advertising_waits_for_a_moderator(text):
    verdict = screen(text)
    assert (verdict.outcome, verdict.ground) == (Outcome.QUEUE, Ground.SPAM), verdict


@pytest.mark.parametrize(
    "text",
    [
        "IBAN FR76 3000 6000 0112 3456 7890 188",
        "Numéro 2 55 08 14 168 025 39",
        "Réf. 1234567890123456",
    ],
)
def test_a_number_with_a_wrong_checksum_is_only_a_number(text):
    assert screen(text).passes


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Appelez-moi au 06 12 34 56 78.", "+33612345678"),
        ("Appelez-moi au +33 6 12 34 56 78.", "0612345678"),
        ("Écrivez-moi : Marie@Orange.fr", "marie@orange.fr"),
        ("marie (arobase) orange point fr", "marie@orange.fr"),
    ],
)
def test_the_writer_may_give_contacts_that_are_their_own(text, own):
    assert not screen(text).passes
    assert screen(text, own_contacts=[own]).passes


def test_the_contacts_of_somebody_else_still_wait_beside_ones_own():
    text = "Moi 06 12 34 56 78, elle 06 98 76 54 32"
    verdict = screen(text, own_contacts=["0612345678"])
    assert [text[start:end] for start, end in verdict.spans] == ["06 98 76 54 32"]


def test_an_address_is_at_home_in_the_field_of_a_place():
    text = "Chez Madame Durand, 4 rue des Lilas"
    assert not screen(text).passes
    assert screen(text, field="place").passes


def test_a_text_too_long_to_be_read_by_machine_is_read_by_a_human():
    verdict = screen("Bonjour. " * 3_000)
    assert verdict.outcome == Outcome.QUEUE
    assert screen("é" * 20_001).rule == "limits.too_long"


def test_a_refusal_at_the_start_of_a_text_too_long_stays_a_refusal():
    assert screen("Sale arabe. " + "a b " * 8_000).outcome == Outcome.REFUSE


def test_compiling_the_rules_is_not_counted_against_the_first_text(monkeypatch):
    now, rules = [0.0], screening.all_rules()

    def compile_slowly():
        now[0] += 60
        return rules

    monkeypatch.setattr(screening, "all_rules", compile_slowly)
    monkeypatch.setattr(screening, "monotonic", lambda: now[0])
    assert screen("Bonjour").passes


def test_a_text_that_takes_too_long_is_read_by_a_human(monkeypatch):
    monkeypatch.setattr(screening, "TIME_BUDGET", -1.0)
    verdict = screen("Bonjour")
    assert (verdict.outcome, verdict.rule) == (Outcome.QUEUE, "limits.out_of_time")
