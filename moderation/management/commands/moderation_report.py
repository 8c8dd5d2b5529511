from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from moderation.report import FORMATS, NothingToReport, of_year, written


class Command(BaseCommand):
    help = "Writes the yearly report on moderation, from the log alone: Markdown, HTML and CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("--folder", type=Path, default=Path(), help="where the files are written; here without it")

    def handle(self, *args, **options) -> None:
        try:
            report = of_year(options["year"])
        except NothingToReport as error:
            raise CommandError(str(error)) from error
        options["folder"].mkdir(parents=True, exist_ok=True)
        for form in FORMATS:
            file = options["folder"] / f"moderation-{report.year}.{form}"
            file.write_text(written(report, form), encoding="utf-8", newline="")
            self.stdout.write(str(file))
