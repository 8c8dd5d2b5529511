"""What mail providers tell, in the words of five of them."""

import hashlib
import hmac
import json
import time

import pytest
from cast import new_member
from django.test import Client

from members import suppressing
from members.models import Consent, MailEvent, Suppression
from members.services import give_consent
from members.suppressing import BOUNCE, COMPLAINT
from notifications import checks
from notifications.models import MailSettings
from notifications.readers import READERS

# The secret of the address stands for what the library would rather have; pytest hears all warnings.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailInsecureWebhookWarning"),
]

SECRET = "Xb3-a-secret-of-the-address-Yz9"
KEY = "key-0123456789abcdef"
ALICE = "alice@exemple.fr"


@pytest.fixture(autouse=True)
def _providers(settings):
    settings.MAIL_PROVIDERS = ["mailgun", "postmark", "brevo", "sparkpost", "mailjet"]
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


def post(provider: str, said, *, secret: str = SECRET):
    """As a machine of theirs: no cookie, and the token of no form."""
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/courrier/{provider}/{secret}/", json.dumps(said), content_type="application/json")


def mailgun(event: str = "failed", *, token: str = "t1", key: str = KEY, to: str = ALICE, **data) -> dict:
    """documentation.mailgun.com: a webhook of today, signed."""
    stamp = str(int(time.time()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"token": token, "timestamp": stamp, "signature": signature},
        "event-data": {
            "event": event,
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": time.time(),
            "recipient": to,
            "recipient-domain": "exemple.fr",
            "log-level": "error",
            "tags": [],
            "user-variables": {},
            "message": {"headers": {"to": to, "message-id": "20130503192659.13651@exemple.fr", "from": "s@exemple.fr"}},
            **data,
        },
    }


def mailgun_bounce(message: str = "550 5.1.1 The email account does not exist", **changes) -> dict:
    return mailgun(
        severity="permanent",
        reason="bounce",
        **{"delivery-status": {"code": 550, "message": message, "description": "", "session-seconds": 0.4}},
        **changes,
    )


def postmark_bounce(sort: str = "HardBounce", *, number: int = 692560173, details: str = "") -> dict:
    """postmarkapp.com/developer/webhooks/bounce-webhook."""
    return {
        "RecordType": "Bounce",
        "ID": number,
        "Type": sort,
        "TypeCode": 1,
        "Name": "Hard bounce",
        "Tag": "",
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "ServerID": 23,
        "MessageStream": "outbound",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": details or "smtp;550 5.1.1 The email account that you tried to reach does not exist",
        "Email": ALICE,
        "From": "ne-pas-repondre@exemple.fr",
        "BouncedAt": "2026-11-22T16:09:19.6421112Z",
        "DumpAvailable": False,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Une nouvelle",
        "Metadata": {},
    }


def brevo(event: str, **changes) -> dict:
    """developers.brevo.com/docs/transactional-webhooks."""
    return {
        "event": event,
        "email": ALICE,
        "id": 26224,
        "date": "2026-11-22 18:00:10",
        "ts": 1795370410,
        "message-id": "<201798300811.5787683@relay.domain.com>",
        "ts_event": 1795370410,
        "ts_epoch": 1795370410000,
        "subject": "Une nouvelle",
        "sending_ip": "192.0.2.7",
        "tags": [],
    } | changes


def sparkpost(bounce_class: str) -> list[dict]:
    """developers.sparkpost.com/api/webhooks."""
    event = {
        "type": "bounce",
        "bounce_class": bounce_class,
        "error_code": "550",
        "event_id": "92356927693813856",
        "message_id": "000443ee14578172be22",
        "raw_rcpt_to": ALICE,
        "raw_reason": "MAIL REFUSED - IP (192.0.2.7) is in black list",
        "rcpt_to": ALICE,
        "timestamp": "1795370410",
    }
    return [{"msys": {"message_event": event}}]


# --- What it does ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("mailgun", mailgun_bounce()),
        ("postmark", postmark_bounce()),
        ("brevo", brevo("hard_bounce")),
        ("brevo", brevo("hard_bounce", reason="550 5.1.1 user unknown")),
        ("brevo", brevo("invalid_email")),
        ("mailjet", [{"event": "bounce", "time": 1795370410, "MessageID": 13792286917004336, "email": ALICE,
                      "blocked": False, "hard_bounce": True, "error_related_to": "recipient",
                      "error": "user unknown", "comment": ""}]),
        ("sparkpost", sparkpost("10")),
    ],
)  # fmt: skip
def test_an_address_where_nobody_is_is_not_written_to_any_more(provider, said):
    assert post(provider, said).status_code == 200
    assert Suppression.objects.get().reason == BOUNCE
    assert not suppressing.may_write(ALICE)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("mailgun", mailgun("complained")),
        ("mailgun", mailgun("unsubscribed")),
        ("postmark", postmark_bounce("SpamComplaint") | {"RecordType": "SpamComplaint"}),
        ("brevo", brevo("spam")),
        ("mailjet", [{"event": "spam", "time": 1795370410, "MessageID": 19421777, "email": ALICE, "source": "JMRPP"}]),
    ],
)
def test_a_complaint_takes_back_the_digest_and_the_consent_to_it(provider, said):
    alice = new_member("alice")
    give_consent(alice, Consent.Purpose.DIGEST, version="2026-11")
    give_consent(alice, Consent.Purpose.USE, version="2026-11")
    assert post(provider, said).status_code == 200
    assert Suppression.objects.get().reason == COMPLAINT
    assert MailSettings.objects.get(member=alice).digest == "never"
    assert list(alice.consents.filter(withdrawn_at=None).values_list("purpose", flat=True)) == ["use"]


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("mailgun", mailgun("delivered")),
        ("mailgun", mailgun("opened")),
        ("mailgun", mailgun("failed", severity="temporary", reason="generic")),
        ("mailgun", mailgun_bounce("550 5.7.1 Rejected by our policy on bulk mail")),
        ("postmark", postmark_bounce("Transient")),
        ("brevo", brevo("unique_opened")),
        ("brevo", brevo("click", link="https://exemple.fr")),
        ("brevo", brevo("blocked")),
        ("sparkpost", sparkpost("52")),
        ("sparkpost", sparkpost("60")),
    ],
)
def test_what_says_nothing_of_the_address_leaves_no_trace(provider, said):
    assert post(provider, said).status_code == 200
    assert not MailEvent.objects.exists()
    assert suppressing.may_write(ALICE)


