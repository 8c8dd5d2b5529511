import csv

from django.core.management.base import BaseCommand

from members import services


class Command(BaseCommand):
    help = (
        "Write, as CSV, the addresses of the members who agree to hear from the party, now. "
        "Take the list anew before each sending: who takes their consent back is out of it at once."
    )

    def handle(self, **options) -> None:
        rows = csv.writer(self.stdout)
        rows.writerow(["address", "name", "agreed_on", "text"])
        for consent in services.party_consents():
            rows.writerow([consent.member.email, consent.member.display_name, consent.given_at.date(), consent.version])
