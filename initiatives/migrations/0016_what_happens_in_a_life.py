"""Actions, needs, updates, discussion, versions, photos, letters, merges: what happens in a whole life."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.math
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0015_secret_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="création")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publication")),
                ("withheld_at", models.DateTimeField(blank=True, null=True, verbose_name="retrait")),
                ("title", models.CharField(max_length=120, verbose_name="titre")),
                ("description", models.TextField(blank=True, max_length=3000, verbose_name="en quoi elle consiste")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="quand")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="avant le")),
                ("place", models.CharField(blank=True, max_length=200, verbose_name="où")),
                ("places", models.PositiveSmallIntegerField(default=1, verbose_name="combien de personnes")),
                ("taken", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="places prises")),
                ("skills", models.CharField(blank=True, max_length=200, verbose_name="ce qu’il faut savoir faire")),
                ("report", models.TextField(blank=True, max_length=3000, verbose_name="ce qui a été fait")),
                ("is_done", models.BooleanField(default=False, verbose_name="faite")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="clôture")),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="auteur",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
                        to="initiatives.initiative",
                    ),
                ),
            ],
            options={
                "verbose_name": "action",
                "verbose_name_plural": "actions",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Commitment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="commitments",
                        to="initiatives.action",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="commitments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "engagement",
                "verbose_name_plural": "engagements",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="création")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publication")),
                ("withheld_at", models.DateTimeField(blank=True, null=True, verbose_name="retrait")),
                (
                    "stance",
                    models.CharField(
                        choices=[("for", "pour"), ("against", "contre"), ("neither", "ni pour ni contre")],
                        default="neither",
                        max_length=8,
                        verbose_name="avis",
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=3000, verbose_name="texte")),
                ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="effacée")),
                ("pinned_at", models.DateTimeField(blank=True, null=True, verbose_name="mise en avant")),
                ("useful_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="utile")),
                ("useless_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="pas utile")),
                ("reply_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="réponses")),
                (
                    "score",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.functions.comparison.Cast(
                                                models.F("useful_count"), models.FloatField()
                                            ),
                                            "/",
                                            django.db.models.functions.comparison.NullIf(
                                                django.db.models.functions.comparison.Cast(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("useful_count"), "+", models.F("useless_count")
                                                    ),
                                                    models.FloatField(),
                                                ),
                                                models.Value(0.0),
                                            ),
                                        ),
                                        "+",
                                        django.db.models.expressions.CombinedExpression(
                                            models.Value(1.9207999999999998),
                                            "/",
                                            django.db.models.functions.comparison.Cast(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("useful_count"), "+", models.F("useless_count")
                                                ),
                                                models.FloatField(),
                                            ),
                                        ),
                                    ),
                                    "-",
                                    django.db.models.expressions.CombinedExpression(
                                        models.Value(1.96),
                                        "*",
                                        django.db.models.functions.math.Sqrt(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        django.db.models.expressions.CombinedExpression(
                                                            django.db.models.functions.comparison.Cast(
                                                                models.F("useful_count"), models.FloatField()
                                                            ),
                                                            "/",
                                                            django.db.models.functions.comparison.NullIf(
                                                                django.db.models.functions.comparison.Cast(
                                                                    django.db.models.expressions.CombinedExpression(
                                                                        models.F("useful_count"),
                                                                        "+",
                                                                        models.F("useless_count"),
                                                                    ),
                                                                    models.FloatField(),
                                                                ),
                                                                models.Value(0.0),
                                                            ),
                                                        ),
                                                        "*",
                                                        django.db.models.expressions.CombinedExpression(
                                                            models.Value(1.0),
                                                            "-",
                                                            django.db.models.expressions.CombinedExpression(
                                                                django.db.models.functions.comparison.Cast(
                                                                    models.F("useful_count"), models.FloatField()
                                                                ),
                                                                "/",
                                                                django.db.models.functions.comparison.NullIf(
                                                                    django.db.models.functions.comparison.Cast(
                                                                        django.db.models.expressions.CombinedExpression(
                                                                            models.F("useful_count"),
                                                                            "+",
                                                                            models.F("useless_count"),
                                                                        ),
                                                                        models.FloatField(),
                                                                    ),
                                                                    models.Value(0.0),
                                                                ),
                                                            ),
                                                        ),
                                                    ),
                                                    "+",
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.Value(0.9603999999999999),
                                                        "/",
                                                        django.db.models.functions.comparison.Cast(
                                                            django.db.models.expressions.CombinedExpression(
                                                                models.F("useful_count"), "+", models.F("useless_count")
                                                            ),
                                                            models.FloatField(),
                                                        ),
                                                    ),
                                                ),
                                                "/",
                                                django.db.models.functions.comparison.Cast(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("useful_count"), "+", models.F("useless_count")
                                                    ),
                                                    models.FloatField(),
                                                ),
                                            )
                                        ),
                                    ),
                                ),
                                "/",
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(1.0),
                                    "+",
                                    django.db.models.expressions.CombinedExpression(
                                        models.Value(3.8415999999999997),
                                        "/",
                                        django.db.models.functions.comparison.Cast(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("useful_count"), "+", models.F("useless_count")
                                            ),
                                            models.FloatField(),
                                        ),
                                    ),
                                ),
                            ),
                            models.Value(0.0),
                        ),
                        output_field=models.FloatField(),
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="auteur",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contributions",
                        to="initiatives.initiative",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="initiatives.contribution",
                    ),
                ),
            ],
            options={
                "verbose_name": "contribution",
                "verbose_name_plural": "contributions",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ContributionVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_useful", models.BooleanField(verbose_name="utile")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
                (
                    "contribution",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="votes",
                        to="initiatives.contribution",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "vote",
                "verbose_name_plural": "votes",
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_answer", models.BooleanField(default=False, verbose_name="de l’équipe")),
                ("text", models.TextField(max_length=3000, verbose_name="message")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="initiatives.initiative",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="letters", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "ordering": ["sent_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="proposition")),
                ("agreed_at", models.DateTimeField(blank=True, null=True, verbose_name="accord")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="objections jusqu’au")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="réunion")),
                ("dropped_at", models.DateTimeField(blank=True, null=True, verbose_name="abandon")),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leaving",
                        to="initiatives.initiative",
                        verbose_name="qui rejoint",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="welcoming",
                        to="initiatives.initiative",
                        verbose_name="qui accueille",
                    ),
                ),
            ],
            options={
                "verbose_name": "réunion d’initiatives",
                "verbose_name_plural": "réunions d’initiatives",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MergeObjection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "merge",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="objections",
                        to="initiatives.merge",
                    ),
                ),
            ],
            options={
                "verbose_name": "objection",
                "verbose_name_plural": "objections",
            },
        ),
        migrations.CreateModel(
            name="Need",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="création")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publication")),
                ("withheld_at", models.DateTimeField(blank=True, null=True, verbose_name="retrait")),
                (
                    "sort",
                    models.CharField(
                        choices=[
                            ("skill", "un savoir-faire"),
                            ("place", "un lieu"),
                            ("hours", "des heures"),
                            ("material", "du matériel"),
                        ],
                        max_length=10,
                        verbose_name="ce qui manque",
                    ),
                ),
                ("words", models.CharField(max_length=200, verbose_name="en une phrase")),
                ("met_at", models.DateTimeField(blank=True, null=True, verbose_name="trouvé")),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="auteur",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="needs",
                        to="initiatives.initiative",
                    ),
                ),
            ],
            options={
                "verbose_name": "besoin",
                "verbose_name_plural": "besoins",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message", models.TextField(max_length=1000, verbose_name="ce que vous proposez")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
                ("is_accepted", models.BooleanField(blank=True, null=True, verbose_name="acceptée")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="réponse")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="offers", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="initiatives.need",
                    ),
                ),
            ],
            options={
                "verbose_name": "offre",
                "verbose_name_plural": "offres",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="création")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publication")),
                ("withheld_at", models.DateTimeField(blank=True, null=True, verbose_name="retrait")),
                (
                    "use",
                    models.CharField(
                        choices=[("cover", "en tête"), ("text", "dans la page"), ("outcome", "ce qui en est sorti")],
                        max_length=8,
                        verbose_name="où",
                    ),
                ),
                ("name", models.CharField(editable=False, max_length=60, unique=True)),
                ("width", models.PositiveSmallIntegerField(editable=False)),
                ("height", models.PositiveSmallIntegerField(editable=False)),
                ("alternative", models.CharField(max_length=200, verbose_name="ce que montre l’image")),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="auteur",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="initiatives.initiative",
                    ),
                ),
            ],
            options={
                "verbose_name": "image",
                "verbose_name_plural": "images",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Update",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="création")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publication")),
                ("withheld_at", models.DateTimeField(blank=True, null=True, verbose_name="retrait")),
                ("title", models.CharField(max_length=120, verbose_name="titre")),
                ("text", models.TextField(max_length=5000, verbose_name="texte")),
                ("day", models.DateField(default=django.utils.timezone.localdate, editable=False, verbose_name="jour")),
                ("told_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="annoncée")),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="auteur",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="initiatives.initiative",
                    ),
                ),
            ],
            options={
                "verbose_name": "nouvelle",
                "verbose_name_plural": "nouvelles",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
                ("changes", models.JSONField(verbose_name="changements")),
                ("support_count", models.IntegerField(verbose_name="soutiens")),
                ("is_shown", models.BooleanField(verbose_name="visible")),
                (
                    "initiative",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="initiatives.initiative",
                    ),
                ),
            ],
            options={
                "verbose_name": "version",
                "verbose_name_plural": "versions",
                "ordering": ["-made_at", "-id"],
            },
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(fields=["initiative", "closed_at", "ends_at", "id"], name="action_of_initiative"),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("places__gte", 1), ("places__lte", 1000)), name="an_action_has_places"
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken__lte", models.F("places"))), name="never_beyond_the_places"
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at", None), ("ends_at", None), ("ends_at__gte", models.F("starts_at")), _connector="OR"
                ),
                name="an_action_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_done", False),
                    models.Q(("closed_at__isnull", False), models.Q(("report", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_done_action_says_what_was_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.UniqueConstraint(fields=("action", "member"), name="one_place_each"),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("parent", None), ("published_at__isnull", False), ("withheld_at", None)),
                fields=["initiative", "-id"],
                name="contribution_recent",
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("parent", None), ("published_at__isnull", False), ("withheld_at", None)),
                fields=["initiative", "-score", "-id"],
                name="contribution_useful",
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("parent", None), ("published_at__isnull", False), ("withheld_at", None)),
                fields=["initiative", "stance", "-score", "-id"],
                name="contribution_stance",
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent", "id"], name="contribution_replies"
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at", None), ("text", ""), _connector="OR"),
                name="an_erased_contribution_has_no_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(("parent", None), ("pinned_at", None), _connector="OR"), name="a_reply_is_not_pinned"
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(("parent", None), ("reply_count", 0), _connector="OR"), name="a_reply_has_no_replies"
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pinned_at__isnull", False)), fields=("initiative",), name="one_pinned_contribution"
            ),
        ),
        migrations.AddConstraint(
            model_name="contributionvote",
            constraint=models.UniqueConstraint(fields=("contribution", "member"), name="one_vote_each"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["initiative", "member", "sent_at", "id"], name="letter_of_exchange"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["sent_at"], name="letter_age"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("answered_by", None), ("is_answer", True), _connector="OR"),
                name="only_the_team_answers",
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("agreed_at__isnull", False), ("done_at", None), ("dropped_at", None)),
                fields=["ends_at"],
                name="merge_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True), name="a_merge_joins_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_at", None), ("ends_at", None)),
                    models.Q(("agreed_at__isnull", False), ("ends_at__gt", models.F("agreed_at"))),
                    _connector="OR",
                ),
                name="an_agreed_merge_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("done_at", None), ("done_at__gte", models.F("ends_at")), _connector="OR"),
                name="done_after_objections",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("done_at", None), ("dropped_at", None), _connector="OR"), name="done_or_dropped"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None), ("dropped_at", None)),
                fields=("source",),
                name="one_merge_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeobjection",
            constraint=models.UniqueConstraint(fields=("merge", "member"), name="one_objection_each"),
        ),
        migrations.AddIndex(
            model_name="need",
            index=models.Index(fields=["initiative", "met_at", "-id"], name="need_of_initiative"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(fields=("need", "member"), name="one_offer_each"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("is_accepted", None)),
                    models.Q(("answered_at__isnull", False), ("is_accepted__isnull", False)),
                    _connector="OR",
                ),
                name="an_answered_offer_has_a_date",
            ),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["initiative", "use", "id"], name="photo_of_initiative"),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.UniqueConstraint(
                condition=models.Q(("use", "cover")), fields=("initiative",), name="one_cover"
            ),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.CheckConstraint(
                condition=models.Q(("alternative", ""), _negated=True), name="a_photo_says_what_it_shows"
            ),
        ),
        migrations.AddIndex(
            model_name="update",
            index=models.Index(fields=["initiative", "-id"], name="update_of_initiative"),
        ),
        migrations.AddConstraint(
            model_name="update",
            constraint=models.UniqueConstraint(fields=("initiative", "day"), name="one_update_a_day"),
        ),
        migrations.AddConstraint(
            model_name="update",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at", None), ("published_at__isnull", False), _connector="OR"),
                name="told_once_public",
            ),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(fields=["initiative", "-made_at", "-id"], name="version_of_initiative"),
        ),
    ]
