import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from moderation import chain


class Command(BaseCommand):
    help = "Reads the log of decisions again, link by link, and says which is the first that does not hold (exit 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--export", metavar="FILE", help="write the public chain as CSV instead; - for the screen")

    def handle(self, *args, **options) -> None:
        if options["export"]:
            self._export(options["export"])
            return
        report = chain.verify()
        if report.broken:
            where = report.broken.sequence or "—"
            raise CommandError(_("Maillon %(where)s : %(what)s") % {"where": where, "what": report.broken.what})
        self.stdout.write(
            _("%(count)d maillons tiennent. Le dernier : %(hash)s") % {"count": report.links, "hash": report.hash}
        )

    def _export(self, name: str) -> None:
        if name == "-":
            chain.export(sys.stdout)
            return
        with Path(name).open("w", encoding="utf-8", newline="") as out:
            count = chain.export(out)
        self.stdout.write(_("%(count)d maillons écrits dans %(name)s.") % {"count": count, "name": name})
