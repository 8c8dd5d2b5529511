"""Reads a text with every rule and says what becomes of it."""

from collections.abc import Collection, Sequence
from time import monotonic

from .personal import normalise_contacts
from .rules import Found, Rule, all_rules, spelling
from .verdict import Outcome, Verdict, worst
from .views import Views
from .writer import UNKNOWN, Writer

LONGEST = 20_000
"""Characters read. Beyond, a human reads."""

TIME_BUDGET = 1.0
"""Seconds for one text, a hundred times what a long one takes: only a machine in trouble reaches it."""

LIMITS_VERSION = "1"

QUEUED = "Un modérateur le lira avant sa publication."
REFUSED = (
    "La loi l’interdit, il ne peut donc pas être publié. Vous pouvez le modifier, "
    "ou demander qu’une personne le relise."
)
TOO_LONG = Verdict(
    Outcome.QUEUE,
    rule="limits.too_long",
    rule_version=LIMITS_VERSION,
    severity=10,
    reason=f"Votre texte est trop long pour être vérifié automatiquement. {QUEUED}",
)
OUT_OF_TIME = Verdict(
    Outcome.QUEUE,
    rule="limits.out_of_time",
    rule_version=LIMITS_VERSION,
    severity=10,
    reason=f"Votre texte n’a pas pu être vérifié à temps. {QUEUED}",
)


def screen(text: str, *, field: str = "", own_contacts: Collection[str] = ()) -> Verdict:
    """What becomes of a text that somebody wants to publish: published, queued for a moderator, or refused.

    `field` names where it was written ("title", "place"…): some rules leave some fields alone. `own_contacts` are the
    telephone numbers and e-mail addresses that the writer agreed to show; they are let through. Never raises.
    """
    return worst(examine(text, field=field, own_contacts=own_contacts))


def examine(
    text: str,
    *,
    field: str = "",
    own_contacts: Collection[str] = (),
    disarmed: Collection[str] = (),
    rules: Sequence[Rule] | None = None,
    writer: Writer = UNKNOWN,
) -> list[Verdict]:
    """Everything the rules have to say about a text, one verdict per rule that speaks and outcome it reaches.

    A rule that is `disarmed`, by its name, refuses nothing: it queues. `rules` are those of the site when None, and
    `writer` is what the text does not say.
    """
    verdicts = [TOO_LONG] if len(text) > LONGEST else []
    # Read before the clock starts: the first text of a process also compiles the rules.
    rules, views = all_rules() if rules is None else rules, Views(text[:LONGEST], spelling(), writer)
    contacts = normalise_contacts(own_contacts)
    until = monotonic() + TIME_BUDGET
    for rule in rules:
        if monotonic() > until:
            verdicts.append(OUT_OF_TIME)
            break
        if rule.applies_to(field):
            verdicts += _judge(rule, rule.find(views, contacts), is_armed=rule.id not in disarmed)
    return verdicts


def _judge(rule: Rule, found: list[Found], *, is_armed: bool) -> list[Verdict]:
    """One verdict per outcome that the passages reach once their excuses are heard."""
    passages: dict[Outcome, list[tuple[int, int]]] = {}
    for passage in found:
        # What was only read by mending a word is a guess: a human decides.
        outcome = rule.outcome if is_armed and passage.view != "repaired" else min(rule.outcome, Outcome.QUEUE)
        passages.setdefault(_excused(outcome, passage.excuses), []).append(passage.span)
    return [
        Verdict(
            outcome=outcome,
            ground=rule.ground,
            rule=rule.id,
            rule_version=rule.version,
            severity=rule.severity if outcome is rule.outcome else rule.severity // 2,
            spans=tuple(sorted(spans)),
            reason=f"{rule.reason} {REFUSED if outcome is Outcome.REFUSE else QUEUED}",
            in_shadow=not rule.is_live,
        )
        for outcome, spans in passages.items()
        if outcome is not Outcome.PUBLISH
    ]


def _excused(outcome: Outcome, excuses: int) -> Outcome:
    if excuses == 0:
        return outcome
    if outcome is Outcome.REFUSE and excuses == 1:
        return Outcome.QUEUE
    return Outcome.PUBLISH
