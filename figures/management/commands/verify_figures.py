from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core import french
from figures import chain


class Command(BaseCommand):
    help = "Verifies the chain of snapshots from the published files alone; exit 1 when it does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("where", help=f"the folder or the address of the days and of {chain.INDEX}")
        parser.add_argument("--hash", default="", help="a hash read elsewhere, which must be of one of the days")

    def handle(self, *args, **options) -> None:
        try:
            found = chain.verify_there(options["where"], known=options["hash"])
        except (chain.Broken, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(days)s tiennent, du %(first)s au %(last)s. La dernière empreinte : %(hash)s")
            % {
                "days": french.count(found.days, _("jour")),
                "first": french.day(found.first),
                "last": french.day(found.last),
                "hash": found.hash,
            }
        )
