from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0009_lines_among_notifications"),
    ]

    operations = [
        migrations.DeleteModel(name="DigestLine"),
    ]
