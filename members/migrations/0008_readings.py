import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('members', '0007_restrictions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_id', models.PositiveBigIntegerField(null=True, verbose_name='numéro')),
                ('what', models.CharField(max_length=120, verbose_name='ce qui a été lu')),
                ('why', models.CharField(max_length=500, verbose_name='raison')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='readings', to=settings.AUTH_USER_MODEL, verbose_name='par')),
                ('content_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype', verbose_name='sorte')),
            ],
            options={
                'verbose_name': 'lecture de données privées',
                'verbose_name_plural': 'lectures de données privées',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['-at', '-id'], name='reading_newest')],
            },
        ),
    ]
