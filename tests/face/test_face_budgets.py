"""What each page brings along stays light (kB are 1,000 bytes, compressed)."""

import gzip
from pathlib import Path

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders

STATIC = settings.BASE_DIR / "static"


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_style_sheet_takes_at_most_12_kb():
    assert compressed(STATIC / "css/site.css") <= 12_000


def sent(path: Path) -> int:
    """As every browser of today gets it (whitenoise's own)."""
    return len(brotli.compress(path.read_bytes()))


def test_the_script_takes_at_most_a_kb_and_three_quarters():
    assert sent(STATIC / "js/site.js") <= 1_750


def test_htmx_and_our_script_together_take_at_most_18_kb():
    htmx = Path(finders.find("django_htmx/htmx-2.min.js"))
    assert sent(htmx) + sent(STATIC / "js/site.js") <= 18_000


def test_the_font_takes_at_most_26_kb():
    assert (STATIC / "fonts/bricolage.woff2").stat().st_size <= 21_000
