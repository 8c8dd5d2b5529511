from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand

from moderation.exports import FORMATS, statements_between, written


class Command(BaseCommand):
    help = "Writes the statements of reasons of some days, in the form of the Commission's transparency database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last day, included")
        parser.add_argument("--format", choices=FORMATS, default="json")
        parser.add_argument("--output", metavar="FILE", help="the screen without it")

    def handle(self, *args, **options) -> None:
        pieces = written(statements_between(options["first"], options["last"]), options["format"])
        if not options["output"]:
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        with Path(options["output"]).open("w", encoding="utf-8", newline="") as out:
            out.writelines(pieces)
