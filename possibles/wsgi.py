"""What a web server runs."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "possibles.settings")

application = get_wsgi_application()

# Once Django is ready, and before the first request.
from core.pagecache import PageCache  # noqa: E402
from core.shortcuts import Shortcuts  # noqa: E402
from initiatives.views.crowd import SHORTCUTS  # noqa: E402
from initiatives.views.supports import known_communes  # noqa: E402
from moderation.filter.rules import all_rules, spelling  # noqa: E402

# The rules take seconds to compile: not while the first person who writes waits.
all_rules()
spelling()

# What is loaded now stays for ever: the collector of cycles need not walk through it during each request.
gc.collect()
gc.freeze()

if settings.PAGE_CACHE_MB:
    application = PageCache(
        application,
        megabytes=settings.PAGE_CACHE_MB,
        made_here={reverse("communes_of_postcode"): known_communes},
    )
if settings.HOT_SECONDS:
    application = Shortcuts(application, SHORTCUTS)
