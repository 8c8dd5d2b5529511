"""Finds what would let a stranger reach somebody: telephone, e-mail, bank account, social security number, home.

Each detector takes the views of a text, the options of its rule and the writer's own contacts (normalised by
`normalise_contacts`), and returns spans of the original text.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.fr import nir

from .forms import compile_pattern
from .views import Views

Span = tuple[int, int]
Options = Mapping[str, object]
Detector = Callable[[Views, Options, frozenset[str]], list[Span]]
Contacts = Iterator[tuple[Span, str]]
"""Where each contact stands in the original text, and what it is, as `normalise_contacts` writes it."""


def normalise_contacts(own_contacts: Collection[str]) -> frozenset[str]:
    """The writer's telephone numbers and addresses in the form that the detectors compare."""
    known = set()
    for contact in own_contacts:
        if "@" in contact:
            known.add(contact.strip().lower())
        elif contact.strip():
            known.add(_national(contact))
    return frozenset(known)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal() and sign.isascii())


def _national(number: str) -> str:
    """A French number as 0X XX XX XX XX without spaces, whatever its prefix; another one as its digits."""
    digits = _digits(number)
    for prefix in ("0033", "33"):
        rest = digits.removeprefix(prefix)
        if rest != digits and len(rest.removeprefix("0")) == 9:
            return "0" + rest.removeprefix("0")
    return digits


# Telephone numbers. Between two digits: anything that people type there. O, I and L stand for 0, 1 and 1.
_GAP = r"[ .,:;/|*_()\x1a-]{0,3}"
_DIGIT = r"[0-9oOilI|]"
_FRENCH = compile_pattern(
    rf"(?:(?:\+|\b00){_GAP}33{_GAP}(?:\(?0\)?{_GAP})?|\b[0oO]{_GAP}|\(0\){_GAP})[1-9lI](?:{_GAP}{_DIGIT}){{8}}(?:$|[^0-9])"
)
_ABROAD = compile_pattern(rf"(?:\+|\b00){_GAP}[1-9](?:{_GAP}[0-9]){{8,13}}\b")
_DATE = compile_pattern(r"^(?:0[1-9]|[12][0-9]|3[01])[ ./-](?:0[1-9]|1[0-2])[ ./-](?:19|20)[0-9]{2}")
_DECIMAL = compile_pattern(r"^0[.,][0-9]+$")
_NOT_PAIRS = compile_pattern(r"^[0-9]{5}[ ,/-]+[0-9]{5}$")
_READ_DIGITS = str.maketrans("oOilI|", "001111")


def _telephones(views: Views, options: Options) -> Contacts:
    text = views.cased.text
    for start, end in _candidates(_FRENCH, text):
        written = text[start:end].decode()
        if sum(sign.isdigit() for sign in written) < 7:
            continue
        if any(shape.search(written.encode()) for shape in (_DATE, _DECIMAL, _NOT_PAIRS)):
            continue
        number = _national(written.translate(_READ_DIGITS))
        if not _is_public(number, text[max(0, start - _OWNER_REACH) : start], options):
            yield views.cased.original(start, end), number
    for match in _ABROAD.finditer(text):
        yield views.cased.original(*match.span()), _national(match.group().decode())


def telephones(views: Views, options: Options, own_contacts: frozenset[str]) -> list[Span]:
    """French numbers in figures, in any spacing, with +33 or a few letters for figures; other international numbers.

    Numbers of services pass, and landlines that the sentence gives as those of a public place.
    """
    return _not_own(_telephones(views, options), own_contacts)


def _not_own(contacts: Contacts, own_contacts: frozenset[str]) -> list[Span]:
    return _apart([span for span, contact in contacts if contact not in own_contacts])


#: What answers at a number, just before it on its line; a person named after it is the one who does.
_PUBLIC_OWNER = compile_pattern(
    r"(?i:\b(?:mairie|hotel de ville|prefecture|sous-prefecture|standard|accueil|secretariat|permanence|ecole|college|"
    r"lycee|mediatheque|bibliotheque|office de tourisme|maison (?:des|de|du|pour)|centre (?:social|culturel|communal|"
    r"hospitalier)|ccas|caf|pole emploi|france travail|gendarmerie|commissariat|pompiers|hopital|clinique|ehpad|"
    r"dechetterie|numero vert|service|services)\b)"
)
_PERSON = compile_pattern(r"(?i:\b(?:m\.|mme|mr|mlle|monsieur|madame|chez|perso|personnel|domicile|portable)(?: |$|:))")
_OWNER_REACH = 60


