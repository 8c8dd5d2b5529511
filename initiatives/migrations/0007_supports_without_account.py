"""A support begins pending, without a member; numbers are tallied by place; staff examine what is suspect."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('initiatives', '0006_find_by_place'),
        ('territories', '0001_the_french_territory'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SupportLimits',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('per_address_a_day', models.PositiveIntegerField(default=20, verbose_name='par adresse et par jour')),
                ('per_network_an_hour', models.PositiveIntegerField(default=300, help_text='Un réseau peut être une mairie, un lycée, ou une antenne de téléphonie\u202f: des milliers de gens.', verbose_name='par réseau et par heure')),
                ('per_initiative_a_minute', models.PositiveIntegerField(default=6000, verbose_name='par initiative et par minute')),
                ('without_proof_an_hour', models.PositiveIntegerField(default=10, help_text='Pour qui attend parce que son navigateur n’exécute pas JavaScript, quand la preuve est demandée.', verbose_name='par réseau et par heure, sans preuve de calcul')),
                ('proof', models.CharField(choices=[('never', 'jamais'), ('auto', 'quand une initiative reçoit trop de demandes'), ('always', 'toujours')], default='auto', max_length=10, verbose_name='preuve de calcul')),
                ('proof_from_a_minute', models.PositiveIntegerField(default=600, verbose_name='demandée à partir de, par initiative et par minute')),
                ('messages_per_address_a_day', models.PositiveIntegerField(default=6, help_text='Pour que personne ne remplisse la boîte d’un autre.', verbose_name='messages par adresse et par jour')),
            ],
            options={
                'verbose_name': 'limites des soutiens',
                'verbose_name_plural': 'limites des soutiens',
            },
        ),
        migrations.CreateModel(
            name='SupportReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('remove', 'écarter des soutiens comptés'), ('accept', 'compter des soutiens suspects')], max_length=10, verbose_name='acte')),
                ('domain', models.CharField(blank=True, max_length=253, verbose_name='domaine')),
                ('network', models.BinaryField(blank=True, max_length=16, null=True)),
                ('suspicion', models.CharField(blank=True, choices=[('address', 'trop de soutiens à la même adresse'), ('network', 'trop de soutiens du même réseau'), ('initiative', 'trop de soutiens à la fois'), ('waited', 'trop de soutiens sans preuve de calcul'), ('suspended', 'compte suspendu'), ('review', 'retiré par l’équipe')], max_length=10, verbose_name='soupçon')),
                ('only_disposable', models.BooleanField(default=False, verbose_name='adresses jetables seulement')),
                ('since', models.DateTimeField(blank=True, null=True, verbose_name='depuis')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='jusqu’à')),
                ('reason', models.CharField(max_length=200, verbose_name='raison, lue par tous')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='nombre')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='annulée le')),
            ],
            options={
                'verbose_name': 'examen de soutiens',
                'verbose_name_plural': 'examens de soutiens',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SupportTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.IntegerField(default=0)),
            ],
        ),
        migrations.AlterModelOptions(
            name='support',
            options={'permissions': [('review_supports', 'peut examiner les soutiens et en écarter')], 'verbose_name': 'soutien', 'verbose_name_plural': 'soutiens'},
        ),
        migrations.RemoveConstraint(
            model_name='support',
            name='one_support_each',
        ),
        migrations.RemoveConstraint(
            model_name='supportdelta',
            name='delta_changes_something',
        ),
        migrations.RemoveIndex(
            model_name='support',
            name='support_place',
        ),
        migrations.RemoveIndex(
            model_name='support',
            name='support_member',
        ),
        migrations.AddField(
            model_name='initiative',
            name='supports_counted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='dernier compte'),
        ),
        migrations.AddField(
            model_name='initiative',
            name='suspect_count',
            field=models.IntegerField(default=0, verbose_name='soutiens suspects'),
        ),
        migrations.AddField(
            model_name='support',
            name='address_key',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='support',
            name='confirmed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='confirmation'),
        ),
        migrations.AddField(
            model_name='support',
            name='consent_version',
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name='support',
            name='domain',
            field=models.CharField(blank=True, max_length=253, verbose_name='domaine de l’adresse'),
        ),
        migrations.AddField(
            model_name='support',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='adresse e-mail'),
        ),
        migrations.AddField(
            model_name='support',
            name='first_name',
            field=models.CharField(blank=True, max_length=60, verbose_name='prénom'),
        ),
        migrations.AddField(
            model_name='support',
            name='is_disposable',
            field=models.BooleanField(default=False, verbose_name='adresse jetable'),
        ),
        migrations.AddField(
            model_name='support',
            name='network',
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name='support',
            name='place_rank',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='support',
            name='rank',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='support',
            name='reminded_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='rappel envoyé'),
        ),
        migrations.AddField(
            model_name='support',
            name='state',
            field=models.CharField(choices=[('pending', 'à confirmer'), ('confirmed', 'confirmé'), ('suspect', 'suspect')], default='confirmed', max_length=10, verbose_name='état'),
        ),
        migrations.AddField(
            model_name='support',
            name='suspicion',
            field=models.CharField(blank=True, choices=[('address', 'trop de soutiens à la même adresse'), ('network', 'trop de soutiens du même réseau'), ('initiative', 'trop de soutiens à la fois'), ('waited', 'trop de soutiens sans preuve de calcul'), ('suspended', 'compte suspendu'), ('review', 'retiré par l’équipe')], max_length=10, verbose_name='soupçon'),
        ),
        migrations.AddField(
            model_name='support',
            name='written_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='lien envoyé'),
        ),
        migrations.AddField(
            model_name='supportdelta',
            name='commune',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='territories.commune'),
        ),
        migrations.AddField(
            model_name='supportdelta',
            name='confirmed',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='supportdelta',
            name='suspect',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='support',
            name='commune',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='territories.commune'),
        ),
        migrations.AlterField(
            model_name='support',
            name='initiative',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='supports', to='initiatives.initiative'),
        ),
        migrations.AlterField(
            model_name='support',
            name='member',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='supports', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='supportdelta',
            name='initiative',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='initiatives.initiative'),
        ),
        migrations.AddConstraint(
            model_name='supportlimits',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='one_row_of_limits'),
        ),
        migrations.AddField(
            model_name='supportreview',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par'),
        ),
        migrations.AddField(
            model_name='supportreview',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='support_reviews', to='initiatives.initiative'),
        ),
        migrations.AddField(
            model_name='supportreview',
            name='undone_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='annulée par'),
        ),
        migrations.AddField(
            model_name='support',
            name='review',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='initiatives.supportreview'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=models.Index(fields=['initiative', '-created_at'], name='support_newest'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=models.Index(condition=models.Q(('member__isnull', False)), fields=['member', '-created_at'], name='support_of_member'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['address_key'], name='support_of_address'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['created_at'], name='support_waiting'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=models.Index(condition=models.Q(('state', 'pending'), ('written_at', None)), fields=['id'], name='support_to_write_to'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=models.Index(condition=models.Q(('review__isnull', False)), fields=['review'], name='support_reviewed'),
        ),
        migrations.AddIndex(
            model_name='support',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['created_at'], name='support_dates'),
        ),
        migrations.AddConstraint(
            model_name='support',
            constraint=models.UniqueConstraint(condition=models.Q(('member__isnull', False)), fields=('initiative', 'member'), name='one_support_each'),
        ),
        migrations.AddField(
            model_name='supporttally',
            name='commune',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='territories.commune'),
        ),
        migrations.AddField(
            model_name='supporttally',
            name='department',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='territories.department'),
        ),
        migrations.AddField(
            model_name='supporttally',
            name='initiative',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='initiatives.initiative'),
        ),
        migrations.AddConstraint(
            model_name='supportreview',
            constraint=models.CheckConstraint(condition=models.Q(('since', None), ('until', None), ('until__gte', models.F('since')), _connector='OR'), name='review_window_in_order'),
        ),
        migrations.AddConstraint(
            model_name='supportreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('domain', ''), _negated=True), ('network__isnull', False), models.Q(('suspicion', ''), _negated=True), ('only_disposable', True), ('since__isnull', False), ('until__isnull', False), _connector='OR'), name='review_has_a_condition'),
        ),
        migrations.AddIndex(
            model_name='supporttally',
            index=models.Index(condition=models.Q(('commune', None)), fields=['initiative', '-count'], name='tally_departments'),
        ),
        migrations.AddConstraint(
            model_name='supporttally',
            constraint=models.UniqueConstraint(fields=('initiative', 'commune', 'department'), name='one_tally_each', nulls_distinct=False),
        ),
    ]
