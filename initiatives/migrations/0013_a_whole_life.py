"""An initiative has a team, steps with promises, a secret link before it is public, and a public account."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('initiatives', '0012_limit_messages_of_a_network'),
        ('territories', '0001_the_french_territory'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CoOrganiser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='arrivée')),
            ],
            options={
                'verbose_name': 'co-organisateur',
                'verbose_name_plural': 'co-organisateurs',
                'ordering': ['joined_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse e-mail')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                ('ends_at', models.DateTimeField(verbose_name='fin')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='réponse')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
            },
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('threshold', models.PositiveIntegerField(verbose_name='soutiens')),
                ('promise', models.CharField(blank=True, max_length=300, verbose_name='promesse')),
                ('days', models.PositiveSmallIntegerField(default=0, verbose_name='délai, en jours')),
                ('reached_at', models.DateTimeField(blank=True, null=True, verbose_name='atteint')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='à tenir avant')),
                ('answer', models.TextField(blank=True, max_length=5000, verbose_name='réponse')),
                ('kept_at', models.DateTimeField(blank=True, null=True, verbose_name='promesse tenue')),
            ],
            options={
                'verbose_name': 'palier',
                'verbose_name_plural': 'paliers',
                'ordering': ['threshold'],
            },
        ),
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, help_text='Vide : toutes les sortes.', max_length=20, verbose_name='sorte d’initiative')),
                ('scale', models.CharField(blank=True, choices=[('commune', 'une commune'), ('department', 'un département'), ('region', 'une région'), ('country', 'la France')], help_text='Vide : toutes.', max_length=12, verbose_name='échelle')),
                ('rank', models.PositiveSmallIntegerField(help_text='1 est le premier.', verbose_name='rang du palier')),
                ('words', models.CharField(help_text='Une phrase entière, au futur : « Nous vous répondrons… »', max_length=300, verbose_name='promesse')),
                ('days', models.PositiveSmallIntegerField(help_text='À partir du jour où il est atteint.', verbose_name='délai, en jours')),
            ],
            options={
                'verbose_name': 'promesse',
                'verbose_name_plural': 'promesses',
                'ordering': ['rank', 'kind', 'scale'],
            },
        ),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('opened', 'ouverte'), ('launched', 'lancée auprès de premiers soutiens'), ('submitted', 'réunit ses premiers soutiens'), ('published', 'publiée'), ('step', 'palier atteint'), ('answered', 'promesse tenue'), ('edited', 'texte modifié'), ('update', 'nouvelle'), ('action', 'action menée'), ('event', 'événement'), ('joined', 'quelqu’un rejoint l’équipe'), ('handed_over', 'transmise'), ('frozen', 'sans personne pour la porter'), ('adopted', 'reprise'), ('merged', 'réunie à une autre'), ('absorbed', 'une autre lui est réunie'), ('withheld', 'retirée par un modérateur'), ('restored', 'rétablie par un modérateur'), ('supports_removed', 'soutiens écartés'), ('succeeded', 'aboutie'), ('closed', 'close'), ('archived', 'archivée'), ('woken', 'reprend')], max_length=20, verbose_name='quoi')),
                ('happened_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='quand')),
                ('details', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'verbose_name': 'fait',
                'verbose_name_plural': 'histoire',
                'ordering': ['-happened_at', '-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='initiative',
            name='public_states_have_a_date',
        ),
        migrations.AddField(
            model_name='initiative',
            name='active_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='dernière activité'),
        ),
        migrations.AddField(
            model_name='initiative',
            name='asked_if_asleep',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='initiative',
            name='frozen_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='sans personne depuis'),
        ),
        migrations.AddField(
            model_name='initiative',
            name='launched_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='lancement'),
        ),
        migrations.AddField(
            model_name='initiative',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='initiatives.initiative', verbose_name='réunie à'),
        ),
        migrations.AddField(
            model_name='initiative',
            name='next_step',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='initiative',
            name='nursery_key',
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='initiative',
            name='steps',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), blank=True, default=list, editable=False, size=None),
        ),
        migrations.AddIndex(
            model_name='initiative',
            index=models.Index(condition=models.Q(('support_count__gte', models.F('next_step'))), fields=['id'], name='initiative_step_reached'),
        ),
        migrations.AddIndex(
            model_name='initiative',
            index=models.Index(condition=models.Q(('state', 'preparing')), fields=['launched_at'], name='initiative_preparing'),
        ),
        migrations.AddIndex(
            model_name='initiative',
            index=models.Index(condition=models.Q(('state', 'published'), ('withheld_at', None)), fields=['active_at'], name='initiative_asleep'),
        ),
        migrations.AddConstraint(
            model_name='initiative',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', False), ('state__in', ['published', 'succeeded', 'closed'])), models.Q(('published_at', None), ('state__in', ['draft', 'preparing', 'submitted'])), ('state', 'archived'), _connector='OR'), name='public_states_have_a_date'),
        ),
        migrations.AddConstraint(
            model_name='initiative',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', None), ('state', 'archived'), _connector='OR'), name='a_merged_initiative_is_archived'),
        ),
        migrations.AddField(
            model_name='coorganiser',
            name='initiative',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='co_organisers', to='initiatives.initiative'),
        ),
        migrations.AddField(
            model_name='coorganiser',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='carried', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invitation',
            name='accepted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invitation',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invitation',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='initiatives.initiative'),
        ),
        migrations.AddField(
            model_name='milestone',
            name='initiative',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='initiatives.initiative'),
        ),
        migrations.AddConstraint(
            model_name='promise',
            constraint=models.UniqueConstraint(fields=('rank', 'kind', 'scale'), name='one_promise_for_a_step'),
        ),
        migrations.AddConstraint(
            model_name='promise',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1), ('rank__gte', 1)), name='a_promise_has_a_step_and_days'),
        ),
        migrations.AddField(
            model_name='timelineentry',
            name='initiative',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='timeline', to='initiatives.initiative'),
        ),
        migrations.AddConstraint(
            model_name='coorganiser',
            constraint=models.UniqueConstraint(fields=('initiative', 'member'), name='co_organiser_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_by', None), ('answered_at__isnull', False), _connector='OR'), name='an_accepted_invitation_is_answered'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('answered_at', None), ('email', ''), _connector='OR'), name='an_answered_invitation_holds_no_address'),
        ),
        migrations.AddIndex(
            model_name='milestone',
            index=models.Index(condition=models.Q(('kept_at', None), ('reached_at__isnull', False)), fields=['due_at'], name='milestone_due'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.UniqueConstraint(fields=('initiative', 'threshold'), name='one_milestone_for_a_number'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(('reached_at__isnull', False), models.Q(('due_at', None), ('kept_at', None)), _connector='OR'), name='kept_once_reached'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(('due_at', None), ('due_at__gte', models.F('reached_at')), _connector='OR'), name='due_after_reached'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(('kept_at', None), models.Q(('answer', ''), _negated=True), _connector='OR'), name='a_kept_promise_has_an_answer'),
        ),
        migrations.AddIndex(
            model_name='timelineentry',
            index=models.Index(fields=['initiative', '-happened_at', '-id'], name='timeline_of_initiative'),
        ),
    ]