def _is_public(number: str, before: bytes, options: Options) -> bool:
    """Whether a national number is that of a service, or a landline that its sentence gives as a public place's."""
    if number.startswith(tuple(options.get("public_prefixes", ()))):
        return True
    line = before.rpartition(b"\n")[2]
    owner = last_match(_PUBLIC_OWNER, line)
    return (
        number.startswith(tuple(options.get("landline_prefixes", ())))
        and owner is not None
        and _PERSON.search(line, owner.end()) is None
    )


def last_match(matcher, text: bytes):
    """The last place where it matches, or None."""
    found = None
    for found in matcher.finditer(text):  # noqa: B007
        pass
    return found


def _candidates(matcher, text: bytes) -> Iterator[Span]:
    """Where a number stands, without the sign that closes it, starting again from that sign."""
    position = 0
    while (match := matcher.search(text, position)) is not None:
        start, end = match.span()
        closing = text[end - 1 : end]
        if not closing.isdigit() and closing not in b"oOilI|":
            end -= 1
        yield start, end
        position = max(end, start + 1)


_UNDER_TWENTY = [
    *["zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"],
    *["treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"],
]
_TENS = {
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "huitante": 80,
    "octante": 80, "nonante": 90, "quatre-vingt": 80, "quatre-vingts": 80,
}  # fmt: skip
_NUMBERS = {word: number for number, word in enumerate(_UNDER_TWENTY)} | _TENS | {"une": 1}
_TEENS_AFTER = {60, 80}
"""Tens after which one counts up to nineteen: soixante-dix-huit, quatre-vingt-dix-neuf."""

_NUMBER_WORD = "|".join(sorted({part for word in _NUMBERS for part in word.split("-")}, key=len, reverse=True))
_SPOKEN_GAP = r"[ ,./\x1a-]{0,3}"
_SPOKEN = compile_pattern(
    rf"\b(?:(?:plus|\+) ?(?:33|trente[ -]trois)|zero|0){_SPOKEN_GAP}"
    rf"(?:(?:(?:et[ -])?(?:{_NUMBER_WORD})s?|double|[0-9]{{1,2}}){_SPOKEN_GAP}){{3,20}}"
)
_SPOKEN_PART = compile_pattern(rf"{_NUMBER_WORD}|double|[0-9]+")


def _spoken_telephones(views: Views, options: Options) -> Contacts:
    text = views.folded.text
    for match in _SPOKEN.finditer(text):
        if not any(97 <= sign <= 122 for sign in match.group()):
            continue
        parts = list(_SPOKEN_PART.finditer(match.group()))
        number, taken = _dialled([part.group().decode() for part in parts])
        if number and not _is_public(number, b"", options):
            yield views.folded.original(match.start(), match.start() + parts[taken - 1].end()), number


def spoken_telephones(views: Views, options: Options, own_contacts: frozenset[str]) -> list[Span]:
    """Numbers written in words, or in words and figures: "zéro six douze trente-quatre…", "06 douze 34…"."""
    return _not_own(_spoken_telephones(views, options), own_contacts)


def _dialled(parts: list[str]) -> tuple[str, int]:
    """The ten figures that the first parts read out, and how many parts they are; nothing when there are not ten."""
    figures, done = "", 0
    while done < len(parts) and len(figures) < 13:
        if parts[done] == "double":
            # "double zéro": the figure that follows, twice.
            figure, taken = _read_number(parts[done + 1 :])
            figures, done = figures + str(figure) * 2, done + 1 + taken
        elif parts[done].isdigit():
            figures, done = figures + parts[done], done + 1
        else:
            number, taken = _read_number(parts[done:])
            figures, done = figures + str(number), done + max(taken, 1)
        national = _national(figures) if figures.startswith(("33", "0033")) else figures
        if len(national) == 10 and national[0] == "0" and national[1] != "0":
            return national, done
    return "", 0


