"""A chain of snapshots, made and verified. Python alone is needed: whoever downloaded the files can run this one.

    python chain.py WHERE [--hash HASH]

WHERE is a folder that holds the files of the site, one `2026-11-22.json` for each day and `chaine.jsonl`; or their
address, `https://…/chiffres/releves/`, where they are read one after the other. HASH is one that was read elsewhere, in
an old page, a feed or a newspaper: it must be in the chain. Ends with 1 when something does not hold. It speaks French,
as the pages that give it do.

Each file is canonical JSON (UTF-8, keys sorted, no space), and holds in `previous` the SHA-256 of the file before it,
empty in the first. So a byte changed anywhere changes all the hashes after it. What a chain alone cannot tell: that its
last days were cut off, or that all of it was written again. For these, keep a hash.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

#: The form of the files.
VERSION = 1
INDEX = "chaine.jsonl"
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}\.json")


class Broken(Exception):
    """The chain does not hold; the text says where, and why."""


@dataclass(frozen=True)
class Verified:
    """How many days hold, from which to which, and the hash of the last."""

    days: int
    first: date
    last: date
    hash: str


def canonical(said: Mapping) -> bytes:
    """The one way to write it. Numbers are whole, so that any language writes them the same."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def line(body: bytes, said: Mapping) -> bytes:
    """One line of the index."""
    return canonical({"day": said["day"], "hash": digest(body), "number": said["number"]})


def verify(bodies: Iterable[tuple[str, bytes]], *, index: bytes | None = None, known: str = "") -> Verified:
    """Read days in their order, as (name, bytes), one in memory at a time. Raises Broken at the first that is wrong.

    `index` is the published list of hashes; `known` a hash that was seen elsewhere.
    """
    lines = iter(index.splitlines()) if index is not None else None
    former, count, first, seen = None, 0, None, not known
    for name, body in bodies:
        said = _read(name, body)
        day = _day(name, said)
        if former is None:
            first = day
            _require(said["number"] == 1, name, "la chaîne commence avant, les premiers jours manquent")
            _require(said["previous"] == "", name, "le premier jour en nomme un avant lui")
        else:
            expected = former[0] + timedelta(days=1)
            _require(day == expected, name, f"c’est {expected} qui devrait venir ici")
            _require(said["previous"] == former[1], name, "il ne porte pas l’empreinte de la veille")
            _require(said["number"] == count + 1, name, "il ne porte pas le numéro qui suit la veille")
        if lines is not None:
            _require(next(lines, None) == line(body, said), name, f"ce n’est pas ce que {INDEX} en dit")
        former, count = (day, digest(body)), count + 1
        seen = seen or former[1] == known
    if former is None:
        raise Broken("il n’y a aucun jour à vérifier")
    if lines is not None and next(lines, None) is not None:
        raise Broken(f"{INDEX} nomme des jours après {former[0]}, les derniers manquent")
    if not seen:
        raise Broken(f"aucun jour n’a l’empreinte {known}, la chaîne a été raccourcie ou récrite")
    return Verified(count, first, *former)


def _read(name: str, body: bytes) -> dict:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken(f"{name}: ce n’est pas du JSON") from error
    _require(isinstance(said, dict) and said.get("version") == VERSION, name, f"il n’est pas de la version {VERSION}")
    _require(canonical(said) == body, name, "il n’est pas écrit de la seule façon possible")
    has_place = isinstance(said.get("number"), int) and isinstance(said.get("previous"), str)
    _require(has_place, name, "il ne dit pas sa place")
    return said


def _day(name: str, said: Mapping) -> date:
    try:
        day = date.fromisoformat(said["day"])
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"{name}: il ne dit pas son jour") from error
    _require(f"{day}.json" == name, name, f"il dit être du {day}")
    return day


def _require(holds: bool, name: str, otherwise: str) -> None:
    if not holds:
        raise Broken(f"{name}: {otherwise}")


def in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The days of a folder in order."""
    for path in sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)):
        yield path.name, path.read_bytes()


def verify_folder(folder: Path, *, known: str = "") -> Verified:
    """Raises Broken, OSError."""
    index = folder / INDEX
    return verify(in_folder(folder), index=index.read_bytes() if index.exists() else None, known=known)


def verify_site(address: str, *, known: str = "") -> Verified:
    """The files where they are published: one is in memory at a time. Raises Broken, OSError."""
    address = address.rstrip("/") + "/"
    index = _fetched(address + INDEX)
    days = [_named(one) for one in index.splitlines()]
    return verify(((name, _fetched(address + name)) for name in days), index=index, known=known)


def _named(one: bytes) -> str:
    try:
        name = f"{json.loads(one)['day']}.json"
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"{INDEX}: une ligne ne nomme aucun jour") from error
    _require(bool(_NAME.fullmatch(name)), INDEX, f"{name} n’est pas le nom d’un jour")
    return name


def _fetched(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:  # noqa: S310 (whoever runs it gives the address)
        return answer.read()


def verify_there(where: str, *, known: str = "") -> Verified:
    """A folder or an address. Raises Broken, OSError."""
    if where.startswith(("http://", "https://")):
        return verify_site(where, known=known)
    return verify_folder(Path(where), known=known)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Vérifie la chaîne des relevés publiés.")
    parser.add_argument("where", help="un dossier, ou une adresse")
    parser.add_argument("--hash", default="", help="l’empreinte d’un des jours, lue ailleurs")
    given = parser.parse_args(arguments)
    try:
        found = verify_there(given.where, known=given.hash)
    except (Broken, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    days = "1 jour tient" if found.days == 1 else f"{found.days} jours tiennent"
    sys.stdout.write(f"{days}, du {found.first} au {found.last}. La dernière empreinte est {found.hash}\n")
    if not given.hash:
        sys.stdout.write("Que rien n’ait été coupé à la fin, ni tout récrit, ne se sait qu’avec --hash.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
