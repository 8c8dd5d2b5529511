"""What must pass: criticism, anger, satire, testimony, counter-speech, public information."""

import pytest

from moderation.filter import Outcome, screen

CRITICISM = [
    "Le gouvernement ment aux Français depuis des années.",
    "Démission ! Démission ! Démission du ministre !",
    "Le Président est un menteur et un incapable.",
    "Vos promesses, c’est de la merde en boîte.",
    "Cette réforme est une saloperie sans nom.",
    "Tous des menteurs, tous des voleurs, vous vous moquez du peuple.",
    "Les ministres sont des incapables payés à ne rien foutre.",
    "Ce parti nous prend pour des cons depuis vingt ans.",
    "Le parti qui tient ce site ferait mieux de se dissoudre.",
    "Macron démission, et que tout son gouvernement parte avec lui.",
    "Putain, encore une taxe sur l’essence, y en a marre !",
    "On en a ras le bol de cette bande de guignols à l’Assemblée.",
    "J’emmerde votre loi et votre 49.3.",
    "C’est un scandale, une honte, un déni de démocratie.",
    "La politique migratoire du gouvernement est un échec complet.",
    "Il faut supprimer le Sénat et les privilèges des élus.",
    "Il faut tuer dans l’œuf cette réforme des retraites.",
    "À mort la bureaucratie, vive les services publics !",
    "Mort au capitalisme, vive la commune.",
    "Mort à la taxe d’habitation !",
    "Cette autoroute va tuer la vallée et égorger les petits commerces.",
    "On va vous battre aux prochaines élections, préparez vos valises.",
    "On va les massacrer dans les urnes.",
    "Vous allez le payer dans les urnes !",
    "Vous méritez de perdre, et vous perdrez.",
    "Le ministre de l’Intérieur est un danger public.",
    "Quel clown, ce député : il vote contre ce qu’il a promis.",
    "Les patrons du CAC 40 se gavent et les retraités crèvent de faim.",
    "Nous crevons tous de chaud dans ces logements, et la mairie s’en fout.",
    "Virez-moi tous ces énarques !",
    "Dehors les corrompus, dehors les lobbys.",
    "Le maire a menti au conseil municipal, le voici pris la main dans le sac.",
    "La police doit rendre des comptes sur ces violences.",
    "Qu’on arrête de nous faire payer pour les riches, bordel.",
    "Brûlons nos factures sur la place publique !",
    "Ce projet de rond-point est débile et coûte une fortune.",
    "C’est quoi cette connerie de parking à 3 millions ?",
    "La religion n’a rien à faire à l’école.",
    "L’islam politique doit être combattu par la loi, comme tout intégrisme.",
    "Je déteste cette politique et je hais ce mépris.",
    "Je suis contre le droit de vote des étrangers aux élections locales.",
    "Il faut renvoyer chez eux les étrangers condamnés pour crime.",
    "Expulser les clandestins devrait être une priorité.",
    "Il faut limiter l’immigration et mieux intégrer ceux qui sont là.",
    "Le Gouvernement est un ramassis de menteurs.",
]

NEUTRAL_AND_COUNTER_SPEECH = [
    "Les femmes sont moins payées que les hommes à travail égal.",
    "Les Juifs ont été persécutés pendant la guerre.",
    "Les nazis ont tué les Juifs d’Europe.",
    "Six millions de Juifs ont été assassinés.",
    "Les Roms de notre commune ont besoin d’une école.",
    "Accueillons les réfugiés dignement.",
    "Je suis noire et je suis fière.",
    "Les musulmans de Vitré ouvrent leur mosquée aux voisins dimanche.",
    "Les personnes handicapées doivent pouvoir prendre le bus.",
    "On m’a traité de sale arabe dans le bus.",
    "Il s’est fait traiter de « sale pédé » à la sortie du lycée.",
    "Des collégiens l’ont traitée de sale juive, il faut agir.",
    "Crier « mort aux juifs » est un délit puni par la loi.",
    "Le mot « bougnoule » est raciste, refusons-le.",
    "Dire « les arabes sont des voleurs » est raciste.",
    "Il ne faut jamais frapper les femmes.",
    "Ne tuez pas les immigrés par votre indifférence.",
    "Aucun Noir n’est un animal : la statue rappelle l’horreur de l’esclavage.",
    "Les homosexuels ne sont pas des malades.",
    "Les migrants ne sont pas des parasites.",
    "Une marche contre les violences faites aux femmes aura lieu samedi.",
    "Stop aux insultes racistes dans les stades.",
    "Hommage aux victimes des ratonnades d’octobre 1961.",
    "Le génocide des Tutsis au Rwanda doit être enseigné.",
    "La négritude de Césaire et Senghor au programme du lycée.",
    "Aimé Césaire écrit : « Nègre je suis, nègre je resterai », et ce mot « nègre » a une histoire.",
    "Un prix pour les nègres littéraires de nos campagnes électorales.",
    "Negro spirituals à l’église Saint-Martin vendredi soir.",
    "La salle arabe du musée rouvre en mars, la salle noire aussi.",
    "Une table de bridge, un raton laveur et des tapettes à souris au vide-grenier.",
    "Les gays et les lesbiennes marchent samedi place de la République.",
    "Le jazz manouche sera à l’honneur.",
    "Il m’a dit « je vais te tuer », j’ai porté plainte.",
    "Elle est morte sous les coups de son mari, qui l’avait menacée de la tuer.",
]

