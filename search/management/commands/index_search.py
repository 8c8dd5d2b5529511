from django.core.management.base import BaseCommand

from search.services import index_all
from search.words import count_words


class Command(BaseCommand):
    help = "Writes every entry of the search again, and counts its words: after places were renamed by a new edition."

    def handle(self, *args, **options):
        index_all()
        self.stdout.write(f"{count_words()} words.")
