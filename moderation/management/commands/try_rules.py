import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError

from moderation.filter import Verdict, examine, load_rules, worst
from moderation.models import Decision
from moderation.sorts import moderated

#: Characters of a text that are shown.
_EXCERPT = 120


class Command(BaseCommand):
    help = (
        "Read the last texts of the site with other rules, without effect, and print what they would change. "
        "Then put the new rules in the shadow (`stage: shadow`), then live."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, help="the folder of the new rules, such as moderation/filter/rules")
        parser.add_argument("--last", type=int, default=2000, help="texts of each sort (2000)")
        parser.add_argument("--shadow", action="store_true", help="read as if the rules in the shadow were live")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def handle(self, *args, folder: Path, last: int, shadow: bool, **options) -> None:
        if last < 1:
            raise CommandError("--last takes a number above 0.")
        try:
            new_rules = load_rules(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"These rules cannot be read: {error}") from error
        read, before, after, changed = 0, Counter(), Counter(), []
        for where, name, text in last_texts(last):
            old, new = examine(text, field=name), examine(text, field=name, rules=new_rules)
            new = [_as_live(verdict) for verdict in new] if shadow else new
            read += 1
            before.update({verdict.rule for verdict in old})
            after.update({verdict.rule for verdict in new})
            if worst(old).outcome is not worst(new).outcome:
                changed.append((where, worst(old), worst(new), text))
        self._print(read, before, after, changed)
        if options["json"]:
            outcomes = Counter(f"{old.outcome}→{new.outcome}" for _where, old, new, _text in changed)
            self.stdout.write(json.dumps({"texts": read, "changed": len(changed), "outcomes": outcomes}))

    def _print(self, read: int, before: Counter, after: Counter, changed: list) -> None:
        for where, old, new, text in changed:
            rule = new.rule if new.outcome > old.outcome else old.rule
            start = max(0, (new.spans or old.spans or ((0, 0),))[0][0] - _EXCERPT // 3)
            excerpt = " ".join(text[start : start + _EXCERPT].split())
            self.stdout.write(f"{old.outcome} → {new.outcome}  {rule}  {where}\n    {excerpt}")
        for rule in sorted(before.keys() | after.keys()):
            if before[rule] != after[rule]:
                self.stdout.write(f"{rule}: {before[rule]} → {after[rule]}")
        self.stdout.write(f"{len(changed)} of {read} texts would have another outcome.")


def last_texts(number: int) -> Iterator[tuple[str, str, str]]:
    """Where each is, its field, and the text: the newest of each sort, then what moderators last decided upon."""
    for sort in moderated():
        if sort.is_private:
            continue
        for content in sort._base_manager.order_by("-pk")[:number].iterator():
            for name, text in content.texts().items():
                if text:
                    yield f"{sort._meta.label_lower} {content.pk}", name, str(text)
    private = [ContentType.objects.get_for_model(sort) for sort in moderated() if sort.is_private]
    decided = (
        Decision.objects.exclude(texts={})
        .exclude(content_type__in=private)
        .order_by("-pk")
        .values_list("pk", "texts")[:number]
    )
    for pk, texts in decided.iterator():
        for name, text in texts.items():
            if text:
                yield f"decision {pk}", name, str(text)


def _as_live(verdict: Verdict) -> Verdict:
    return Verdict(verdict.outcome, verdict.ground, verdict.rule, spans=verdict.spans, severity=verdict.severity)
