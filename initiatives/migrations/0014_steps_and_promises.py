"""The initiatives that are there get their steps and a secret link; staff, first promises that they may change."""

import secrets

from django.db import migrations

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
LADDER = (5, 25, 100, 500, 2_500, 10_000, 50_000, 100_000, 500_000)

# Rank of the step, what is promised, days to keep it.
PROMISES = [
    (1, "L’initiative paraît dans les listes et sur la page de son territoire.", 1),
    (2, "L’équipe du site écrit aux organisateurs pour préparer la suite avec eux.", 7),
    (3, "Un référent local rencontre les organisateurs et les aide à réunir les gens.", 21),
    (4, "La proposition est transmise par écrit aux élus compétents, et leur réponse est publiée ici.", 45),
    (5, "Les organisateurs sont reçus, et la suite donnée est publiée ici.", 60),
    (6, "La proposition est débattue en public avec les organisateurs, et la suite donnée est publiée ici.", 90),
]


def write(apps, schema_editor):
    Initiative = apps.get_model("initiatives", "Initiative")
    Milestone = apps.get_model("initiatives", "Milestone")
    Promise = apps.get_model("initiatives", "Promise")
    TimelineEntry = apps.get_model("initiatives", "TimelineEntry")
    Promise.objects.bulk_create(Promise(rank=rank, words=words, days=days) for rank, words, days in PROMISES)
    promised = {rank: (words, days) for rank, words, days in PROMISES}
    for each in Initiative.objects.select_related("commune", "department", "region").iterator(500):
        changed = ["active_at", "nursery_key", "next_step", "steps"]
        each.active_at = each.updated_at
        if each.published_at is None:
            each.nursery_key = "".join(secrets.choice(LETTERS) for _ in range(10))
            each.next_step = 5 if each.state == "preparing" else None
            each.save(update_fields=changed)
            continue
        place = each.commune or each.department or each.region
        each.steps = ladder(place.population if place else None)
        each.next_step = next((step for step in each.steps if step > each.support_count), None)
        each.save(update_fields=changed)
        TimelineEntry.objects.create(initiative=each, kind="published", happened_at=each.published_at)
        Milestone.objects.bulk_create(
            Milestone(
                initiative=each,
                threshold=step,
                promise=promised.get(rank, ("", 0))[0],
                days=promised.get(rank, ("", 0))[1],
                reached_at=each.published_at if step <= each.support_count else None,
            )
            for rank, step in enumerate(each.steps, start=1)
        )


def ladder(population):
    if population is None:
        return list(LADDER)
    if population < 2_000:
        return [5, 10, 25, 50]
    return [step for rank, step in enumerate(LADDER) if rank < 2 or step * 10 <= population]


def erase(apps, schema_editor):
    apps.get_model("initiatives", "Promise").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0013_a_whole_life")]
    operations = [migrations.RunPython(write, erase)]
