"""What somebody reads the site with, in words."""

import pytest

from core.browsers import in_words

MOZILLA = "Mozilla/5.0"
APPLE = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{MOZILLA} (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox sur Android"),
        (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox sur Linux"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {APPLE} Chrome/140.0.0.0 Safari/537.36", "Chrome sur Windows"),
        (f"{MOZILLA} (Linux; Android 10; K) {APPLE} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome sur Android"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {APPLE} Chrome/140.0.0.0 Safari/537.36", "Chrome sur ChromeOS"),
        (f"{MOZILLA} (Windows NT 10.0) {APPLE} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge sur Windows"),
        (f"{MOZILLA} (Windows NT 10.0) {APPLE} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera sur Windows"),
        (
            f"{MOZILLA} (Linux; Android 15) {APPLE} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet sur Android",
        ),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari sur iPhone"),
        (f"{IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome sur iPhone"),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
            "Safari sur Mac",
        ),
        ("curl/8.5.0", "Un navigateur"),
        ("Lynx (Linux)", "Un navigateur sur Linux"),
        ("", "Un navigateur"),
    ],
)
def test_a_browser_is_told_by_its_name_and_where_it_runs(user_agent, words):
    assert in_words(user_agent) == words


def test_what_a_browser_says_of_itself_is_never_repeated():
    assert "<" not in in_words("<script>alert(1)</script> Firefox/1 Android")
