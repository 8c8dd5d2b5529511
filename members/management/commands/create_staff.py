from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse

from members import services


class Command(BaseCommand):
    help = "Make a member of the staff, new or known, and say how they open the administration."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="display name, if the account is new")
        parser.add_argument("--groups", nargs="*", default=[], help="names of groups, such as Modérateurs")
        parser.add_argument("--superuser", action="store_true", help="every right, and the right to name staff")
        parser.add_argument(
            "--forget-second-factor", action="store_true", help="they lost every key and code: let them set up new ones"
        )

    def handle(self, email: str, **options) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        groups = self._groups(options["groups"])
        member, is_new = services.make_staff(
            email,
            display_name=options["name"],
            groups=groups,
            is_superuser=options["superuser"],
        )
        if options["forget_second_factor"]:
            services.forget_second_factors(member)
        self.stdout.write(f"{member.email} is {'a new' if is_new else 'now a'} member of the staff.")
        self.stdout.write(
            f"Next: open {settings.SITE_ADDRESS}{reverse('admin:index')}, ask for a code at this address, "
            "type it, then set up a second factor (an application of codes or a passkey). Keep the recovery codes."
        )

    def _groups(self, names: list[str]) -> list[Group]:
        groups = list(Group.objects.filter(name__in=names))
        missing = set(names) - {group.name for group in groups}
        if missing:
            known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True)) or "none"
            raise CommandError(f"No such group: {', '.join(sorted(missing))}. There are: {known}.")
        return groups
