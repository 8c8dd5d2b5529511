from django.db import models

from initiatives.models.milestone import Scale


class Pace(models.Model):
    """How many supports initiatives of one kind and one scale had so many days after they opened. Made each night.

    The quartiles of what is compared: those old enough, the newest first, `compared` of them.
    """

    kind = models.CharField(max_length=20)
    scale = models.CharField(max_length=20, choices=Scale)
    #: Days since it became public; 0 is that very day.
    age = models.PositiveSmallIntegerField()
    low = models.PositiveIntegerField()
    middle = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    compared = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "scale", "age"], name="one_pace_each")]

    def __str__(self) -> str:
        return f"{self.kind}, {self.scale}, {self.age} j : {self.low}, {self.middle}, {self.high}"


class Confirming(models.Model):
    """Of those who asked for the link of a support in the last thirty days, how many used it. Made each night.

    Who asked twice is one person, and who supports already by another way is none of them.
    """

    initiative = models.OneToOneField(
        "initiatives.Initiative", primary_key=True, on_delete=models.CASCADE, related_name="confirming"
    )
    confirmed = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.confirmed} + {self.waiting} ({self.initiative_id})"
