from django.core.management.base import BaseCommand

from notifications import vapid


class Command(BaseCommand):
    help = "Make the key under which the services that carry pushes know this site, and print it for the settings."
    requires_system_checks = []

    def handle(self, **options) -> None:
        private = vapid.new_key()
        self.stdout.write(f"VAPID_PRIVATE_KEY={private}")
        self.stdout.write(f"# Its public half, which browsers are given: {vapid.public_half(private)}")
