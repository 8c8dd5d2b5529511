from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Cast, Coalesce, Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.addresses import address_key
from territories.models import Commune


class MemberQuerySet(models.QuerySet):
    def of_address(self, email: str) -> "Member | None":
        """The member whose mailbox this is, whichever of its addresses they signed up with.

        Should two members share one mailbox, the one who wrote it so: they signed up before the site knew better.
        """
        email = email.lower()
        found = self.filter(Q(address_key=address_key(email)) | Q(email=email))
        return min(found, key=lambda member: member.email != email, default=None)

    def update(self, **fields) -> int:
        if "email" in fields and "address_key" not in fields:
            raise TypeError("An address changes by Member.save(), which changes its key.")
        return super().update(**fields)

    update.alters_data = True


class MemberManager(BaseUserManager.from_queryset(MemberQuerySet)):
    def create_user(self, email: str, **fields) -> "Member":
        """A member without a password: nobody has one."""
        member = self.model(email=email.lower(), **fields)
        member.set_unusable_password()
        member.save(using=self._db)
        return member

    def of_address_or_new(self, email: str, **fields) -> "tuple[Member, bool]":
        """The member whose mailbox this is, and whether they were made for it, with these fields.

        Two at once make one member: the database decides.
        """
        member = self.of_address(email)
        if member:
            return member, False
        try:
            with transaction.atomic(using=self.db):
                return self.create_user(email, **fields), True
        except IntegrityError:
            member = self.of_address(email)
            if not member:
                raise
            return member, False

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "Member":
        """Staff with every right; a password, if given, is ignored: the door is a code and a second factor."""
        return self.create_user(email, **{"is_staff": True, "is_superuser": True} | fields)

    def get_by_natural_key(self, email: str) -> "Member":
        """Raises Member.DoesNotExist."""
        member = self.of_address(email)
        if not member:
            raise self.model.DoesNotExist
        return member


class AddressKeyField(models.BinaryField):
    """Made from `email` whenever a member is written, one or many at once: nobody can forget it.

    It stays while the address does: where two members turn out to share one mailbox, the second keeps the key they
    came with (rekey_addresses), and their name can still be saved.
    """

    def pre_save(self, model_instance: "Member", add: bool) -> bytes:
        if add or model_instance.email != model_instance._stored_email:
            model_instance.address_key = address_key(model_instance.email)
        return super().pre_save(model_instance, add)

    def deconstruct(self) -> tuple:
        """Migrations know the column, and none of our code."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


class Member(AbstractBaseUser, PermissionsMixin):
    """A person with a confirmed address, known to others by a display name and nothing more."""

    class Restriction(models.TextChoices):
        """What moderators took away from an account: `moderation.models.Sanction` says why."""

        READ_ONLY = "read_only", _("lecture seule")
        SUSPENDED = "suspended", _("suspendu")

    email = models.EmailField(_("adresse e-mail"), unique=True)
    #: The same for every address of one mailbox (members.addresses).
    address_key = AddressKeyField(max_length=32, unique=True, editable=False)
    display_name = models.CharField(
        _("nom affiché"),
        max_length=60,
        help_text=_("Ce que les autres lisent à côté de ce que vous écrivez."),
    )
    home_commune = models.ForeignKey(
        Commune, verbose_name=_("commune"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_staff = models.BooleanField(_("équipe"), default=False, help_text=_("Peut ouvrir l’administration."))
    is_active = models.BooleanField(_("actif"), default=True)
    is_demonstration = models.BooleanField(_("de démonstration"), default=False)
    joined_at = models.DateTimeField(_("inscription"), default=timezone.now)
    #: Never the hour, nor what they did: whether they are still there is all that is asked of it.
    active_on = models.DateField(
        _("dernier jour d’activité"),
        default=timezone.localdate,
        db_default=Cast(Now(), models.DateField()),
        editable=False,
    )
    restriction = models.CharField(
        _("restriction"), max_length=10, choices=Restriction, blank=True, default="", db_default="", editable=False
    )
    restricted_until = models.DateTimeField(_("restreint jusqu’au"), null=True, blank=True, editable=False)

    #: The address in the database, when the member comes from there.
    _stored_email: str | None = None

    objects = MemberManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("membre")
        verbose_name_plural = _("membres")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="member_email_any_case"),
            models.CheckConstraint(
                condition=~Q(restriction="") | Q(restricted_until=None), name="member_term_of_a_restriction"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(is_demonstration=True), name="member_demonstration"),
            # Neighbours follow one another: what is near their homes is looked for once (pages.digests).
            models.Index(Coalesce("home_commune", Value("")), "id", name="member_by_home"),
            models.Index(fields=["joined_at"], name="member_joined"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @classmethod
    def from_db(cls, db: str, field_names: list[str], values: list) -> "Member":
        member = super().from_db(db, field_names, values)
        member._stored_email = member.__dict__.get("email")
        return member

    def save(self, *args, **kwargs) -> None:
        """An address is never written without its key."""
        if "email" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "address_key"}
        super().save(*args, **kwargs)

    @property
    def restricted_to(self) -> str:
        """What they are restricted to at this moment, a `Restriction`; "" for nearly everyone."""
        is_over = self.restricted_until is not None and self.restricted_until <= timezone.now()
        return "" if is_over else self.restriction

    def get_full_name(self) -> str:
        return self.display_name

    get_short_name = get_full_name
