"""On a developer's machine, what the site sends is read at a page."""

import pytest
from cast import new_member
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend
from django.urls import reverse

from members import services
from pages.dev import mailbox

pytestmark = [pytest.mark.urls("face_urls"), pytest.mark.django_db]


@pytest.fixture
def send(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_FILE_PATH.mkdir()

    def send(*letters: tuple[str, str, str]) -> None:
        """(subject, text, HTML) of each, by one connection: one file."""
        with EmailBackend() as connection:
            for subject, text, html in letters:
                message = EmailMultiAlternatives(subject, text, to=["alice@exemple.fr"], connection=connection)
                if html:
                    message.attach_alternative(html, "text/html")
                message.send()

    return send


def test_messages_are_listed_with_their_code(send, visitor):
    send(("Bienvenue", "Bonjour Alice.", ""), ("Votre code", "Le voici :\n\n    1234 5678\n\n15 minutes.", ""))
    page = visitor.get(reverse("dev_messages")).text
    assert "Bienvenue" in page
    assert "Votre code" in page
    assert page.count("1234 5678") == 1


def test_each_message_of_a_file_has_its_page(send, visitor):
    send(("Premier", "Un.", ""), ("Second", "Deux : https://exemple.fr/a/?b=c.", "<p>Deux</p>"))
    second = next(letter for letter in mailbox.newest() if letter.subject == "Second")
    page = visitor.get(reverse("dev_message", args=[second.name, second.number])).text
    assert "Deux" in page
    assert "Un." not in page
    assert 'href="https://exemple.fr/a/?b=c"' in page


def test_a_message_in_html_cannot_act_on_the_site(send, visitor):
    send(("Piège", "Texte.", "<script>alert(1)</script><p>Bonjour</p>"))
    response = visitor.get(reverse("dev_message_html", args=[mailbox.newest()[0].name, 0]))
    policy = response["Content-Security-Policy"]
    assert "sandbox allow-top-navigation-by-user-activation;" in policy + ";"
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("name", ["absent.log", "..", "secret.txt"])
def test_nothing_but_messages_is_read(send, visitor, settings, name):
    (settings.EMAIL_FILE_PATH / "secret.txt").write_text("Subject: secret\n\nsecret")
    assert visitor.get(f"/dev/messages/{name}/0/").status_code == 404


def test_the_demonstrations_staff_finds_its_second_factor(send, visitor):
    staff = new_member("equipe", is_staff=True, is_demonstration=True)
    other = new_member("autre", is_staff=True)
    for member in (staff, other):
        services.give_totp(member)
    page = visitor.get(reverse("dev_messages")).text
    assert services.current_totp(staff) in page
    assert "autre@exemple.fr" not in page
