"""What can be found, as the database keeps it: nobody writes these rows but its own triggers (migration 0002)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Which hundreds of entries each number is among, as `search.finding` asks for the newest (migration 0006).
_AGES = models.Func("id", function="search_ages")


class Entry(models.Model):
    """An initiative, an event or what opens a discussion, as long as anyone may read it; one row each.

    No foreign keys: whatever changes or deletes what it stands for, the same transaction changes or deletes it. A
    search reads no more than this table, and asks what it found whether anyone still reads it (`search.finding`).
    """

    class Kind(models.TextChoices):
        INITIATIVE = "initiative", _("initiative")
        EVENT = "event", _("événement")
        DISCUSSION = "discussion", _("discussion")

    kind = models.CharField(max_length=10, choices=Kind)
    object_id = models.BigIntegerField()
    #: Of an initiative its own number, of a discussion that of what is discussed.
    initiative_id = models.BigIntegerField(null=True)
    series_id = models.BigIntegerField(null=True)
    #: The sort of initiative, of event, or of opinion.
    sort = models.CharField(max_length=20)
    #: Of an initiative alone.
    state = models.CharField(max_length=20, default="")
    #: Of a discussion, the title of what is discussed.
    title = models.CharField(max_length=120)
    place_label = models.CharField(max_length=250)
    #: Without marks of Markdown: what extracts are taken from.
    body = models.TextField()
    #: WGS84 degrees; None for what belongs to the whole country.
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    time_zone = models.CharField(max_length=40, default="")
    published_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    #: How many stand behind it, by steps: 2 log2(1 + people), so that most supports change no row here.
    warmth = models.SmallIntegerField(default=0)
    #: What it is found under, for the same index: "kind:event", "d:35", "theme:eau", "state:published".
    marks = ArrayField(models.TextField(), default=list)
    #: Stems with and without accents: of its title alone, and of all its texts, by weight.
    heading = SearchVectorField()
    vector = SearchVectorField()
    indexed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("entrée de la recherche")
        verbose_name_plural = _("entrées de la recherche")
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_entry_each")]
        indexes = [
            GinIndex("vector", "marks", _AGES, name="search_words", fastupdate=False),
            GinIndex("heading", "marks", _AGES, name="search_titles", fastupdate=False),
            models.Index(fields=["initiative_id"], condition=models.Q(kind="discussion"), name="search_discussions_of"),
            BrinIndex(fields=["indexed_at"], name="search_indexed"),
        ]

    def __str__(self) -> str:
        return self.title


class Word(models.Model):
    """A word that entries hold, without accents: what was typed is compared with these when nothing holds it."""

    word = models.CharField(max_length=30, primary_key=True)
    #: As most of them write it.
    shown = models.CharField(max_length=30)
    #: How many hold it, as last counted.
    entries = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("mot de la recherche")
        verbose_name_plural = _("mots de la recherche")
        indexes = [
            GinIndex(OpClass(models.F("word"), name="gin_trgm_ops"), name="search_word_letters"),
        ]

    def __str__(self) -> str:
        return self.word


class Stem(models.Model):
    """How many entries hold a stem, without accents, and how many in their titles: as last counted."""

    stem = models.CharField(max_length=60, primary_key=True)
    entries = models.PositiveIntegerField()
    titles = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("racine de la recherche")
        verbose_name_plural = _("racines de la recherche")

    def __str__(self) -> str:
        return self.stem
