from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0045_nothing_before_opening")]

    operations = [migrations.AlterField(model_name="actdelta", name="change", field=models.IntegerField())]
