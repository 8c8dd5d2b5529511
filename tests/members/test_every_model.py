"""Every model that leads to a person, and every field of it, is declared: whoever adds one says what becomes of it."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from members.models import Member
from members.rights import words
from members.rights.archive import heading_of
from members.rights.registry import Fate, holding_of, holdings, retentions, rooms

#: What leads to a person through something that is not theirs: who may do what is of the group.
LIBRARIES = {"auth", "contenttypes", "sessions", "taggit"}


def models_of_the_site() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.app_label not in LIBRARIES
    ]


def foreign_keys(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if field.is_relation and field.related_model]


def leading_to_a_person() -> set[type[models.Model]]:
    """Those with a foreign key to a member, or to one of those, however far."""
    found: set[type[models.Model]] = {Member}
    while True:
        more = {
            model
            for model in models_of_the_site()
            if model not in found and any(field.related_model in found for field in foreign_keys(model))
        }
        if not more:
            return found
        found |= more


def not_about() -> dict[type[models.Model], str]:
    return {model: why for room in rooms() for model, why in room.not_about.items()}


def test_every_model_that_leads_to_a_person_is_declared():
    declared = {holding.model for holding in holdings()} | set(not_about())
    left = {
        model._meta.label
        for model in leading_to_a_person() - declared
        # Which groups one is of, which rights one has: of the account, and emptied with it.
        if not (model._meta.auto_created and model._meta.auto_created is Member)
    }
    assert left == set(), "declare it in the personal.py of its room"


def test_every_foreign_key_to_a_person_is_declared_once():
    for model in models_of_the_site():
        to_a_person = {field.name for field in foreign_keys(model) if field.related_model is Member}
        if model._meta.auto_created:
            continue
        declared = [holding.path for holding in holding_of(model)]
        assert to_a_person <= set(declared), f"{model._meta.label}: {to_a_person - set(declared)}"
        assert len(declared) == len(set(declared)), model._meta.label


def test_what_knows_a_person_by_their_address_alone_is_declared():
    """No foreign key leads from it to them: an address, or the hash of one."""
    known = {holding.model for holding in holdings()} | set(not_about())
    for model in models_of_the_site():
        names = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.EmailField) or field.name in ("address_key", "notifier_key", "box_key")
        }
        assert not names or model in known, f"{model._meta.label}: {names}"


def test_what_says_that_it_is_about_nobody_has_no_foreign_key_to_a_person():
    for model, why in not_about().items():
        assert why
        assert not [field.name for field in foreign_keys(model) if field.related_model is Member], model._meta.label


@pytest.mark.parametrize("holding", holdings(), ids=lambda holding: holding.name)
def test_every_field_is_in_the_copy_or_says_why_not(holding):
    if holding.nothing_because:
        assert not holding.fields
        return
    given = {lookup.partition("__")[0].removesuffix("_id") for lookup in holding.fields}
    given |= set(holding.fields)
    known = given | set(holding.left_out) | {holding.path.partition("__")[0], holding.model._meta.pk.name}
    fields = {field.name for field in holding.model._meta.concrete_fields}
    assert fields - known == set(), f"{holding.label}: say them, or why they are not"
    assert set(holding.left_out) <= fields, f"{holding.label}: these do not exist"
    assert not given & set(holding.left_out), f"{holding.label}: given, and left out"


@pytest.mark.django_db
@pytest.mark.parametrize("holding", holdings(), ids=lambda holding: holding.name)
def test_its_rows_can_be_asked_for_and_are_named(holding, alice):
    from members.rights.registry import Person

    rows = holding.of(Person(alice, alice.email))
    list(rows.values_list(holding.model._meta.pk.attname, *holding.fields)[:1])
    assert holding.name.replace("-", "").isalnum() and holding.name.isascii()
    for lookup in holding.fields:
        assert heading_of(holding, lookup)


def test_rooms_act_from_the_bottom_up():
    """An initiative is passed on before its events look for who carries it."""
    names = [room.name for room in rooms()]
    assert names == ["members", "notifications", "moderation", "initiatives", "events", "pages"]


def test_each_has_a_file_of_its_own():
    names = [holding.name for holding in holdings()]
    assert len(names) == len(set(names))


def test_what_becomes_nameless_can():
    for holding in holdings():
        if holding.fate in (Fate.NAMELESS, Fate.CHOSEN, Fate.PASSED_ON) and "__" not in holding.path:
            assert holding.model._meta.get_field(holding.path).null, f"{holding.label}.{holding.path}"
        if holding.fate is Fate.CHOSEN:
            assert holding.hidden is not None, holding.label
        if holding.fate is Fate.KEPT:
            assert holding.why, f"{holding.label} is kept: say why"


def test_what_goes_at_once_leaves_nothing_that_another_row_needs():
    """Deleted by its own row alone, or with what is of it."""
    for holding in holdings():
        if holding.fate is not Fate.AT_ONCE:
            continue
        for field in holding.model._meta.get_fields():
            if field.auto_created and not field.concrete and field.one_to_many:
                assert field.on_delete is not models.PROTECT, f"{holding.label} ← {field.related_model}"


# --- How long --------------------------------------------------------------------------------------------------------


def tasks_that_erase() -> set[str]:
    return {
        entry["task"]
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        if name.startswith(("forget-", "clear-", "finish-", "purge-"))
    }


def test_every_task_that_erases_is_in_the_table_of_the_page_on_privacy():
    said = {each.task for each in retentions() if each.task}
    about_nobody = {task for room in rooms() for task in room.tasks_about_nobody}
    assert tasks_that_erase() - said - about_nobody == set(), "say how long it keeps, in the personal.py of its room"
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert (said | about_nobody) - scheduled == set(), "nothing runs it"


def test_a_delay_belongs_to_a_task_and_is_said_in_words():
    for each in retentions():
        assert str(each.what) and str(each.why)
        assert words.how_long(each)
        if each.kept is not None:
            assert each.kept > timedelta(0)
            assert each.task, f"{each.what} is kept {each.kept}: which task erases it?"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (timedelta(minutes=30), "30 minutes"),
        (timedelta(days=1), "1 jour"),
        (timedelta(days=14), "14 jours"),
        (timedelta(days=30), "30 jours"),
        (timedelta(days=60), "60 jours"),
        (timedelta(days=180), "180 jours"),
        (timedelta(days=183), "6 mois"),
        (timedelta(days=365), "1 an"),
        (timedelta(days=366), "1 an"),
        (timedelta(days=396), "13 mois"),
        (timedelta(days=400), "400 jours"),
        (timedelta(days=5 * 365 + 1), "5 ans"),
    ],
)
def test_a_delay_is_said_as_one_says_it(kept, said):
    assert words.duration(kept) == said
