"""One at a time: the case first, then its content, in this order by everyone."""

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.translation import gettext_lazy as _

from moderation.models import Case, ModeratedContent
from moderation.services.refusals import AlreadyDecided, ContentGone


def take_turn(content_type: ContentType, object_id: int) -> None:
    """One at a time edits or judges a content.

    Its case is locked before it; but a case that another opens between our look for one and our lock on the content
    would be waited for the other way round, and two would wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"moderation/{content_type.pk}/{object_id}"]
        )


def take_turn_with(notifier_key: bytes) -> None:
    """One at a time judges the notices of a person: they are counted as the others have left them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notifier/{notifier_key.hex()}"])


def take_turn_at(place_code: str) -> None:
    """One at a time puts something forward in a place: two who want its last slot would wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"featured/{place_code}"])


def lock_case(case: Case) -> Case:
    take_turn(case.content_type, case.object_id)
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.closed_at is not None:
        last = case.decisions.select_related("by").first()
        raise AlreadyDecided(
            _("%(who)s a déjà décidé : %(verb)s. Votre décision n’a rien changé.")
            % {"who": last.by, "verb": last.get_verb_display()}
            if last and last.by
            else _("Ce cas est déjà clos. Votre décision n’a rien changé.")
        )
    return case


def lock(content: ModeratedContent) -> Case | None:
    """Lock the open case of this content, if any, then the content; its texts and dates are read again."""
    take_turn(ContentType.objects.get_for_model(content), content.pk)
    case = Case.objects.open().of(content).select_for_update().first()
    lock_content(content)
    return case


def lock_content(content: ModeratedContent) -> None:
    # A form has already written the new texts into the instance: only the row knows the present ones. Its author may
    # have left the site since it was read.
    # Without a key lock, so that supports and attendances of this content do not wait.
    content.hold()
    try:
        content.refresh_from_db(
            fields=[*content.screened_fields, "author", "published_at", "withheld_at", "removed_at", "label"],
            from_queryset=type(content)._base_manager.select_for_update(no_key=True, of=("self",)),
        )
    except type(content).DoesNotExist as error:
        raise ContentGone(_("Ce contenu a été effacé entre-temps.")) from error
