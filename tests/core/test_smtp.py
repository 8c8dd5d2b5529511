"""What travels together to a mail server that says PIPELINING, and what never leaves."""

import smtplib
import socket
import threading

import pytest
from django.core.mail import EmailMessage, get_connection

OK, WAITS = b"250 ok\r\n", b"354 go on\r\n"
HELLO = b"220 test\r\n", b"250-test\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n"
BYE = b"221 bye\r\n"


class Server:
    """Answers to what comes, whatever it is, with what is next in its list, and keeps what came."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = [*HELLO, *answers]
        self.said: list[bytes] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        line, _address = self.door.accept()
        with line:
            line.settimeout(5)
            for answer in self.answers:
                line.sendall(answer)
                self.said.append(line.recv(65536))
                if not self.said[-1]:
                    return

    def end(self) -> None:
        self.door.close()
        self.thread.join()


@pytest.fixture
def serve(settings):
    """`serve(*answers)` starts a server that our messages go to."""
    started = []

    def start(*answers: bytes) -> Server:
        started.append(Server(*answers))
        settings.EMAIL_BACKEND = "core.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = started[-1].door.getsockname()
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        return started[-1]

    yield start
    for server in started:
        server.end()


def send(to: str = "bob@exemple.fr", body: str = "Bonjour.") -> None:
    EmailMessage("Sujet", body, "Le site <site@exemple.fr>", [to], connection=get_connection()).send()


def test_who_writes_to_whom_is_said_in_one_go(serve):
    server = serve(OK * 2 + WAITS, OK, BYE)
    send()
    _hello, who, message, leave = server.said[:4]
    assert who.splitlines()[0].startswith(b"mail FROM:<site@exemple.fr> size=")
    assert who.splitlines()[1:] == [b"rcpt TO:<bob@exemple.fr>", b"data"]
    assert message.endswith(b"\r\n\r\nBonjour.\r\n.\r\n")
    assert leave == b"quit\r\n"


def test_a_line_that_begins_with_a_dot_does_not_end_the_message(serve):
    server = serve(OK * 2 + WAITS, OK, BYE)
    send(body="Un\n.\n..deux\n")
    assert server.said[2].endswith(b"Un\r\n..\r\n...deux\r\n.\r\n")


def test_one_who_is_refused_is_sent_nothing_even_when_the_server_waits_for_it(serve):
    server = serve(OK + b"550 no such user\r\n" + WAITS)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send()
    assert refused.value.recipients == {"bob@exemple.fr": (550, b"no such user")}
    server.end()
    assert server.said[2:] == [b""], "The connection ends without a message, not even an empty one."


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (b"451 later\r\n" + b"503 no\r\n" * 2, smtplib.SMTPSenderRefused),
        (b"421 too many\r\n", smtplib.SMTPSenderRefused),
        (OK + b"450 full\r\n" + b"554 no recipient\r\n", smtplib.SMTPRecipientsRefused),
        (OK * 2 + b"451 later\r\n", smtplib.SMTPDataError),
    ],
)
def test_a_refusal_is_the_same_as_without_it(serve, answers, error):
    server = serve(answers, OK, BYE)
    with pytest.raises(error):
        send()
    server.end()
    assert not any(b"Bonjour" in said for said in server.said)


def test_what_is_no_plain_address_goes_as_python_says_it(serve):
    server = serve(OK, OK, WAITS, OK, BYE)
    send(to='"bob bob"@exemple.fr')
    assert server.said[2:4] == [b'rcpt TO:<"bob bob"@exemple.fr>\r\n', b"data\r\n"]
