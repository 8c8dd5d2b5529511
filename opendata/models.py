from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DataFile(models.Model):
    """The latest whole file of a table in one form: what the page and the package say of it."""

    table = models.CharField(_("jeu"), max_length=40)
    form = models.CharField(_("forme"), max_length=10)
    #: In the storage, next to the same name with ".gz": it holds the hash, and so never stands for other bytes.
    name = models.CharField(_("fichier"), max_length=120)
    rows = models.PositiveBigIntegerField(_("lignes"))
    size = models.PositiveBigIntegerField(_("octets"))
    packed_size = models.PositiveBigIntegerField(_("octets, compressé"))
    sha256 = models.CharField(_("empreinte"), max_length=64)
    made_at = models.DateTimeField(_("fait"), default=timezone.now)

    class Meta:
        verbose_name = _("fichier de données")
        verbose_name_plural = _("fichiers de données")
        ordering = ["table", "form"]
        constraints = [models.UniqueConstraint(fields=["table", "form"], name="one_file_for_each_form")]

    def __str__(self) -> str:
        return f"{self.table}.{self.form}"
