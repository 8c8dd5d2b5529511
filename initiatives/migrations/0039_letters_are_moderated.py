import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0038_who_did_what_is_announced"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="letter",
            options={
                "ordering": ["sent_at", "id"],
                "verbose_name": "message privé",
                "verbose_name_plural": "messages privés",
            },
        ),
        migrations.RemoveConstraint(model_name="letter", name="only_the_team_answers"),
        migrations.AlterField(
            model_name="letter",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)s_exchanges",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RenameField(model_name="letter", old_name="answered_by", new_name="author"),
        migrations.AlterField(
            model_name="letter",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="%(class)ss",
                to=settings.AUTH_USER_MODEL,
                verbose_name="auteur",
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="création"),
        ),
        migrations.AddField(
            model_name="letter",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification"),
        ),
        migrations.AddField(
            model_name="letter",
            name="published_at",
            field=models.DateTimeField(
                blank=True, default=django.utils.timezone.now, editable=False, null=True, verbose_name="envoi"
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="withheld_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="retrait"),
        ),
        migrations.AddField(
            model_name="letter",
            name="removed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="retrait définitif"),
        ),
        migrations.AddField(
            model_name="letter",
            name="label",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=200, verbose_name="mention"
            ),
        ),
    ]
