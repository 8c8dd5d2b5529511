from django.db import migrations


def take(apps, schema_editor):
    """No act asks for it: `manage.py learn --reset` is an administrator's."""
    rights = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    rights.filter(content_type__app_label="moderation", codename="reset_learnedmodel").delete()


class Migration(migrations.Migration):
    dependencies = [("moderation", "0022_no_part_in_what_one_decides")]

    operations = [
        migrations.AlterModelOptions(
            name="learnedmodel",
            options={
                "ordering": ["-id"],
                "verbose_name": "modèle appris",
                "verbose_name_plural": "modèles appris",
            },
        ),
        migrations.RunPython(take, migrations.RunPython.noop),
    ]
