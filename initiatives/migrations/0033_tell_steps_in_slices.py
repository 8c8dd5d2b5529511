"""How far the supporters of an initiative were told of a step that it reached."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0032_what_ended_has_its_date"),
    ]

    operations = [
        migrations.AddField(
            model_name="milestone",
            name="to_tell_after",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(
                condition=models.Q(("to_tell_after__isnull", False)), fields=["id"], name="milestone_to_tell"
            ),
        ),
    ]
