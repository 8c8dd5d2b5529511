"""One message for many: made once, poured for each."""

import email
import email.policy
import re

import pytest

from core import mail
from core.hot import forget_hot
from notifications.kinds import KINDS

LINK = {"title": "L’été au <verger>", "url": "/initiatives/ete-1/soutien/12.abc/", "until": "2026-12-01T10:00:00+00:00"}


@pytest.fixture(autouse=True)
def _kept(settings):
    settings.HOT_SECONDS = 60
    forget_hot()
    yield
    forget_hot()


class Server:
    """Takes what it is handed as the mail server would read it."""

    def __init__(self) -> None:
        self.taken = []
        self.were_poured = []

    def hand_over(self, message) -> None:
        assert message.recipients()
        self.taken.append(message.message().as_bytes(linesep="\r\n"))
        self.were_poured.append(isinstance(message, mail._Poured))


@pytest.fixture
def send():
    server = Server()

    def sent(kind="support_link", *, to="zoe@exemple.fr", number=1, **context) -> bytes:
        mail.send(
            KINDS[kind].template,
            to=to,
            context=KINDS[kind].fill(LINK | context, None) | context,
            varying=KINDS[kind].varying,
            headers={"Message-ID": f"<n-{number}@exemple.fr>", "Reply-To": "contact@exemple.fr"},
            connection=server,
        )
        return server.taken[-1]

    sent.server = server
    return sent


def alike(raw: bytes):
    """Headers in any order and texts of a message, without what differs at each making."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    headers = sorted((name, str(value)) for name, value in message.items() if name not in ("Date", "Content-Type"))
    return headers, [part.get_content() for part in message.iter_parts()], b"\n" in re.sub(b"\r\n", b"", raw)


def test_a_poured_message_is_the_one_that_would_be_made(send, settings):
    poured = [send(number=n, to=f"p{n}@exemple.fr", url=f"/initiatives/ete-1/soutien/{n}.x/") for n in (1, 2)]
    assert send.server.were_poured == [True, True]
    settings.HOT_SECONDS = 0
    made = [send(number=n, to=f"p{n}@exemple.fr", url=f"/initiatives/ete-1/soutien/{n}.x/") for n in (1, 2)]
    assert send.server.were_poured[2:] == [False, False]
    assert [alike(each) for each in poured] == [alike(each) for each in made]
    assert alike(poured[0]) != alike(poured[1])


def test_a_name_is_escaped_where_it_must_be(send):
    raw = send("content_published", recipient="<b>Zoé</b> & Cie", sort="initiative", why="vous avez écrit")
    assert send.server.were_poured == [True]
    text, html = alike(raw)[1]
    assert "<b>Zoé</b> & Cie" in text
    assert "&lt;b&gt;Zoé&lt;/b&gt; &amp; Cie" in html
    assert "<b>Zoé" not in html


def test_another_title_makes_another_message(send):
    send()
    assert "autre titre" in alike(send(title="Un autre titre"))[1][0]


def test_an_address_that_is_not_ascii_has_its_message_made(send):
    assert "élise@exemple.fr" in str(alike(send(to="élise@exemple.fr"))[0])
    assert send.server.were_poured == [False]


def test_who_has_no_name_is_not_greeted_by_a_hole(send):
    raw = send("content_published", recipient="", sort="initiative", why="vous avez écrit")
    assert send.server.were_poured == [False]
    assert mail.hole("") not in raw.decode()
