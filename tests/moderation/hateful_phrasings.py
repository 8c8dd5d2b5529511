"""Hateful sentences and their innocent neighbours, composed from families of phrasings and from groups.

Each family has two halves: `seen`, read while the rules were written, and `held_out`, written before the rules and kept
away from them, so that the recall measured on it says something about sentences that nobody has thought of.

In a template, `{les}`, `{un}`, `{ce}`… are the group with its determiner, `[a|b]` is read a for a masculine group and b
for a feminine one, `(e)` only for a feminine one.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """A group that the law protects, and its grammar."""

    plural: str
    singular: str
    feminine: bool = False

    def forms(self) -> dict[str, str]:
        vowel = self.plural[0] in "aeiouéhH" and not self.plural.startswith("handi")
        fem = self.feminine
        ce = "cette" if fem else "cet" if vowel else "ce"
        un = "une" if fem else "un"
        return {
            "les": f"les {self.plural}",
            "des": f"des {self.plural}",
            "aux": f"aux {self.plural}",
            "ces": f"ces {self.plural}",
            "de": f"d’{self.plural}" if vowel else f"de {self.plural}",
            "noms": self.plural,
            "nom": self.singular,
            "un": f"{un} {self.singular}",
            "d_un": f"d’{un} {self.singular}",
            "ce": f"{ce} {self.singular}",
            "aucun": f"{'aucune' if fem else 'aucun'} {self.singular}",
            "chaque": f"chaque {self.singular}",
            "ils": "elles" if fem else "ils",
            "il": "elle" if fem else "il",
            "eux": "elles" if fem else "eux",
        }


GROUPS = {
    "women": Group("femmes", "femme", True),
    "trans": Group("personnes trans", "personne trans", True),
    "gay": Group("homosexuels", "homosexuel"),
    "black": Group("Noirs", "Noir"),
    "disabled": Group("handicapés", "handicapé"),
    "muslim": Group("musulmans", "musulman"),
    "jewish": Group("Juifs", "Juif"),
    "immigrant": Group("immigrés", "immigré"),
    "arab": Group("Arabes", "Arabe"),
    "roma": Group("Roms", "Rom"),
    "asian": Group("Asiatiques", "Asiatique"),
    "coloured": Group("gens de couleur", "homme de couleur"),
}


@dataclass(frozen=True)
class Family:
    """The templates of one kind of phrasing."""

    seen: tuple[str, ...]
    held_out: tuple[str, ...]


HATEFUL = {
    "strong emotion": Family(
        seen=(
            "Je ne supporte pas {les}.",
            "Je déteste {les} du plus profond de mon âme.",
            "{Les} me dégoûtent.",
            "J’ai la haine contre {les}.",
            "Je n’éprouve que du mépris pour {les}.",
            "{Les} me donnent envie de vomir.",
            "Rien ne m’énerve plus que {les}.",
            "J’en ai plus qu’assez {des}.",
        ),
        held_out=(
            "J’exècre {les}.",
            "Voir {un} me met hors de moi.",
            "Qu’est-ce que je peux haïr {les} !",
            "La simple vue {d_un} me révulse.",
            "Je ne peux plus encadrer {ces} {tous} autant qu’[ils|elles] sont.",
            "{Les} me sortent par les yeux.",
            "J’ai une profonde aversion pour {les}.",
            "Tout mon être rejette {les}.",
        ),
    ),
    "negative attributes": Family(
        seen=(
            "{Les} sont répugnant(e)s.",
            "{Les} sont {tous} des [menteurs|menteuses].",
            "{Les} sont plus bêtes que leurs pieds.",
            "{Un} est toujours sale.",
            "Toutes les histoires de vol, c’est {les}.",
            "{Les} sont [inférieurs|inférieures] aux autres par nature.",
            "{Les} mentent comme [ils|elles] respirent.",
            "{Les} sont une plaie pour notre société.",
        ),
        held_out=(
            "{Les} sont d’une bêtise crasse.",
            "{Les} sont lâches et sournois(e)s.",
            "{Les} puent la transpiration.",
            "{Ce} est une personne malfaisante, comme {tous} ses semblables.",
            "Il n’y a pas plus fourbe qu’{un}.",
            "{Les} n’ont que deux neurones.",
            "{Les} sont la lie de l’humanité.",
            "{Chaque} est un danger ambulant.",
        ),
    ),
    "dehumanisation": Family(
        seen=(
            "{Les} sont des parasites.",
            "{Les} sont de la vermine.",
            "{Un} ne vaut pas mieux qu’un rat.",
            "{Les} se reproduisent comme des lapins.",
            "{Les} ne sont que des animaux.",
            "{Ces} sont un cancer.",
            "{Les} sont des bêtes sauvages qu’il faut dresser.",
            "Pour moi, {les} sont des cafards.",
        ),
        held_out=(
            "{Les} grouillent comme des asticots.",
            "{Les} sont des déchets humains.",
            "Considérons {les} comme du bétail.",
            "{Les} appartiennent à une espèce inférieure.",
            "Mon chien a plus d’humanité qu’{un}.",
            "{Les} sont des sangsues accrochées à notre pays.",
            "{Ce} est une créature immonde.",
            "{Les} tiennent plus du singe que de l’homme.",
        ),
    ),
    "implicit": Family(
        seen=(
            "Le monde serait bien meilleur sans {les}.",
            "Le seul bon {nom}, c’est {un} mort[|e].",
            "Vous savez ce qui me ferait plaisir ? {Un} de moins.",
            "Je ne laisserais jamais ma fille épouser {un}.",
            "{Les} n’ont rien à faire parmi nous.",
            "Je préférerais mourir que d’avoir {un} pour voisin[|e].",
            "On vivait bien avant l’arrivée {des}.",
            "J’ai du mal à croire que quelqu’un puisse aimer {un}.",
        ),
        held_out=(
            "Si {les} disparaissaient demain, personne ne pleurerait.",
            "Je change de trottoir dès que je croise {un}.",
            "À quoi servent {les}, au juste ?",
            "Être né[|e] {nom}, quelle malchance pour l’humanité.",
            "Il fut un temps où l’on savait quoi faire {des}.",
            "Comparer {les} à des rats serait une insulte aux rats.",
            "Je me lave les mains après avoir touché {un}.",
            "La place {des} est dans une cage.",
        ),
    ),
    "direct threats": Family(
        seen=(
            "Je vais tuer {tous} {les}.",
            "On va vous retrouver, {les}, et vous le paierez.",
            "Le prochain {nom} que je croise, je le cogne.",
            "Je vais casser la figure {aux}.",
            "{Les}, on va {tous} vous éliminer.",
            "Si je vois {un} dans ma rue, je l’égorge.",
            "J’ai envie de frapper {un}.",
            "Je jure que je ferai la peau à {un} ce soir.",
        ),
        held_out=(
            "Bientôt nous nous débarrasserons de {tous} {les}.",
            "J’en étranglerai bien un, de {ces}.",
            "Attention {les}, votre heure a sonné.",
            "Je rêve de poignarder {un}.",
            "Nous viendrons chercher {les} un par un.",
            "Je mettrai le feu à la maison {des}.",
            "{Les} vont goûter à ma batte.",
            "Un de ces jours je descendrai {un}.",
        ),
    ),
    "normative threats": Family(
        seen=(
            "{Les} devraient être puni(e)s.",
            "{Tous} {les} devraient disparaître.",
            "Il faut expulser {tous} {les} de chez nous.",
            "Il faudrait que {les} crèvent.",
            "{Les} méritent de souffrir.",
            "On devrait enfermer {les}.",
            "{Les} devraient être stérilisé(e)s.",
            "Quelqu’un doit régler leur compte {aux}.",
        ),
        held_out=(
            "{Les} devraient être rayé(e)s de la carte.",
            "Qu’on pende {les} par les pieds.",
            "Il serait temps de nettoyer le pays {des}.",
            "{Les} devraient vivre dans la peur.",
            "Il est urgent d’éradiquer {les}.",
            "{Un} mérite le fouet.",
            "{Les} ne devraient pas avoir le droit de respirer.",
            "Nous devons purger la société {des}.",
        ),
    ),
    "profanity": Family(
        seen=(
            "{Les} sont de la merde.",
            "Putain, je hais {les}.",
            "{Les}, c’est vraiment des connards.",
            "J’emmerde {les}.",
            "Que {les} aillent se faire foutre.",
            "{Les} me font chier.",
            "Putains de {noms}.",
            "Nique {les}.",
        ),
        held_out=(
            "{Les} me cassent les couilles.",
            "Bordel, encore un de ces enfoirés de {noms}.",
            "{Les} sont des sous-merdes.",
            "Allez tous crever, bande de {noms} à la con.",
            "Rien à foutre {des}, qu’ils aillent au diable.",
            "{Les} peuvent aller se faire mettre.",
            "{Un}, c’est une saloperie.",
            "Je chie sur {les}.",
        ),
    ),
    "pronoun in a clause": Family(
        seen=(
            "Je connais {les}, [ils|elles] sont {tous} dangereu[x|ses].",
            "Il y a {des} dans ma ville et je les déteste.",
            "Ne fréquente pas {les}, ce sont des parasites.",
            "Parlons {des} : il faut les expulser.",
            "Regarde {ces}, [ils|elles] me dégoûtent.",
            "{Un} s’est installé[|e] ici et [il|elle] mérite de crever.",
            "Je vois {les} partout et ça me répugne.",
            "{Les} arrivent, alors on va leur casser la figure.",
        ),
        held_out=(
            "J’ai travaillé avec {des} et [ils|elles] sont d’une paresse incroyable.",
            "On me parle {des} mais je ne peux pas les sentir.",
            "Je croise {des} chaque matin et j’ai envie de les étrangler.",
            "J’ai rencontré {un} hier, [il|elle] empestait.",
            "{Les} sont là et on devrait {tous} les noyer.",
            "Quand je pense {aux}, j’ai de la haine pour [eux|elles].",
            "{Les} sont nombreu[x|ses], mais [ils|elles] ne valent rien.",
            "Vous accueillez {les}, alors que [ils|elles] ne sont que de la racaille.",
        ),
    ),
    "pronoun in a sentence": Family(
        seen=(
            "Je parle {des}. [Ils|Elles] me dégoûtent {tous}.",
            "Voilà {les}. Je les hais.",
            "Il y a {des} au marché. Ce sont des voleurs.",
            "Vous connaissez {les} ? Il faut {tous} les éliminer.",
            "Encore {un}. [Il|Elle] devrait crever.",
            "J’ai croisé {des}. Quelle bande de parasites.",
            "Je pense {aux}. Ces gens-là sont inférieurs.",
            "{Les} arrivent. Qu’on les renvoie chez [eux|elles].",
        ),
        held_out=(
            "Mon immeuble est plein {de}. [Ils|Elles] sont {tous} immondes.",
            "Regardez {les}. De vrais déchets.",
            "On voit {des} partout. J’ai envie de leur cracher dessus.",
            "Ma rue compte beaucoup {de}. Personne n’en veut ici.",
            "Je discutais {des}. On devrait les parquer.",
            "{Un} a emménagé. Je vais lui faire la peau.",
            "Nous avons {des} à l’école. Ça me révolte, qu’[ils|elles] disparaissent.",
            "Ce quartier attire {les}. [Ils|Elles] ne méritent pas de vivre.",
        ),
    ),
    "negated positive": Family(
        seen=(
            "{Les} ne sont pas dignes de vivre parmi nous.",
            "{Aucun} n’est intelligent(e).",
            "{Les} ne méritent aucun respect.",
            "{Les} ne sont pas des êtres humains.",
            "{Les} ne sont bon(ne)s à rien.",
            "{Les} ne servent à rien.",
            "{Les} n’ont aucune morale.",
            "{Un} n’est jamais honnête.",
        ),
        held_out=(
            "{Les} ne connaissent pas l’honneur.",
            "On ne peut pas compter sur {un}.",
            "{Les} n’ont jamais rien apporté à personne.",
            "Il n’existe pas {un} qui soit fréquentable.",
            "{Les} ne sauraient être considéré(e)s comme nos égaux.",
            "{Les} n’auront jamais ma sympathie.",
            "{Les} ne devraient pas être accepté(e)s dans notre pays.",
            "Pas un[|e] seul[|e] {nom} ne se conduit bien.",
        ),
    ),
    "question": Family(
        seen=(
            "Pourquoi {les} sont-[ils|elles] {tous} si stupides ?",
            "Quand va-t-on enfin expulser {les} ?",
            "Qui peut bien aimer {les} ?",
            "Est-ce que {les} sont {tous} des criminel(le)s ?",
            "Pourquoi tolère-t-on encore {les} ?",
            "Comment peut-on supporter {les} ?",
            "Qui d’autre trouve {les} répugnant(e)s ?",
            "Pourquoi ne pas tuer {tous} {les} ?",
        ),
        held_out=(
            "{Les} sont-[ils|elles] vraiment des humains ?",
            "Pourquoi {les} puent-[ils|elles] autant ?",
            "Qu’attend-on pour se débarrasser {des} ?",
            "Y a-t-il plus méprisable qu’{un} ?",
            "Pourquoi devrions-nous respecter {les} ?",
            "Quel imbécile ferait confiance à {un} ?",
            "Suis-je le seul à ne pas pouvoir sentir {les} ?",
            "Pourquoi Dieu a-t-il créé {les}, ces erreurs de la nature ?",
        ),
    ),
    "opinion": Family(
        seen=(
            "Je trouve que {les} sont dégoûtant(e)s.",
            "À mon avis, {les} sont {tous} des criminel(le)s.",
            "Je pense que {les} devraient être enfermé(e)s.",
            "Selon moi, {les} ne méritent pas de droits.",
            "Je considère {les} comme des moins que rien.",
            "Pour ma part, je n’aime pas {les}.",
            "Je crois sincèrement que {les} sont [inférieurs|inférieures].",
            "Franchement, je trouve {les} répugnant(e)s.",
        ),
        held_out=(
            "Il me semble que {les} sont moins évolué(e)s que nous.",
            "Personnellement, je ne confierais rien à {un}.",
            "Si vous voulez mon avis, {les} sont abject(e)s.",
            "J’estime que {les} n’ont pas leur place ici.",
            "De mon point de vue, {un} est un sous-homme.",
            "Je suis convaincu que {les} sont la cause de tous nos maux.",
            "On ne m’ôtera pas de l’idée que {les} sont vicieu[x|ses].",
            "Je reste persuadé qu’il faut bannir {les}.",
        ),
    ),
}

TARGET_SLURS = {
    "women": ("salope", "pétasse", "pouffiasse", "grognasse"),
    "trans": ("travelo", "travlo"),
    "gay": ("pédé", "tapette", "tarlouze", "tafiole", "gouine"),
    "black": ("nègre", "bamboula", "négro", "macaque"),
    "disabled": ("mongolien", "triso", "gogol", "attardé"),
    "muslim": ("bougnoule", "bicot"),
    "jewish": ("youpin", "youtre"),
    "arab": ("bougnoule", "crouille", "raton"),
    "roma": ("romanichel", "manouche de merde"),
    "asian": ("chinetoque", "niakoué", "bridé"),
}

SLURS = Family(
    seen=(
        "Tu n’es qu’un {slur}.",
        "Sale {slur} !",
        "Je ne veux pas de {slur}s ici.",
        "Encore un {slur} qui se plaint.",
    ),
    held_out=(
        "On a un {slur} pour voisin.",
        "Quel {slur}, celui-là.",
        "Les {slur}s, ça suffit.",
        "Voilà ce que fait un {slur}.",
    ),
)

# Sentences on which the spelling is disguised: clear ones, so that only the disguise is measured.
PLAIN = Family(
    seen=(
        "Je déteste {les}.",
        "{Les} sont des parasites.",
        "Il faut tuer {tous} {les}.",
        "{Les} me dégoûtent.",
    ),
    held_out=(
        "{Les} devraient disparaître.",
        "Je hais {ces}.",
        "{Les} sont répugnant(e)s.",
        "{Les} ne méritent pas de vivre.",
    ),
)

INNOCENT = {
    "neutral mention": Family(
        seen=(
            "{Les} représentent une part importante de la population.",
            "J’ai déjeuné avec {un} hier.",
            "Une exposition raconte la vie {des} au siècle dernier.",
            "Il y a {des} dans mon équipe de football.",
            "{Les} votent dimanche, comme tout le monde.",
            "Mon médecin est {un}.",
        ),
        held_out=(
            "On compte davantage {de} dans les grandes villes.",
            "Une étude porte sur la santé {des}.",
            "{Un} préside l’association depuis mars.",
            "Le film suit {un} qui revient au village.",
            "Que pensent {les} de ce projet de loi ?",
            "La loi s’applique {aux} comme aux autres.",
        ),
    ),
    "positive": Family(
        seen=(
            "{Les} sont formidables.",
            "J’aime {les}.",
            "{Les} méritent le respect.",
            "Nous avons besoin {des} pour construire l’avenir.",
            "{Les} sont [courageux|courageuses] et intelligent(e)s.",
            "Bienvenue {aux} dans notre quartier !",
        ),
        held_out=(
            "Je suis fier d’être ami avec {des}.",
            "{Les} apportent énormément à la France.",
            "Quelle chance d’avoir {des} dans notre village.",
            "J’admire {les}, [ils|elles] sont d’une grande générosité.",
            "{Un} m’a sauvé la vie, je ne l’oublierai jamais.",
            "{Les} devraient être mieux représenté(e)s.",
        ),
    ),
    "denied hatred": Family(
        seen=(
            "Non, {les} ne sont pas des parasites.",
            "Je ne déteste pas {les}.",
            "{Les} ne sont pas [inférieurs|inférieures].",
            "{Aucun} ne mérite de mourir.",
            "Il ne faut pas expulser {les}.",
            "Nous ne haïssons pas {les}, au contraire.",
        ),
        held_out=(
            "Personne ne devrait frapper {un}.",
            "{Les} ne sont ni sales ni stupides.",
            "Je n’ai jamais pensé que {les} étaient dangereu[x|ses].",
            "Qu’on ne vienne pas me dire que {les} sont des criminel(le)s.",
            "Je n’ai rien contre {les}.",
            "Il est faux de prétendre que {les} sont des voleurs.",
        ),
    ),
    "quoted and denounced": Family(
        seen=(
            "Dire « {les} sont des parasites » est une honte.",
            "« Je hais {les} » : voilà le genre de phrase qui nous détruit.",
            "Écrire « mort {aux} » sur un mur est un délit.",
            "Quiconque crie « {les} dehors » devrait avoir honte.",
            "Il a osé dire « {les} sont des animaux », c’est inadmissible.",
            "Un élève a dit « je déteste {les} » et le professeur l’a puni.",
        ),
        held_out=(
            "Quand on entend « {les} sont répugnant(e)s », il faut répondre.",
            "« Il faut tuer {les} » : de tels mots relèvent du tribunal.",
            "Si tu penses « {les} devraient disparaître », tu fais partie du problème.",
            "Les propos comme « {les} sont de la vermine » n’ont pas leur place ici.",
            "Affirmer que « {les} sont [inférieurs|inférieures] », c’est du racisme pur.",
            "« Je ne supporte pas {les} », m’a lancé mon voisin, et je l’ai mouché.",
        ),
    ),
    "denounced without quoting": Family(
        seen=(
            "Dire que {les} sont des parasites est une honte.",
            "Ceux qui détestent {les} me dégoûtent.",
            "Tuer {un} est un crime.",
            "Les discriminations envers {les} doivent cesser.",
            "Traiter {les} comme des animaux est indigne.",
            "La haine contre {les} n’est pas une opinion.",
        ),
        held_out=(
            "Celui qui souhaite la mort {des} n’a rien compris.",
            "Prétendre que {les} sont dangereu[x|ses] est un mensonge.",
            "Les gens qui insultent {les} devraient avoir honte.",
            "Il est ignoble de frapper {un}.",
            "Je ne supporte pas ceux qui s’en prennent {aux}.",
            "Haïr {les} n’a jamais rendu personne heureux.",
        ),
    ),
    "policy": Family(
        seen=(
            "Il faut expulser les étrangers délinquants.",
            "Il y a trop d’immigrés en France.",
            "Les migrants coûtent cher à la collectivité.",
            "Il faut supprimer l’aide médicale d’État.",
            "Je suis pour l’interdiction du voile à l’université.",
            "Nous ne pouvons pas accueillir tous les migrants.",
            "Les clandestins doivent être reconduits à la frontière.",
            "Les femmes sont encore moins bien payées que les hommes.",
        ),
        held_out=(
            "Les demandeurs d’asile déboutés doivent quitter le territoire.",
            "L’immigration doit être divisée par deux.",
            "Les islamistes sont un danger pour la République.",
            "Les aides sociales devraient être réservées aux Français.",
            "Les handicapés n’ont pas accès à la moitié des gares.",
            "Les immigrés doivent apprendre le français.",
            "Le regroupement familial devrait être suspendu.",
            "Je suis contre la gestation pour autrui, y compris pour les homosexuels.",
        ),
    ),
    "other targets": Family(
        seen=(
            "Tous les politiciens devraient disparaître.",
            "Je déteste les banquiers.",
            "Les patrons sont des parasites.",
            "Je ne supporte pas les embouteillages.",
            "Les artistes sont tous des ratés.",
            "Les capitalistes me dégoûtent.",
            "Les lobbys sont la vermine de la démocratie.",
            "Les supporters de foot sont des abrutis.",
        ),
        held_out=(
            "Les moustiques devraient être éradiqués.",
            "Je hais les réunions du lundi.",
            "Les éoliennes sont une horreur.",
            "Les ministres ne méritent aucun respect.",
            "Qu’on se débarrasse enfin de ces technocrates.",
            "Les publicitaires mentent comme ils respirent.",
            "Les chauffards sont des dangers publics.",
            "Pourquoi les énarques sont-ils si arrogants ?",
        ),
    ),
    "profanity without hatred": Family(
        seen=(
            "Putain, il fait un froid de canard.",
            "Cette réunion était merdique.",
            "J’en ai plein le cul de cette pluie.",
            "Quel bordel, ce rond-point !",
            "Merde, j’ai raté mon train.",
            "Ce film est foutrement bon.",
        ),
        held_out=(
            "C’était une putain de belle soirée.",
            "Fait chier, la mairie est encore fermée.",
            "J’ai déconné, désolé.",
            "Saloperie de machine à café.",
            "On s’en fout de ce logo.",
            "Je suis dans la merde avec ce dossier.",
        ),
    ),
    "reclaimed and homonyms": Family(
        seen=(
            "Je suis une gouine et j’en suis fière.",
            "Moi qui suis pédé, je vous dis merci.",
            "Ma chienne a eu trois petits.",
            "La tapette à mouches est dans le placard.",
            "Le raton laveur fouille nos poubelles.",
            "Le melon est en promotion au marché.",
        ),
        held_out=(
            "Nous, les gouines, on défilera samedi.",
            "Je porte le mot pédé avec fierté.",
            "Les macaques du zoo ont froid.",
            "Un singe s’est échappé du parc.",
            "La Mongolie est peuplée de Mongols.",
            "Son auteur a engagé un nègre littéraire.",
        ),
    ),
}


def fill(template: str, group: Group) -> str:
    """The sentence that a template gives for a group."""
    words = group.forms()
    words["tous"] = "toutes" if group.feminine else "tous"
    words |= {name.capitalize(): form[0].upper() + form[1:] for name, form in words.items()}
    text = re.sub(r"\{(\w+)\}", lambda name: words[name[1]], template)
    text = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda pair: pair[2 if group.feminine else 1], text)
    text = re.sub(r"\((n?e|le)\)", lambda mark: mark[1] if group.feminine else "", text)
    return re.sub(r"\b(que|Que) (?=[iueo])", lambda word: word[1][:-1] + "’", text)


def _slurred(template: str, slur: str) -> str:
    feminine = slur in TARGET_SLURS["women"] or slur == "gouine"
    text = template.replace("{slur}s", slur if slur.endswith(("merde", "s")) else f"{slur}s").replace("{slur}", slur)
    if feminine:
        text = text.replace(" un ", " une ").replace("’un ", "’une ").replace("Quel ", "Quelle ")
    return text


def hateful(half: str) -> Iterator[tuple[str, str]]:
    """Pairs (kind, sentence) of one half, "seen" or "held_out"."""
    for kind, family in HATEFUL.items():
        for template in getattr(family, half):
            for group in GROUPS.values():
                yield kind, fill(template, group)
    for slurs in TARGET_SLURS.values():
        for slur in slurs:
            for template in getattr(SLURS, half):
                yield "slurs", _slurred(template, slur)


def innocent(half: str) -> Iterator[tuple[str, str]]:
    """Pairs (kind, sentence) of what must be published."""
    for kind, family in INNOCENT.items():
        for template in getattr(family, half):
            for group in GROUPS.values() if "{" in template else [GROUPS["women"]]:
                yield kind, fill(template, group)


def _swapped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _missing(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


def _leet(word: str, chance: random.Random) -> str:
    return word.translate(str.maketrans("aeios", "43105"))


def _spaced(word: str, chance: random.Random) -> str:
    return chance.choice(" .-").join(word)


def _stuck(sentence: str, chance: random.Random) -> str:
    return sentence.replace(" ", "")


DISGUISES = {"swapped letters": _swapped, "missing letter": _missing, "leet": _leet, "spaced letters": _spaced}


def disguised(half: str) -> Iterator[tuple[str, str]]:
    """Pairs (kind, sentence) whose group is written in disguise, or whose words are stuck together."""
    chance = random.Random(1881)
    for template in getattr(PLAIN, half):
        for group in GROUPS.values():
            sentence = fill(template, group)
            longest = max(group.plural.split(), key=len)
            for kind, disguise in DISGUISES.items():
                if len(longest) > 3:
                    yield kind, sentence.replace(longest, disguise(longest, chance))
            yield "missing boundaries", _stuck(sentence, chance)
