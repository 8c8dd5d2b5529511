import json
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moderation.evaluation import Evaluation, Tally, UnreadableFile, evaluate
from moderation.filter import Outcome, examine, worst
from moderation.filter.rules import all_rules, spelling
from moderation.filter.views import Views

_COLUMNS = "{:<32} {:>9} {:>9} {:>9} {:>9} {:>8} {:>16}"
_VIEWS = ("cased", "folded", "accented", "tight", "repaired")


class Command(BaseCommand):
    help = (
        "Tell what the filter does with the texts of a CSV file (UTF-8, comma, semicolon or tab), or, with --explain, "
        "why it does it with one. Neither a database nor the network is needed."
    )
    # The filter is pure: it is measured where nothing else is installed.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="The CSV file; its first line names the columns.")
        parser.add_argument("--text", metavar="COLUMN", help="Where the texts are.")
        parser.add_argument("--label", metavar="COLUMN", help="Where it is said whether a text is to be held back.")
        parser.add_argument(
            "--positive", metavar="VALUE", action="append", default=[], help="The label of those; may be repeated."
        )
        parser.add_argument("--group", metavar="COLUMN", help="Give the same figures for each value of this column.")
        parser.add_argument("--json", action="store_true", help="End with one line of JSON.")
        parser.add_argument("--explain", metavar="TEXT", help="Say which rules speak of this text; alone.")

    def handle(self, *, file, text, label, positive, group, explain, **options) -> None:
        if explain is not None:
            if file or text or label or positive or group or options["json"]:
                raise CommandError("--explain stands alone, with the text to explain.")
            for line in self._explanation(explain):
                self.stdout.write(line)
            return
        if file is None or text is None:
            raise CommandError("Give a file and --text, or --explain.")
        if bool(label) != bool(positive):
            raise CommandError("--label and --positive go together.")
        try:
            evaluation = evaluate(file, text=text, label=label or "", positives=set(positive), group=group or "")
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        for line in _table(evaluation):
            self.stdout.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(evaluation.figures(), ensure_ascii=False))

    def _explanation(self, text: str) -> Iterator[str]:
        views = Views(text, spelling())
        for name in _VIEWS:
            if (view := views.named(name)) is not None:
                yield f"{name:<9} {view.text.decode('latin-1')!r}"
        silent = True
        for rule in all_rules():
            for passage in rule.find(views, frozenset()):
                silent = False
                yield ""
                yield f"{rule.id} (version {rule.version}, {rule.source}): {rule.outcome}, severity {rule.severity}"
                yield f"  {self._highlighted(text, *passage.span)}"
                heard = f"{', '.join(passage.guards)} (excused by {passage.excuses} of 2)" if passage.guards else "none"
                guessed = ", a guess: queued at most" if passage.view == "repaired" else ""
                yield f"  read in: {passage.view or 'a detector'}{guessed}; guards heard: {heard}"
        if silent:
            yield "\nNo rule speaks."
        verdict = worst(examine(text))
        yield f"\nVerdict: {verdict.outcome}" + (f", by {verdict.rule}. {verdict.reason}" if verdict.rule else "")

    def _highlighted(self, text: str, start: int, end: int) -> str:
        return f"{text[:start]}{self.style.ERROR(f'⟦{text[start:end]}⟧')}{text[end:]}"


def _table(evaluation: Evaluation) -> Iterator[str]:
    yield _COLUMNS.format("", "rows", "published", "queued", "refused", "recall", "false positives")
    yield _line("all", evaluation.total)
    for name, tally in sorted(evaluation.groups.items()):
        yield _line(name or "(empty)", tally)
    yield ""
    yield "The slowest texts:"
    for seconds, line, beginning in evaluation.slowest:
        yield f"{seconds * 1000:>8.1f} ms  line {line}  {beginning!r}"


def _line(name: str, tally: Tally) -> str:
    counts = [tally.outcomes[outcome] for outcome in (Outcome.PUBLISH, Outcome.QUEUE, Outcome.REFUSE)]
    return _COLUMNS.format(name[:32], tally.rows, *counts, _share(tally.recall), _share(tally.false_positive_rate))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"
