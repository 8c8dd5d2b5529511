"""``manage.py load_territories``: régions, départements, communes and postcodes into the database."""

from time import perf_counter

from django.core.management.base import BaseCommand

from territories.loading import load
from territories.models import Commune


class Command(BaseCommand):
    help = "Load the French territory; does nothing when this edition is already there."

    def handle(self, *, verbosity, **options):
        start = perf_counter()
        loaded = load()
        if verbosity:
            count = f"{Commune.objects.current().count():,}".replace(",", "\u202f")
            seconds = f"{perf_counter() - start:.1f}".replace(".", ",")
            if loaded:
                self.stdout.write(f"Territoires : {count} communes et arrondissements chargés en {seconds} s")
            else:
                self.stdout.write(f"Territoires : {count} communes et arrondissements, déjà chargés")
