"""The site's settings, and one page more: a view that does nothing."""

from possibles.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
