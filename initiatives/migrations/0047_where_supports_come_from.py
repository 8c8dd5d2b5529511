"""A support keeps by which link it came; how fast others went, and how many links were used, each night."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('initiatives', '0046_many_acts_at_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='Confirming',
            fields=[
                ('initiative', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='confirming', serialize=False, to='initiatives.initiative')),
                ('confirmed', models.PositiveIntegerField()),
                ('waiting', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='support',
            name='source',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='lien suivi'),
        ),
        migrations.AddField(
            model_name='supportdelta',
            name='source',
            field=models.CharField(db_default='', default='', max_length=20),
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('scale', models.CharField(choices=[('commune', 'une commune'), ('department', 'un département'), ('region', 'une région'), ('country', 'la France')], max_length=20)),
                ('age', models.PositiveSmallIntegerField()),
                ('low', models.PositiveIntegerField()),
                ('middle', models.PositiveIntegerField()),
                ('high', models.PositiveIntegerField()),
                ('compared', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'scale', 'age'), name='one_pace_each')],
            },
        ),
        migrations.CreateModel(
            name='OwnSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(db_index=False, max_length=20)),
                ('name', models.CharField(max_length=40, verbose_name='nom')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                ('initiative', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='own_sources', to='initiatives.initiative')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('initiative', 'slug'), name='one_source_of_a_name'), models.CheckConstraint(condition=models.Q(models.Q(('slug', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='a_source_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='SourceTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=20)),
                ('count', models.IntegerField(default=0)),
                ('initiative', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='source_tallies', to='initiatives.initiative')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('initiative', 'source'), name='one_tally_a_source')],
            },
        ),
    ]
