"""What would let a stranger reach somebody is read before it is shown, however it is written; public numbers pass."""

import pytest

from moderation.filter import Ground, Outcome, screen
from moderation.filter.contacts import contacts_in

NUMBER = [
    "0612345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "06-12-34-56-78",
    "06/12/34/56/78",
    "06:12:34:56:78",
    "06*12*34*56*78",
    "06_12_34_56_78",
    "06 · 12 · 34 · 56 · 78",
    "0 6 1 2 3 4 5 6 7 8",
    "+33 6 12 34 56 78",
    "+33(0)6 12 34 56 78",
    "0033612345678",
    "O6 I2 34 56 78",
    "０６ １２ ３４ ５６ ７８",
    "06\u200b12\u200b34\u200b56\u200b78",
    "0️⃣6️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8",
    "zéro six douze trente-quatre cinquante-six soixante-dix-huit",
    "Zéro six, douze, trente quatre, cinquante six, soixante-dix-huit",
    "zéro-six-douze-trente-quatre-cinquante-six-soixante-dix-huit",
    "zéro six un deux trois quatre cinq six sept huit",
    "06 douze 34 cinquante-six 78",
    "0six 12 34 56 78",
    "plus trente-trois six douze trente-quatre cinquante-six soixante-dix-huit",
    "zéro six douze trente-quatre cinquante-six septante-huit",
]
MAIL = [
    "jean.dupont@gmail.com",
    "JEAN.DUPONT@GMAIL.COM",
    "jean.dupont(at)gmail.com",
    "jean.dupont [at] gmail [dot] com",
    "jean dot dupont at gmail dot com",
    "jean point dupont arobase gmail point com",
    "jean . dupont @ gmail . com",
    "jean.dupont (arobase) gmail (point) com",
]


def shown(text: str, **options) -> list[str]:
    verdict = screen(text, **options)
    assert verdict.passes or verdict.ground == Ground.EXPOSURE_OF_PERSON
    return [text[start:end] for start, end in verdict.spans]


@pytest.mark.parametrize("number", NUMBER)
def test_a_telephone_number_is_read_first_however_it_is_written(number):
    assert shown(f"Appelez Marie au {number}, elle répondra.") == [number]


@pytest.mark.parametrize("number", NUMBER)
def test_the_writers_own_number_passes_however_it_is_written(number):
    assert screen(f"Appelez-moi au {number}.", own_contacts=["06 12 34 56 78"]).passes
    assert not screen(f"Appelez-moi au {number}.", own_contacts=["06 12 34 56 79"]).passes


@pytest.mark.parametrize("address", MAIL)
def test_an_address_is_read_first_however_it_is_written(address):
    assert screen(f"Écrivez à {address}").ground == Ground.EXPOSURE_OF_PERSON


@pytest.mark.parametrize("address", MAIL[:6])
def test_the_writers_own_address_passes_however_it_is_written(address):
    assert screen(f"Écrivez-moi : {address}", own_contacts=["jean.dupont@gmail.com"]).passes


def test_an_underscore_said_in_words_is_one():
    said = "jean tiret du bas dupont arobase orange point fr"
    assert shown(f"Écrivez à {said}") == [said]
    assert screen(f"Écrivez-moi : {said}", own_contacts=["jean_dupont@orange.fr"]).passes


@pytest.mark.parametrize(
    "number",
    [
        "FR76 3000 6000 0112 3456 7890 189",
        "FR7630006000011234567890189",
        "fr76-3000-6000-0112-3456-7890-189",
        "DE89 3704 0044 0532 0130 00",
        "2 69 05 49 588 157 80",
        "269054958815780",
    ],
)
def test_an_account_or_a_social_security_number_is_known_by_its_key(number):
    assert shown(f"Voici : {number} merci") == [number]


@pytest.mark.parametrize("number", ["FR76 3000 6000 0112 3456 7890 188", "2 69 25 49 588 157 81", "FR00 1234"])
def test_figures_without_the_right_key_are_only_figures(number):
    rules = {"exposure_of_person.iban", "exposure_of_person.social_security_number"}
    assert screen(f"Voici : {number} merci").rule not in rules


@pytest.mark.parametrize(
    "text",
    [
        "Composez le 15, le 17, le 18, le 112, le 114 ou le 3919.",
        "Le 39 77, le 116 006 et le 119 écoutent.",
        "Numéro gratuit : 0 800 05 95 95.",
        "Zéro huit cent, zéro neuf, zéro six : comptons.",
        "Mairie de Vitré : 02 99 75 05 21",
        "Appelez le standard au 02 99 75 05 21.",
        "Office de tourisme, place du Château, 02 99 75 04 46.",
        "Écrivez à mairie@vitre.fr ou à prefecture@ille-et-vilaine.gouv.fr.",
        "De zéro à dix, onze, douze, treize, quatorze personnes.",
        "Le budget est de 1 000 000 000 euros en 2025, 12 345 678 en 2026.",
        "Du 01/02/2025 au 03/04/2025, SIRET 732 829 320 00074.",
        "Rendez-vous au 12 rue des Lilas, salle des fêtes.",
        "Le maire habite ici depuis 12 ans, rue des Lilas.",
    ],
)
def test_what_is_public_passes(text):
    assert screen(text).passes, screen(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le maire : 06 12 34 56 78",
        "Mairie, portable de Monsieur Durand : 06 12 34 56 78",
        "À la mairie, demandez Madame Martin : 02 99 75 05 21",
        "La secrétaire de mairie, chez elle : 02 99 75 05 21",
        "Il habite 12 rue des Lilas à Vitré.",
        "M. Durand, 12 bis rue Jean Jaurès, 35500 Vitré",
        "Son adresse : 4 impasse du Puits",
    ],
)
def test_what_leads_to_a_person_is_read_first(text):
    assert screen(text).outcome == Outcome.QUEUE and screen(text).ground == Ground.EXPOSURE_OF_PERSON


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("Moi : 06 12 34 56 78, ou jean point dupont arobase gmail point com", ["0612345678", "jean.dupont@gmail.com"]),
        ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", ["0612345678"]),
        ("06 12 34 56 78 et encore +33 6 12 34 56 78", ["0612345678"]),
        ("Mairie : 02 99 75 05 21, contact@vitre.fr", []),
        ("Rien du tout", []),
    ],
)
def test_the_contacts_of_a_text_are_told_in_one_way_of_writing(text, contacts):
    assert contacts_in(text) == contacts


def test_what_was_told_of_a_text_lets_that_text_pass():
    for contact in [*NUMBER, *MAIL]:
        text = f"Voici le mien : {contact}."
        assert screen(text, own_contacts=contacts_in(text)).passes
