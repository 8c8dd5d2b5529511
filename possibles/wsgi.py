"""What a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "possibles.settings")

application = get_wsgi_application()

# The filter's rules take most of a second to compile: before the first person writes, not while they wait.
from moderation.filter.rules import all_rules  # noqa: E402

all_rules()
