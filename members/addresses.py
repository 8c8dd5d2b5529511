"""One mailbox, one person: the addresses that lead to it are compared in one canonical form, under a key.

Two addresses wrongly made one would lend somebody the supports of another: an address changes only where its provider
says that both lead to the same mailbox. What nobody could establish is left alone: gmx, and orange, wanadoo, free, sfr
and laposte, of which nothing public says that they ignore a dot or a tag, nor that wanadoo.fr and orange.fr are one.
A code is sent to the address that the member gave, never to another form of it (members.emails).
"""

import re
import unicodedata
from dataclasses import dataclass

from disposable_email_domains import blocklist
from django.utils.encoding import punycode

from core.keyed import keyed

# PyPI's email-normalize asks the DNS about each domain: traffic, time, and a third party who learns who supports.


@dataclass(frozen=True, slots=True)
class Rule:
    """What a provider ignores before the @."""

    #: The domain under which its domains, which all lead to the same mailbox, are kept; empty when each is its own.
    domain: str = ""
    #: Everything from this sign on is a tag.
    tag: str = "+"
    #: Letters that it does not read.
    ignored: str = ""
    #: Read as a dash.
    as_dash: str = ""
    #: The tag is kept as a mere sign, since without it the address is not, or not surely, the same person's.
    keeps_sign: bool = False
    #: anything@bob.example is bob@example.
    subdomains: bool = False


#: support.google.com/mail/answer/7436150 (dots) and /10313 (googlemail.com).
GOOGLE = Rule(domain="gmail.com", ignored=".")
#: outlook.com and hotmail.com are two mailboxes; dots matter.
MICROSOFT = Rule()
#: help.yahoo.com/kb/SLN28815: nickname-keyword, where the nickname is reserved to one person but is no address, and a
#: dash stands in no other name.
YAHOO = Rule(tag="-", keeps_sign=True)
#: support.apple.com/118230.
APPLE = Rule(domain="icloud.com")
#: proton.me/support/addresses-and-aliases; a name that differs by these signs alone is given to nobody else.
PROTON = Rule(domain="proton.me", ignored=".-_")
#: fastmail.help/hc/en-us/articles/360060591053.
FASTMAIL = Rule(subdomains=True)
#: yandex.com/support/id: one name on every Yandex domain, with dots and dashes alike.
YANDEX = Rule(domain="yandex.ru", as_dash=".")
#: posteo, mailbox.org, zoho: tags, and nothing else.
TAGS = Rule()

RULES = {
    domain: rule
    for rule, domains in (
        (GOOGLE, "gmail.com googlemail.com"),
        (
            MICROSOFT,
            "outlook.com outlook.fr outlook.be outlook.de outlook.es outlook.it outlook.pt outlook.ie outlook.at "
            "hotmail.com hotmail.fr hotmail.be hotmail.ca hotmail.ch hotmail.co.uk hotmail.de hotmail.es hotmail.it "
            "live.com live.fr live.be live.ca live.co.uk live.de live.it live.nl windowslive.com msn.com",
        ),
        (
            YAHOO,
            "yahoo.com yahoo.fr yahoo.be yahoo.ca yahoo.co.uk yahoo.de yahoo.es yahoo.ie yahoo.it yahoo.gr yahoo.pl "
            "yahoo.ro yahoo.se yahoo.com.br ymail.com rocketmail.com",
        ),
        (APPLE, "icloud.com me.com mac.com"),
        (PROTON, "proton.me protonmail.com protonmail.ch pm.me"),
        (
            FASTMAIL,
            "fastmail.com fastmail.fm fastmail.net fastmail.org fastmail.co.uk fastmail.es fastmail.in fastmail.jp "
            "fastmail.mx fastmail.nl fastmail.se fastmail.to fastmail.us sent.com eml.cc",
        ),
        (YANDEX, "yandex.ru yandex.com yandex.by yandex.kz yandex.com.tr ya.ru"),
        (TAGS, "posteo.net posteo.de posteo.fr posteo.eu mailbox.org zoho.com zoho.eu zohomail.com zohomail.eu"),
    )
    for domain in domains.split()
}

#: What needs no quotes before the @ (RFC 5321: "bob"@example.fr and bob@example.fr are one).
UNQUOTED = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def canonical(email: str) -> str:
    """The form that every address of one mailbox shares. It is for comparing: nothing is ever sent to it."""
    if not email.isascii():
        email = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).lower())
    local, _at, domain = email.lower().rpartition("@")
    if not domain.isascii():
        domain = _ascii(domain)
    rule = RULES.get(domain)
    if not rule:
        name, _dot, parent = domain.partition(".")
        rule = RULES.get(parent)
        if not (name and rule and rule.subdomains):
            return f"{_unquoted(local)}@{domain}"
        local, domain = name, parent
    return f"{_bare(_unquoted(local), rule)}@{rule.domain or domain}"


def address_key(email: str) -> bytes:
    """32 bytes that stand for the mailbox: the HMAC-SHA256 of the canonical form, under ADDRESS_KEY."""
    return keyed(canonical(email).encode())


def box_key(email: str) -> bytes:
    """32 bytes that stand for the box where a message probably arrives: as `address_key`, every +tag left out.

    Many a domain of one's own has tags that no rule knows. For counting messages, never for saying who is who.
    """
    local, _at, domain = canonical(email).rpartition("@")
    name = local.partition("+")[0] or local
    return keyed(f"box:{name}@{domain}".encode())


def domain_of(email: str) -> str:
    """The domain of the mailbox, in lower case and in ASCII: gmail.com for an address of googlemail.com."""
    return canonical(email).rpartition("@")[2]


def is_disposable(email: str) -> bool:
    """Whether the address is of a domain that gives one to whoever passes, or below such a domain."""
    domain = domain_of(email)
    while domain:
        if domain in blocklist:
            return True
        domain = domain.partition(".")[2]
    return False


def _bare(local: str, rule: Rule) -> str:
    if local.startswith('"'):
        return local
    name, sign, _tag = local.partition(rule.tag)
    if rule.keeps_sign:
        name += sign
    for letter in rule.ignored:
        name = name.replace(letter, "")
    if rule.as_dash:
        name = name.replace(rule.as_dash, "-")
    return name or local


def _unquoted(local: str) -> str:
    if not (len(local) > 1 and local[0] == local[-1] == '"'):
        return local
    plain = ESCAPED.sub(r"\1", local[1:-1])
    if UNQUOTED.fullmatch(plain):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _ascii(domain: str) -> str:
    try:
        return punycode(domain)
    except UnicodeError:
        return domain