def _read_number(parts: list[str]) -> tuple[int | str, int]:
    """The number that the first words say, and how many they are."""
    if not parts or parts[0] not in _NUMBERS:
        return "", 0
    taken, number = 1, _NUMBERS[parts[0]]
    if parts[:1] == ["quatre"] and parts[1:2] == ["vingt"]:
        taken, number = 2, 80
    if number < 20:
        # "dix sept" is 17.
        unit = _NUMBERS.get(parts[taken]) if number == 10 and taken < len(parts) else None
        return (number + unit, taken + 1) if unit in (7, 8, 9) else (number, taken)
    unit, more = _read_number(parts[taken:]) if taken < len(parts) and parts[taken] in _UNDER_TWENTY else ("", 0)
    if isinstance(unit, int) and 0 < unit < (20 if number in _TEENS_AFTER else 10):
        return number + unit, taken + more
    return number, taken


# E-mail addresses, plain or written out.
_DOT = r"(?: ?[\[({] ?(?:point|dot|\.) ?[\])}] ?| (?:point|dot) | ?\. ?)"
_AT = r"(?: ?[\[({<] ?(?:at|arobase?|arrobas[ea]?|a|@) ?[\])}>] ?| (?:at|arobase?|arrobas[ea]?|chez) | ?@ ?|-at-|_at_)"
_SIGN = r" (?:point|dot|tiret du (?:bas|6|six|8|huit)|tiret|underscore) "
_PLAIN_MAIL = compile_pattern(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_WRITTEN_MAIL = compile_pattern(
    rf"[a-z0-9][a-z0-9._%+-]*(?:{_SIGN}[a-z0-9._-]+){{0,3}}{_AT}[a-z0-9-]+(?:{_DOT}[a-z0-9-]+){{0,3}}{_DOT}"
    r"(?:fr|com|net|org|eu|info|io|me|be|ch|ca|re|gp|mq|pm|wf|bzh|paris|alsace|corsica|co|uk|de|es|it)\b"
)
_TO_AT = compile_pattern(_AT)
_TO_DOT = compile_pattern(_DOT)
_TO_UNDERSCORE = compile_pattern(r" (?:tiret du (?:bas|8|huit)|underscore) ")


def _emails(views: Views, options: Options) -> Contacts:
    text = views.lowered.text
    for matcher in (_PLAIN_MAIL, _WRITTEN_MAIL):
        for match in matcher.finditer(text):
            plain = _TO_UNDERSCORE.sub(b"_", match.group())
            address = _TO_DOT.sub(b".", _TO_AT.sub(b"@", plain, count=1)).decode().replace(" ", "")
            if not _is_public_mail(address, options):
                yield views.lowered.original(*match.span()), address


def emails(views: Views, options: Options, own_contacts: frozenset[str]) -> list[Span]:
    """E-mail addresses, also "prenom (arobase) domaine point fr"; those of a function or of a public body pass."""
    return _not_own(_emails(views, options), own_contacts)


def _is_public_mail(address: str, options: Options) -> bool:
    mailbox, _, domain = address.partition("@")
    if domain.endswith(tuple(options.get("public_domains", ()))):
        return True
    return mailbox in options.get("public_mailboxes", ()) and domain not in options.get("personal_providers", ())


# Bank accounts and social security numbers: a checksum makes them certain.
_IBAN = compile_pattern(r"\b[a-z]{2}[ .-]?[0-9]{2}(?:[ .-]?[a-z0-9]){11,32}")
_SHORTEST_IBAN = 15
_NIR = compile_pattern(
    r"\b[1-478](?:[ ./-]?[0-9]){2}(?:[ ./-]?[0-9]){2}[ ./-]?[0-9][ ./-]?[0-9ab](?:[ ./-]?[0-9]){8}\b"
)


def ibans(views: Views, options: Options, own_contacts: frozenset[str]) -> list[Span]:
    """Bank account numbers of any country whose checksum is right."""
    text = views.folded.text
    spans = []
    for match in _IBAN.finditer(text):
        # What follows the number may be taken for its end: each length is tried, the longest first.
        for end in range(match.end(), match.start() + _SHORTEST_IBAN - 1, -1):
            written = text[match.start() : end].translate(None, b" .-")
            if text[end - 1 : end].isalnum() and _has_check_digits(written) and _is_valid(iban, written.decode()):
                spans.append(views.folded.original(match.start(), end))
                break
    return spans


def _has_check_digits(number: bytes) -> bool:
    """ISO 13616: letters as 10 to 35, the first four characters last, the remainder by 97 is 1."""
    return int("".join(str(int(chr(sign), 36)) for sign in number[4:] + number[:4])) % 97 == 1


def social_security_numbers(views: Views, options: Options, own_contacts: frozenset[str]) -> list[Span]:
    """NIR of fifteen figures whose key is right."""
    text = views.folded.text
    return [
        views.folded.original(*match.span())
        for match in _NIR.finditer(text)
        if _is_valid(nir, match.group().decode().replace("/", "").replace(".", "").upper())
    ]


def _is_valid(kind, written: str) -> bool:
    try:
        kind.validate(written)
    except ValidationError:
        return False
    return True


# Homes: a street address with its number, near words that tie it to a person.
_STREET = (
    r"\b[0-9]{1,4} ?(?:bis|ter|quater|[abcd])?,? {0,2}"
    r"(?:rue|avenue|av\.?|boulevard|bd\.?|bld|blvd|place|chemin|che?m\.?|impasse|"
    r"allees?|route|rte|quai|cours|square|ruelle|sentier|villa|cite|lotissement|residence|hameau|lieu[ -]dit|passage|"
    r"faubourg|montee|traverse|venelle|esplanade|promenade|mail)\b(?: [A-Za-z0-9'.-]+){1,6}"
)
_ADDRESS = compile_pattern(rf"(?i:{_STREET})")
_DWELLS = compile_pattern(
    r"(?i:\b(?:habit(?:e|es|ent|ait|ant|ez|ons)|demeur(?:e|ent|ait|ant)|resid(?:e|ent|ait|ant)|"
    r"log(?:e|ent|eait|eant)|domicile|domicilie[es]*|(?:vit|vis|vivent|vivait) (?:au|a|chez)|"
    r"crech(?:e|ent)|son adresse|leur adresse|l'adresse (?:de|du|d')|"
    r"ton adresse|votre adresse|adresse (?:perso|personnelle|privee)|"
    r"chez (?:lui|elle|eux|ce|cette|mon|ma)|"
    r"sa maison|leur maison|son appartement|son appart|sonnez|sonner chez))"
    r"|(?i:\b(?:chez )?(?:m\.|mme|mr|mlle|monsieur|madame|docteur|dr)) {1,2}[A-Z][A-Za-z'-]+"
    r"|(?i:\bchez) [A-Z][a-z]+"
    r"|[A-Z][a-z'-]+ [A-Z][A-Za-z'-]+[ ,:(-]{1,4}(?:au )?$"
)
_VENUE = compile_pattern(
    r"(?i:\b(?:mairie|salle|ecole|college|lycee|gymnase|theatre|mediatheque|bibliotheque|maison (?:des|de|du|pour)|"
    r"centre (?:social|culturel|de|communal|d')|espace|local|siege|cafe|bar|restaurant|librairie|marche|eglise|"
    r"stade|parc|association|cinema|musee|prefecture|hopital|clinique|poste|gare|"
    r"universite|ehpad|residence autonomie)\b)"
)
_REACH = 70


def homes(views: Views, options: Options, own_contacts: frozenset[str]) -> list[Span]:
    """Street addresses with a number that the sentence gives as somebody's home; a venue is not a home."""
    text = views.cased.text
    spans = []
    for match in _ADDRESS.finditer(text):
        start, end = match.span()
        around_first = max(0, start - _REACH)
        before, after = text[around_first:start], text[end : end + _REACH // 2]
        for sign in (b"\n", b"! ", b"? "):
            before, after = before.rpartition(sign)[2], after.partition(sign)[0]
        if _DWELLS.search(before) is None and _DWELLS.search(after) is None:
            continue
        if _VENUE.search(before) is None:
            spans.append(views.cased.original(start, end))
    return spans


def _apart(spans: list[Span]) -> list[Span]:
    """The spans in order, without those that overlap an earlier one."""
    kept: list[Span] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


DETECTORS: Mapping[str, Detector] = {
    "telephones": telephones,
    "spoken_telephones": spoken_telephones,
    "emails": emails,
    "ibans": ibans,
    "social_security_numbers": social_security_numbers,
    "homes": homes,
}

CONTACTS: Mapping[str, Callable[[Views, Options], Contacts]] = {
    "telephones": _telephones,
    "spoken_telephones": _spoken_telephones,
    "emails": _emails,
}
"""The detectors that find what may be the writer's own."""
