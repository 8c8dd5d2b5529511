"""Two look-alikes become one: proposed by one author, agreed by the other, open to objections for a week, then done.

It is done in two parts. Closing the first initiative is one short transaction: it is archived, and its address leads to
the other. Its supports then follow by batches, each its own transaction: a hundred thousand rows in one would hold the
two initiatives while everybody's numbers wait for them to be folded. Whatever dies in between, the next round goes on,
until nothing is left to carry. The numbers follow by the trigger of supports, as they follow everything else.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.converters import NumberedSlug
from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand, stands
from initiatives.models import Initiative, Merge, MergeObjection, Support, TimelineEntry
from initiatives.services.life import record, touch
from members.models import Member
from notifications.models import Notification
from notifications.services import take_back, tell, tell_each, tell_many
from notifications.subjects import ALSO, about_of

#: Whoever supports the first one may say so long that they stay with it, counted from the message that tells them.
OBJECTIONS_LAST = timedelta(days=7)
#: A proposal that nobody answers is dropped, and one that was dropped is not made again sooner.
PROPOSAL_LASTS = timedelta(days=30)
#: A support whose statement began before the first one closed is written by then.
SETTLES_IN = timedelta(minutes=1)
#: Supports carried over, or told, by one transaction.
BATCH = 1000
#: How often a batch is tried again after somebody supported the other one at that very moment.
_TRIES = 5
_ROUND = 100

# Signed with SECRET_KEY, as the link of a support is: the database holds nothing that objects.
_signer = Signer(sep=".", salt="initiatives.merging")

# Members in the order of the index of "one support each". Rows that somebody is changing are left to the next round, so
# that nobody waits for anybody in a circle. Who supports both has one support left: that of the other. By which link
# they came to the first one says nothing of the other.
_CARRY = """
WITH batch AS (
    SELECT id, member_id FROM initiatives_support AS support
    WHERE initiative_id = %(source)s::bigint AND member_id > %(after)s::bigint AND state = 'confirmed'
        AND NOT EXISTS (
            SELECT FROM initiatives_mergeobjection
            WHERE merge_id = %(merge)s::bigint AND member_id = support.member_id
        )
    ORDER BY member_id LIMIT %(batch)s::int
    FOR UPDATE OF support SKIP LOCKED
), known AS (
    SELECT batch.id FROM batch
    JOIN initiatives_support ON initiative_id = %(target)s::bigint
        AND initiatives_support.member_id = batch.member_id
), merged AS (
    DELETE FROM initiatives_support USING known WHERE initiatives_support.id = known.id
    RETURNING member_id, false AS is_carried
), carried AS (
    UPDATE initiatives_support
    SET initiative_id = %(target)s::bigint, rank = NULL, place_rank = NULL, source = ''
    FROM batch WHERE initiatives_support.id = batch.id AND batch.id NOT IN (SELECT id FROM known)
    RETURNING initiatives_support.member_id, true AS is_carried
)
TABLE merged UNION ALL TABLE carried
"""

# A link that was not opened yet confirms for the other: its page names that one, and asks for the same button.
_CARRY_DEMANDS = """
WITH batch AS (
    SELECT id FROM initiatives_support
    WHERE initiative_id = %(source)s::bigint AND state = 'pending'
    LIMIT %(batch)s::int
    FOR UPDATE SKIP LOCKED
)
UPDATE initiatives_support SET initiative_id = %(target)s::bigint, source = ''
FROM batch WHERE initiatives_support.id = batch.id
"""


# --- What authors do -------------------------------------------------------------------------------------------------


@transaction.atomic
def propose(source: Initiative, target: Initiative, *, by: Member) -> Merge:
    """The author of one initiative proposes that it joins another of the same kind; whose author is told, and answers.

    Agreed at once when both are theirs. Proposing the same again is harmless. Raises LifeRefused.
    """
    source, target = _both(source.pk, target.pk)
    demand(Verb.MERGE, source, by=by)
    known = source.leaving.under_way().first()
    if known and known.target_id == target.pk:
        return known
    if known:
        raise LifeRefused(_("Vous avez déjà proposé une réunion : renoncez-y d’abord."))
    _refuse_unlikely(source, target, by=by)
    merge = Merge.objects.create(source=source, target=target, proposed_by=by)
    if target.author_id == by.pk:
        _agree(merge, source, target)
    else:
        tell(
            target.author_id,
            kind="merge_proposed",
            key=f"merge-proposed-{merge.pk}",
            context=_about(target, source) | {"url": reverse("merge_welcome", args=[target.slug, merge.pk])},
            about=target,
            by=by,
        )
    return merge


def _refuse_unlikely(source: Initiative, target: Initiative, *, by: Member) -> None:
    if source.pk == target.pk:
        raise LifeRefused(_("C’est la vôtre : choisissez l’autre."))
    if not stands(Verb.MERGE, target) or target.author_id is None:
        raise LifeRefused(_("Cette initiative n’est pas en cours : la vôtre ne peut pas la rejoindre."))
    if source.kind != target.kind:
        raise LifeRefused(_("Seules deux initiatives de la même sorte se réunissent."))
    if target.leaving.under_way().exists():
        raise LifeRefused(_("Cette initiative en rejoint une autre, ou propose de le faire : voyez d’abord avec elle."))
    if source.welcoming.agreed().exists():
        raise LifeRefused(_("Une autre initiative est en train de rejoindre la vôtre : attendez que ce soit fait."))
    recently = timezone.now() - PROPOSAL_LASTS
    if target.author_id != by.pk and source.leaving.filter(target=target, dropped_at__gt=recently).exists():
        raise LifeRefused(_("Vous l’avez déjà proposé il y a moins de trente jours, et cela n’a pas abouti."))


@transaction.atomic
def agree(merge: Merge, *, by: Member) -> None:
    """The author of the other one accepts: supporters are told, and have a week. Harmless twice. Raises LifeRefused."""
    source, target = _both(merge.source_id, merge.target_id)
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    demand(Verb.MERGE, target, by=by)
    if not merge.is_under_way:
        raise LifeRefused(_("Cette proposition n’est plus en cours."))
    if merge.agreed_at:
        return
    if not stands(Verb.MERGE, source) or target.leaving.agreed().exists():
        raise LifeRefused(_("L’une des deux n’est plus en cours, ou en rejoint une autre."))
    _agree(merge, source, target)


def _agree(merge: Merge, source: Initiative, target: Initiative) -> None:
    merge.agreed_at = timezone.now()
    merge.ends_at = merge.agreed_at + OBJECTIONS_LAST
    merge.save(update_fields=["agreed_at", "ends_at"])
    touch(source)
    touch(target)
    if source.author_id:
        tell(
            source.author_id,
            kind="merge_agreed",
            key=f"merge-agreed-{merge.pk}",
            context=_about(source, target) | {"until": merge.ends_at.isoformat()},
            about=source,
        )


@transaction.atomic
def drop(merge: Merge, *, by: Member) -> None:
    """One of the two authors declines, or takes it back before the end: all who were told hear of it.

    Harmless twice. Raises LifeRefused when it is not theirs to drop, or is done.
    """
    source, target = _both(merge.source_id, merge.target_id)
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    if by.pk not in (source.author_id, target.author_id):
        raise LifeRefused(_("Seules les personnes qui ont ouvert ces initiatives peuvent y renoncer."))
    if merge.done_at:
        raise LifeRefused(_("Les deux initiatives sont déjà réunies."))
    if merge.dropped_at is None:
        _drop(merge, source, target, told=by)


def _drop(merge: Merge, source: Initiative, target: Initiative, *, told: Member | None = None) -> None:
    """`told` knows already. Supporters, who may be many, are told by the next round."""
    merge.dropped_at = timezone.now()
    merge.told_at = None
    merge.save(update_fields=["dropped_at", "told_at"])
    # A message that has not left would announce what will not be.
    take_back(_announced(merge))
    for one, other in ((source, target), (target, source)):
        if one.author_id and not (told and told.pk == one.author_id):
            why = _("vous avez ouvert l’initiative « %(title)s »") % {"title": one.title}
            tell(
                one.author_id,
                kind="merge_dropped",
                key=f"merge-dropped-{merge.pk}-{one.pk}",
                context=_about(one, other) | {"why": why, "is_author": True},
                about=one,
            )


# --- What supporters do ----------------------------------------------------------------------------------------------


@transaction.atomic
def object_to(merge: Merge, *, by: Member) -> bool:
    """They stay with the first one: their support is not carried over. Returns True the first time.

    Raises LifeRefused when it is too late, or when they do not support the first one.
    """
    # Held until the end: closing waits for it, and then sees it.
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    if MergeObjection.objects.filter(merge=merge, member=by).exists():
        return False
    if not merge.is_open_to_objections:
        raise LifeRefused(_("Le délai est passé, ou la réunion n’a plus lieu."))
    if not merge.source.supports.given().filter(member=by).exists():
        raise LifeRefused(_("Vous ne soutenez pas l’initiative qui rejoint l’autre : rien ne vous concerne ici."))
    MergeObjection.objects.create(merge=merge, member=by)
    return True


def token_of(merge_id: int, member_id: int) -> str:
    """What stands in the link sent to one supporter: it objects for them, and opens nothing else."""
    return _signer.sign(f"{merge_id}-{member_id}")


def who_objects(token: str) -> tuple[Merge, Member] | None:
    """The merger and the supporter of a link; None when it is not of our making, or one of them is gone."""
    try:
        merge_id, _dash, member_id = _signer.unsign(token).partition("-")
    except BadSignature:
        return None
    merge = Merge.objects.select_related("source", "target").filter(pk=merge_id).first()
    member = Member.objects.filter(pk=member_id).first()
    return (merge, member) if merge and member else None


# --- What the site does ----------------------------------------------------------------------------------------------


def look_after() -> int:
    """Tell supporters, end what is due, carry what is left, drop what cannot be. Returns how many moved. For a task."""
    now = timezone.now()
    unlike = ~Q(source__state=Initiative.State.PUBLISHED) | ~Q(target__state=Initiative.State.PUBLISHED)
    veiled = Q(source__withheld_at__isnull=False) | Q(target__withheld_at__isnull=False)
    alone = Q(source__frozen_at__isnull=False) | Q(target__frozen_at__isnull=False)
    unanswered = Q(agreed_at=None, proposed_at__lt=now - PROPOSAL_LASTS)
    under_way, agreed = Merge.objects.under_way(), Merge.objects.agreed()
    # Since they were last looked at: a round is for those that have somebody to tell, however many others wait.
    came = Support.objects.confirmed().filter(
        initiative=OuterRef("source"), confirmed_at__gt=OuterRef("told_at") - SETTLES_IN
    )
    dropped = Merge.objects.filter(agreed_at__isnull=False, dropped_at__isnull=False, told_at=None)
    return (
        _each(under_way.filter(unlike | veiled | alone | unanswered), drop_if_needed)
        + _each(agreed.filter(told_at=None), tell_supporters)
        + _each(agreed.filter(Exists(came)), tell_supporters)
        + _each(agreed.filter(ends_at__lte=now, told_at__isnull=False), close)
        + _each(Merge.objects.to_carry(), carry)
        # Nothing is said of an initiative that a moderator has hidden: it waits until it is restored.
        + _each(dropped.filter(source__withheld_at=None), tell_dropped)
    )


def _each(merges, act) -> int:
    # Those that were looked at longest ago first: in its turn, each is.
    return each(merges.order_by("told_at", "pk"), act, most=_ROUND)


@transaction.atomic
def drop_if_needed(merge_id: int) -> bool:
    """One of the two was withheld, ended or is carried by nobody, or a proposal was not answered."""
    merge, source, target = _locked(merge_id)
    is_old = merge.agreed_at is None and merge.proposed_at < timezone.now() - PROPOSAL_LASTS
    if merge.is_under_way and (is_old or not _both_stand(source, target)):
        _drop(merge, source, target)
        return True
    return False


def tell_supporters(merge_id: int) -> bool:
    """Whoever supports the first one is told, with a link that objects; later, those who came since.

    Their week begins with the first round: a site that was down for two days takes none of them away.
    """
    now = timezone.now()
    with transaction.atomic():
        merge = Merge.objects.select_for_update(of=("self",)).select_related("source", "target").get(pk=merge_id)
        if not merge.is_under_way or merge.agreed_at is None:
            return False
        since = merge.told_at
        if since is None:
            merge.ends_at = now + OBJECTIONS_LAST
            merge.save(update_fields=["ends_at"])
    supporters = merge.source.supports.confirmed().exclude(member__in=[merge.source.author_id or 0])
    if since:
        # What was being written at the time of the last round is looked at again: nobody is told twice.
        supporters = supporters.filter(confirmed_at__gt=since - SETTLES_IN)
    context = _about(merge.source, merge.target) | {"until": merge.ends_at.isoformat()}
    for batch in _members(supporters):
        tell_each(
            ((member_id, context | {"url": _link(merge, member_id)}) for member_id in batch),
            kind="merge_announced",
            key=_announced(merge),
            about=merge.source,
        )
    # Dropped meanwhile, it is for those who tell of that to say who knows.
    Merge.objects.under_way().filter(pk=merge.pk).update(told_at=now)
    return not since


@transaction.atomic
def close(merge_id: int) -> bool:
    """The week is over: the first one is archived, its number kept, its address leads to the other."""
    now = timezone.now()
    merge, source, target = _locked(merge_id)
    if not merge.is_under_way or merge.told_at is None or merge.ends_at > now:
        return False
    if not _both_stand(source, target):
        _drop(merge, source, target)
        return True
    if source.welcoming.to_carry().exists():
        # Others are still on their way to it.
        return False
    merge.done_at = now
    merge.source_count = source.supports.confirmed().count()
    merge.save(update_fields=["done_at", "source_count"])
    source.state = Initiative.State.ARCHIVED
    source.merged_into = target
    source.ended_at = now
    source.next_step = None
    source.end_to_tell = True
    source.save(update_fields=["state", "merged_into", "ended_at", "next_step", "end_to_tell"])
    # An account holds no words of citizens: the number leads to the address as it is today.
    url = reverse("initiative", args=[NumberedSlug("", target.pk)])
    record(source, TimelineEntry.Kind.MERGED, url=url, count=merge.source_count)
    touch(target)
    return True


def carry(merge_id: int) -> bool:
    """Carry over who did not object, by batches; once nothing is left, tell the authors and forget the objections."""
    merge = Merge.objects.select_related("source", "target").get(pk=merge_id)
    moved, after = 0, 0
    while batch := _carry_batch(merge, after):
        moved, after = moved + len(batch), max(batch)
    moved += _carry_demands(merge)
    if timezone.now() - merge.done_at >= SETTLES_IN:
        _settle(merge.pk)
    return moved > 0


def _carry_batch(merge: Merge, after: int) -> list[int]:
    """The members of one batch, told and counted with it."""
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return _try_batch(merge, after)
        except IntegrityError:
            # One of them supported the other at that very moment: the next look sees it.
            continue
    return []


def _try_batch(merge: Merge, after: int) -> list[int]:
    values = {"source": merge.source_id, "target": merge.target_id, "merge": merge.pk, "after": after, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(_CARRY, values)
        moved = cursor.fetchall()
    if not moved:
        return []
    carried = sum(is_carried for _member, is_carried in moved)
    # They are no new supports, which its author would be told of. The initiative before the merger, as everywhere.
    Initiative.objects.filter(pk=merge.target_id).update(supports_told=F("supports_told") + carried)
    Merge.objects.filter(pk=merge.pk).update(carried_count=F("carried_count") + carried)
    members = [member_id for member_id, _is_carried in moved]
    key = f"merge-done-{merge.pk}"
    tell_many(members, kind="merge_done", key=key, context=_done(merge), about=merge.target)
    return members


def _carry_demands(merge: Merge) -> int:
    moved = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CARRY_DEMANDS, {"source": merge.source_id, "target": merge.target_id, "batch": BATCH})
            moved += cursor.rowcount
            if cursor.rowcount < BATCH:
                return moved


@transaction.atomic
def _settle(merge_id: int) -> None:
    """Nothing is left but those who stay: they are told so, both authors hear the end, objections are erased."""
    merge = Merge.objects.select_for_update(of=("self",)).select_related("source", "target").get(pk=merge_id)
    source, target = merge.source, merge.target
    staying = merge.objections.order_by().values_list("member_id", flat=True)
    left = source.supports.exclude(state="suspect").exclude(member__in=staying)
    if merge.carried_at or left.exists():
        return
    merge.carried_at = timezone.now()
    merge.save(update_fields=["carried_at"])
    stay = source.supports.confirmed().filter(member__in=staying).values_list("member_id", flat=True)
    context = _about(source, target) | {"url": kept_address(source), "stays": True}
    tell_many(list(stay), kind="merge_done", key=f"merge-done-{merge.pk}", context=context, about=source)
    for one in {initiative.author_id: initiative for initiative in (source, target)}.values():
        if one.author_id:
            context = _about(target, source) | {"carried": merge.carried_count, "source_count": merge.source_count}
            why = _("vous avez ouvert l’initiative « %(title)s »") % {"title": one.title}
            key = f"merge-done-author-{merge.pk}"
            tell(one.author_id, kind="merge_done_author", key=key, context=context | {"why": why}, about=target)
    merge.objections.all().delete()
    url = reverse("initiative", args=[NumberedSlug("", source.pk)])
    record(target, TimelineEntry.Kind.ABSORBED, url=f"{url}?voir=1", count=merge.carried_count)


def tell_dropped(merge_id: int) -> bool:
    """Supporters of the first one who had heard of it hear that their support stays where it is."""
    merge = Merge.objects.select_related("source", "target").get(pk=merge_id)
    source = merge.source
    announced = Notification.objects.filter(recipient=OuterRef("member"), key=_announced(merge))
    supporters = source.supports.confirmed().filter(Exists(announced))
    context = {"title": source.title, "url": source.get_absolute_url()}
    for batch in _members(supporters):
        tell_many(batch, kind="merge_dropped", key=f"merge-dropped-{merge.pk}", context=context, about=source)
    merge.objections.all().delete()
    return bool(Merge.objects.filter(pk=merge.pk, told_at=None).update(told_at=timezone.now()))


# --- Below -----------------------------------------------------------------------------------------------------------


def kept_address(source: Initiative) -> str:
    """Where the page of an initiative that joined another can still be read."""
    return f"{source.get_absolute_url()}?voir=1"


def _both(source_id: int, target_id: int) -> tuple[Initiative, Initiative]:
    """Both, locked in the same order by everyone; without a key lock, so that supports do not wait."""
    rows = Initiative.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=(source_id, target_id))}
    return found[source_id], found[target_id]


def _locked(merge_id: int) -> tuple[Merge, Initiative, Initiative]:
    source_id, target_id = Merge.objects.values_list("source_id", "target_id").get(pk=merge_id)
    source, target = _both(source_id, target_id)
    return Merge.objects.select_for_update().get(pk=merge_id), source, target


def _both_stand(source: Initiative, target: Initiative) -> bool:
    return stands(Verb.MERGE, source) and stands(Verb.MERGE, target)


def _members(supporters) -> Iterator[list[int]]:
    """Their numbers, by batches, in the order of the index of "one support each"."""
    after = 0
    while True:
        following = supporters.filter(member_id__gt=after).order_by("member_id")
        batch = list(following.values_list("member_id", flat=True)[:BATCH])
        if not batch:
            return
        yield batch
        after = batch[-1]


def _announced(merge: Merge) -> str:
    return f"merge-announced-{merge.pk}"


def _link(merge: Merge, member_id: int) -> str:
    return reverse("merge_link", args=[merge.source.slug, token_of(merge.pk, member_id)])


def _about(one: Initiative, other: Initiative) -> dict:
    return {ALSO: [about_of(other)], "title": one.title, "other": other.title, "url": one.get_absolute_url()}


def _done(merge: Merge) -> dict:
    return _about(merge.source, merge.target) | {"url": merge.target.get_absolute_url()}
