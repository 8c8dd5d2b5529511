"""The country counted by squares, so that a map of all of it does not count every event each time it is asked."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: The zooms of the map whose squares are counted in advance; those of the last one are counted from the events.
FIRST_ZOOM, LAST_ZOOM = 3, 8
#: Degrees of longitude of a square at zoom 0: 32 of the 256 pixels of the world.
SQUARE_WIDTH = 360 / 8
#: Its height in degrees of latitude, for one of longitude: squares are square in the middle of the mainland (46.6°).
#: Sixteenths are exact in floating point, as all the powers of two by which the widths differ.
SQUARE_HEIGHT = 11 / 16


class MapCell(models.Model):
    """The coming events of one square, at one zoom, under one filter; none is kept for a square that has none.

    Square (0, 0) has its corner at longitude 0 and latitude 0; `x` grows eastwards, `y` northwards. `facet` is "" for
    all of them, or a kind, or a theme ("theme-12"); with "places", for those with a free place ("debate-places").
    """

    pk = models.CompositePrimaryKey("zoom", "facet", "y", "x")
    zoom = models.SmallIntegerField(_("échelle"))
    facet = models.CharField(_("filtre"), max_length=30)
    x = models.IntegerField(_("colonne"))
    y = models.IntegerField(_("ligne"))
    count = models.PositiveIntegerField(_("événements"))
    # Of its events: the sums of their degrees, the box that holds them, the number of the first.
    latitudes = models.FloatField()
    longitudes = models.FloatField()
    south = models.FloatField(_("sud"))
    west = models.FloatField(_("ouest"))
    north = models.FloatField(_("nord"))
    east = models.FloatField(_("est"))
    event = models.BigIntegerField(_("événement"))

    class Meta:
        verbose_name = _("carré de la carte")
        verbose_name_plural = _("carrés de la carte")
        # All the filters of a square, which are counted together; a map asks for one filter, by the primary key.
        indexes = [models.Index(fields=["zoom", "y", "x"], name="mapcell_square")]

    def __str__(self) -> str:
        return f"{self.zoom}/{self.x}/{self.y} {self.facet}: {self.count}"


class StaleCell(models.Model):
    """A square of LAST_ZOOM in which something changed: a trigger writes it with the change (events.services.cells)."""

    x = models.IntegerField(_("colonne"))
    y = models.IntegerField(_("ligne"))
    noted_at = models.DateTimeField(_("noté le"))

    class Meta:
        verbose_name = _("carré à recompter")
        verbose_name_plural = _("carrés à recompter")
        indexes = [models.Index(fields=["noted_at"], name="stale_cell_since")]

    def __str__(self) -> str:
        return f"{self.x}/{self.y}"
