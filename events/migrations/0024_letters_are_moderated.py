import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0023_animators_set_the_limits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="eventletter",
            options={
                "ordering": ["sent_at", "id"],
                "verbose_name": "message privé à qui organise",
                "verbose_name_plural": "messages privés à qui organise",
            },
        ),
        migrations.RemoveConstraint(model_name="eventletter", name="only_organisers_answer"),
        migrations.AlterField(
            model_name="eventletter",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)s_exchanges",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RenameField(model_name="eventletter", old_name="answered_by", new_name="author"),
        migrations.AlterField(
            model_name="eventletter",
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
            model_name="eventletter",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="création"),
        ),
        migrations.AddField(
            model_name="eventletter",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="modification"),
        ),
        migrations.AddField(
            model_name="eventletter",
            name="published_at",
            field=models.DateTimeField(
                blank=True, default=django.utils.timezone.now, editable=False, null=True, verbose_name="envoi"
            ),
        ),
        migrations.AddField(
            model_name="eventletter",
            name="withheld_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="retrait"),
        ),
        migrations.AddField(
            model_name="eventletter",
            name="removed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="retrait définitif"),
        ),
        migrations.AddField(
            model_name="eventletter",
            name="label",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=200, verbose_name="mention"
            ),
        ),
    ]
