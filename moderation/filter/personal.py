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
Detector = Callable[[Views, Mapping[str, object], frozenset[str]], list[Span]]

_NOT_DIGIT = compile_pattern(r"[^0-9]")


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
_GAP = r"[ .,/_()\x1a-]{0,3}"
_DIGIT = r"[0-9oOilI|]"
_FRENCH = compile_pattern(
    rf"(?:(?:\+|\b00){_GAP}33{_GAP}(?:\(?0\)?{_GAP})?|\b[0oO]{_GAP}|\(0\){_GAP})[1-9lI](?:{_GAP}{_DIGIT}){{8}}(?:$|[^0-9])"
)
_ABROAD = compile_pattern(rf"(?:\+|\b00){_GAP}[1-9](?:{_GAP}[0-9]){{8,13}}\b")
_DATE = compile_pattern(r"^(?:0[1-9]|[12][0-9]|3[01])[ ./-](?:0[1-9]|1[0-2])[ ./-](?:19|20)[0-9]{2}")
_DECIMAL = compile_pattern(r"^0[.,][0-9]+$")
_NOT_PAIRS = compile_pattern(r"^[0-9]{5}[ ,/-]+[0-9]{5}$")
_READ_DIGITS = str.maketrans("oOilI|", "001111")


def telephones(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """French numbers in figures, in any spacing, with +33 or a few letters for figures; other international numbers."""
    public = tuple(options.get("public_prefixes", ()))
    text = views.cased.text
    spans = []
    for start, end in _candidates(_FRENCH, text):
        written = text[start:end].decode()
        if sum(sign.isdigit() for sign in written) < 7:
            continue
        if any(shape.search(written.encode()) for shape in (_DATE, _DECIMAL, _NOT_PAIRS)):
            continue
        number = _national(written.translate(_READ_DIGITS))
        if number not in own_contacts and not number.startswith(public):
            spans.append(views.cased.original(start, end))
    for match in _ABROAD.finditer(text):
        number = _national(match.group().decode())
        if number not in own_contacts and _digits(number) not in own_contacts:
            spans.append(views.cased.original(*match.span()))
    return _apart(spans)


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


_TENS = "vingt|trente|quarante|cinquante|soixante|septante|huitante|octante|nonante|quatre[ -]*vingts?"
_UNITS = (
    "un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|zero|double"
    "|dix[ -]*sept|dix[ -]*huit|dix[ -]*neuf"
)
_SPOKEN = compile_pattern(
    rf"\b(?:zero|0)[ ,.-]*(?:{_UNITS}|[1-9])(?:[ ,./-]{{1,3}}(?:et[ -])?(?:{_TENS}|{_UNITS}|[0-9]{{1,2}})\b){{4,12}}"
)


_NUMBER_WORD = compile_pattern(r"[a-z]{2,}")


def spoken_telephones(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """Numbers written in words: "zéro six douze trente-quatre…"."""
    text = views.folded.text
    return [
        views.folded.original(*match.span())
        for match in _SPOKEN.finditer(text)
        if sum(1 for _ in _NUMBER_WORD.finditer(match.group())) >= 3
    ]


# E-mail addresses, plain or written out.
_DOT = r"(?: ?[\[({] ?(?:point|dot|\.) ?[\])}] ?| (?:point|dot) |\.)"
_AT = r"(?: ?[\[({<] ?(?:at|arobase?|arrobas[ea]?|a|@) ?[\])}>] ?| (?:at|arobase?|arrobas[ea]?|chez) | ?@ ?|-at-|_at_)"
_PLAIN_MAIL = compile_pattern(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_WRITTEN_MAIL = compile_pattern(
    rf"[a-z0-9][a-z0-9._%+-]*(?: (?:point|dot|tiret) [a-z0-9._-]+)?{_AT}[a-z0-9-]+(?:{_DOT}[a-z0-9-]+)*{_DOT}"
    r"(?:fr|com|net|org|eu|info|io|me|be|ch|ca|re|gp|mq|pm|wf|bzh|paris|alsace|corsica|co|uk|de|es|it)\b"
)
_TO_AT = compile_pattern(_AT)
_TO_DOT = compile_pattern(_DOT)


def emails(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """E-mail addresses, also "prenom (arobase) domaine point fr"; those of a function or of a public body pass."""
    text = views.lowered.text
    spans = []
    for matcher in (_PLAIN_MAIL, _WRITTEN_MAIL):
        for match in matcher.finditer(text):
            written = _TO_DOT.sub(b".", _TO_AT.sub(b"@", match.group(), count=1)).decode().replace(" ", "")
            if written not in own_contacts and not _is_public_mail(written, options):
                spans.append(views.lowered.original(*match.span()))
    return _apart(spans)


def _is_public_mail(address: str, options: Mapping[str, object]) -> bool:
    mailbox, _, domain = address.partition("@")
    if domain.endswith(tuple(options.get("public_domains", ()))):
        return True
    return mailbox in options.get("public_mailboxes", ()) and domain not in options.get("personal_providers", ())


# Bank accounts and social security numbers: a checksum makes them certain.
_IBAN = compile_pattern(r"\b[a-z]{2}[ .-]?[0-9]{2}(?:[ .-]?[a-z0-9]){11,32}")
_NIR = compile_pattern(
    r"\b[1-478](?:[ ./-]?[0-9]){2}(?:[ ./-]?[0-9]){2}[ ./-]?[0-9][ ./-]?[0-9ab](?:[ ./-]?[0-9]){8}\b"
)


def ibans(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """Bank account numbers of any country whose checksum is right."""
    text = views.folded.text
    spans = []
    for match in _IBAN.finditer(text):
        # What follows the number may be taken for its end: try each length from the longest.
        for end in range(match.end(), match.start() + 15, -1):
            written = text[match.start() : end].decode()
            if written[-1].isalnum() and _is_valid(iban, written.replace(".", "")):
                spans.append(views.folded.original(match.start(), end))
                break
    return spans


def social_security_numbers(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
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


def homes(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
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