EVERYDAY = [
    "Plantons cent arbres le long du canal dès novembre.",
    "Une recyclerie à Vitré : pour qui, pour quoi ?",
    "Réunion publique le 01/02/2026 à 18 h 30, salle des fêtes.",
    "Rendez-vous au 12 rue de la Paix, salle polyvalente, samedi à 10 h.",
    "La mairie, 1 place de la République, ouvre à 9 h.",
    "Appelez le 15 ou le 112 en cas d’urgence, le 114 par SMS.",
    "Le 3919 écoute les femmes victimes de violences, le 119 les enfants.",
    "Pour une personne sans abri, composez le 115.",
    "Victimes : 116 006, appel gratuit.",
    "Renseignements au 0800 123 456 ou au 08 92 70 12 39.",
    "Écrivez à contact@mairie-vitre.fr pour réserver un stand.",
    "Tout est sur https://www.service-public.fr/ et sur https://www.insee.fr/.",
    "Le budget est de 1 000 000 000 d’euros, soit 0,123456789 du PIB.",
    "Les codes postaux 35500, 35000 et 01000 01100 sont concernés.",
    "SIRET 123 456 789 00012 de l’association.",
    "Prix : 12 € le kilo, 06 places restantes, 4x4 interdits.",
    "Le lycée a ouvert en 1912, fermé en 1943, rouvert en 1951.",
    "Ma grand-mère est morte à 98 ans, entourée des siens.",
    "On va tuer le temps en attendant le bus qui ne vient jamais.",
    "J’ai crevé un pneu dans le nid-de-poule de la rue du Stade.",
    "Il a perdu les pédales, la pédale de frein était cassée.",
    "Le melon de Cavaillon, la race à viande, la sale guerre de 14.",
    "L’argent sale russe finance ces paradis fiscaux.",
    "",
    "   \n\t ",
    "👍👍👍",
]


@pytest.mark.parametrize("text", CRITICISM)
def test_criticism_anger_and_satire_are_published(text):
    assert screen(text).outcome == Outcome.PUBLISH, screen(text)


@pytest.mark.parametrize("text", NEUTRAL_AND_COUNTER_SPEECH)
def test_speaking_of_groups_and_against_hatred_is_published(text):
    assert screen(text).outcome == Outcome.PUBLISH, screen(text)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_life_is_published(text):
    assert screen(text).outcome == Outcome.PUBLISH, screen(text)


@pytest.mark.parametrize(
    "text",
    [
        "« Sale arabe », voilà ce qui est écrit sur ma porte.",
        "Ils scandaient mort aux juifs devant la synagogue.",
        "Sur le mur, un tag : « les pédés au four ».",
        "L’affiche disait : « Dehors les Noirs ».",
        "Comment peut-on encore entendre « sale juif » dans une école ?",
        "Ce slogan, « tuez les musulmans », a valu six mois de prison à son auteur.",
        "Nous condamnons ces cris : mort aux Roms !",
        "Je suis un sale pédé, dites-vous, et j’en suis fier.",
        "Traiter quelqu’un de bougnoule est une insulte raciste.",
        "Il faut poursuivre ceux qui appellent à tuer les homosexuels.",
    ],
)
def test_whoever_quotes_or_denounces_hatred_is_never_refused(text):
    assert screen(text).outcome < Outcome.REFUSE, screen(text)


def test_a_verdict_that_publishes_accuses_of_nothing():
    verdict = screen("Bonjour à tous, rendez-vous samedi.")
    assert verdict.passes
    assert (verdict.ground, verdict.rule, verdict.severity, verdict.spans, verdict.reason) == (None, "", 0, (), "")