def test_what_may_pass_counts_by_days():
    post("brevo", brevo("soft_bounce"))
    post("postmark", postmark_bounce("SoftBounce", details="smtp;552 5.2.2 mailbox full"))
    assert MailEvent.objects.count() == 2
    assert suppressing.may_write(ALICE)


@pytest.mark.parametrize(
    ("provider", "said", "other"),
    [
        ("mailgun", mailgun_bounce(), mailgun_bounce(token="t2")),
        ("postmark", postmark_bounce(), postmark_bounce(number=692560174)),
        ("brevo", brevo("hard_bounce"), brevo("hard_bounce", ts_epoch=1795370499000)),
    ],
)
def test_an_event_that_is_told_again_counts_once(provider, said, other):
    post(provider, said)
    suppressing.lift(ALICE)
    assert post(provider, said).status_code == 200
    assert suppressing.may_write(ALICE)
    post(provider, other)
    assert not suppressing.may_write(ALICE)


# --- Who may tell ----------------------------------------------------------------------------------------------------


def test_a_forged_signature_is_refused_and_changes_nothing():
    for said in (mailgun_bounce(key="another"), {"event-data": {"event": "failed"}}, {}):
        assert post("mailgun", said).status_code == 400
    assert not MailEvent.objects.exists()


def test_without_the_secret_of_the_address_nothing_is_there():
    assert post("postmark", postmark_bounce(), secret="other").status_code == 404
    assert not Suppression.objects.exists()


def test_a_provider_that_is_not_ours_is_not_heard(settings):
    settings.MAIL_PROVIDERS = ["mailgun"]
    assert post("postmark", postmark_bounce()).status_code == 404
    assert post("nobody", {}).status_code == 404


def test_where_no_secret_is_set_nobody_is_heard(settings):
    settings.MAIL_WEBHOOK_SECRET = ""
    for secret in ("", "x"):
        assert post("postmark", postmark_bounce(), secret=secret).status_code == 404


def test_a_provider_may_ask_whether_somebody_answers_and_nobody_reads_there():
    client = Client()
    assert client.head(f"/courrier/postmark/{SECRET}/").status_code == 200
    assert client.get(f"/courrier/postmark/{SECRET}/").status_code == 405


@pytest.mark.parametrize("said", [[], "x", 3, None, {"event-data": 1}, [[]], [{"msys": 3}]])
@pytest.mark.parametrize("provider", ["postmark", "brevo", "sparkpost", "mailjet"])
def test_what_cannot_be_read_is_refused_without_a_word_of_it(provider, said, caplog):
    assert post(provider, said).status_code in (200, 400)
    assert not MailEvent.objects.exists()
    assert ALICE not in caplog.text


def test_what_is_too_long_is_refused(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000
    assert post("sparkpost", [{"msys": {}, "x": "y" * 6_000}]).status_code in (400, 413)


def test_many_events_at_once_cost_as_many_queries_as_one(django_assert_max_num_queries):
    def events(count: int, start: int) -> list[dict]:
        return [
            {"event": "bounce", "time": 1795370410, "MessageID": start + n, "email": f"p{start + n}@exemple.fr",
             "hard_bounce": True, "error": "user unknown", "comment": ""}
            for n in range(count)
        ]  # fmt: skip

    for start, count in ((0, 1), (1000, 500)):
        with django_assert_max_num_queries(9):  # two savepoints, known, events, suppressions
            assert post("mailjet", events(count, start)).status_code == 200
    assert Suppression.objects.count() == 501


def test_every_provider_of_the_library_is_heard_by_its_name():
    from anymail.urls import urlpatterns

    trackers = {each.callback.view_class for each in urlpatterns if "inbound" not in each.name}
    names = {view.__name__ for view in trackers} - {"SendinBlueTrackingWebhookView"}
    assert names == {view.__name__ for view in READERS.values()}


def test_settings_that_would_refuse_everything_are_said_before_the_site_starts(settings):
    assert checks.mail_providers() == []
    settings.MAIL_PROVIDERS = ["malgun"]
    assert [error.id for error in checks.mail_providers()] == ["notifications.E003"]
    settings.MAIL_PROVIDERS, settings.ANYMAIL = ["mailgun"], {}
    assert [error.id for error in checks.mail_providers()] == ["notifications.E004"]
    settings.MAIL_PROVIDERS, settings.MAIL_WEBHOOK_SECRET = ["brevo"], "short"
    assert [error.id for error in checks.mail_providers()] == ["notifications.E005"]
    settings.MAIL_PROVIDERS, settings.MAIL_WEBHOOK_SECRET = [], ""
    assert checks.mail_providers() == []
