"""``manage.py load_demo``: a believable country to look at, and its removal."""

from time import perf_counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pages.demo import loading
from territories.models import Commune


class Command(BaseCommand):
    help = "Load the demonstration: members, initiatives with their life, events, all invented and dated from today."

    def add_arguments(self, parser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="do nothing if it is loaded; print only who to sign in as")
        how.add_argument("--flush", action="store_true", help="remove all of it, and nothing else")

    def handle(self, *, once: bool, flush: bool, verbosity: int, **options) -> None:
        self.since = perf_counter()
        # `make run` shows what --once prints beside the address of the site.
        report = self.report if verbosity and not once else lambda step: None
        if flush:
            loading.flush(report)
            return
        if not Commune.objects.exists():
            raise CommandError("There is no territory yet. Type first: manage.py load_territories")
        try:
            loading.load(report)
        except loading.AlreadyLoaded:
            if not once:
                raise CommandError(
                    "The demonstration is already loaded. To load it anew, dated from today, remove it first, "
                    "with what was written on it since: manage.py load_demo --flush"
                ) from None
        if verbosity and settings.DEVELOPMENT:
            self._say_who_to_be()

    def report(self, step: str) -> None:
        self.stdout.write(f"{perf_counter() - self.since:6.1f} s  {step}")
        self.stdout.flush()

    def _say_who_to_be(self) -> None:
        for what, email in loading.accounts().items():
            self.stdout.write(f"{what + ':':<12} {email} (its codes are among the messages)")
