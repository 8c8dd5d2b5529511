"""What somebody reads the site with, in words they recognise: "Firefox sur Android". Never its version, nor more."""

import re

from django.utils.translation import gettext as _

#: In this order: each says that it is one of the next ones too.
_BROWSERS = (
    ("Samsung Internet", "SamsungBrowser/"),
    ("Edge", "Edg(?:e|A|iOS)?/"),
    ("Opera", "OPR/|OPT/|Opera"),
    ("Firefox", "Firefox/|FxiOS/"),
    ("Chrome", "Chrome/|Chromium/|CriOS/"),
    ("Safari", "Safari/"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("ChromeOS", "CrOS"),
    ("Windows", "Windows"),
    ("Mac", "Macintosh"),
    ("Linux", "Linux|X11"),
)


def in_words(user_agent: str) -> str:
    """The browser and where it runs, as far as it says so."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s sur %(system)s") % {"browser": browser, "system": system}
    return browser or (_("Un navigateur sur %(system)s") % {"system": system} if system else _("Un navigateur"))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, marks in names if re.search(marks, user_agent)), "")
