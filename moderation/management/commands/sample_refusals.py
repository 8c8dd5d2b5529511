import csv
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.spreadsheets import plain_cell
from moderation.services import samples


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise ArgumentTypeError("a month is written YYYY-MM") from error


class Command(BaseCommand):
    help = "Writes the refusals of a month that were drawn for an outside reader, as CSV; the same ones each time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", type=_month, required=True, help="YYYY-MM, over")
        parser.add_argument("--size", type=int, default=samples.SIZE)
        parser.add_argument("--seed", default="", help="the hash of the last link of the month without it")
        parser.add_argument("--output", metavar="FILE", help="the screen without it")

    def handle(self, *args, **options) -> None:
        try:
            sample = samples.draw(options["month"], size=options["size"], seed=options["seed"])
        except samples.SampleRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["output"]:
            with Path(options["output"]).open("w", encoding="utf-8", newline="") as out:
                self._write(out, sample)
        else:
            self._write(self.stdout, sample)
        self.stderr.write(
            _("%(drawn)d refus tirés parmi %(all)d. Graine : %(seed)s")
            % {"drawn": len(sample.drawn), "all": sample.refusals, "seed": sample.seed}
        )

    def _write(self, out, sample: samples.Sample) -> None:
        writer = csv.writer(out)
        writer.writerow(["sequence", "day", "ground", "rule", "rule_version", "length", "text"])
        for drawn in sample.drawn:
            writer.writerow(
                [
                    drawn.sequence,
                    drawn.day,
                    drawn.ground,
                    drawn.rule,
                    drawn.rule_version,
                    drawn.length,
                    plain_cell(drawn.text),
                ]
            )
