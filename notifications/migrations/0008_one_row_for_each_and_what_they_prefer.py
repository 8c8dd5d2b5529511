"""One table of what happened to whom, whichever way they hear of it; and what each of them wants to hear."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0007_fewer_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MailDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('count', models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='MailSettings',
            fields=[
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='mail_settings', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='membre')),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name='silence à partir de')),
                ('quiet_until', models.TimeField(blank=True, null=True, verbose_name='silence jusqu’à')),
                ('digest', models.CharField(choices=[('auto', 'selon ce qui se passe près de chez moi'), ('daily', 'chaque jour'), ('weekly', 'chaque semaine'), ('monthly', 'chaque mois'), ('never', 'jamais')], db_default='auto', default='auto', max_length=7, verbose_name='résumé')),
            ],
            options={
                'verbose_name': 'réglages des messages',
                'verbose_name_plural': 'réglages des messages',
            },
        ),
        migrations.CreateModel(
            name='Mute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(max_length=80, verbose_name='objet')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='depuis')),
            ],
            options={
                'verbose_name': 'mise en sourdine',
                'verbose_name_plural': 'mises en sourdine',
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='sorte')),
                ('channel', models.CharField(choices=[('mail', 'par e-mail'), ('bell', 'sur le site'), ('push', 'sur mes appareils')], max_length=4, verbose_name='canal')),
                ('choice', models.CharField(choices=[('now', 'tout de suite'), ('digest', 'dans mon résumé'), ('never', 'jamais')], max_length=6, verbose_name='choix')),
            ],
            options={
                'verbose_name': 'préférence',
                'verbose_name_plural': 'préférences',
            },
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='told_once',
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='to_a_member_or_to_an_address',
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_due',
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_due_to_address',
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_recipient',
        ),
        migrations.AddField(
            model_name='notification',
            name='about',
            field=models.CharField(blank=True, db_default='', default='', help_text='Ce dont il s’agit, comme « events.event 12 » : ce qui se groupe, et se met en sourdine.', max_length=80, verbose_name='objet'),
        ),
        migrations.AddField(
            model_name='notification',
            name='by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='de la part de'),
        ),
        migrations.AddField(
            model_name='notification',
            name='counted_on',
            field=models.DateField(blank=True, help_text='Le jour où elle a pris une place parmi les trois.', null=True, verbose_name='comptée le'),
        ),
        migrations.AddField(
            model_name='notification',
            name='digest',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='lines', to='notifications.notification', verbose_name='résumé'),
        ),
        migrations.AddField(
            model_name='notification',
            name='in_bell',
            field=models.BooleanField(db_default=False, default=False, verbose_name='dans la cloche'),
        ),
        migrations.AddField(
            model_name='notification',
            name='mail',
            field=models.CharField(choices=[('now', 'tout de suite'), ('digest', 'dans le prochain résumé'), ('none', 'jamais')], db_default='now', default='now', max_length=6, verbose_name='message'),
        ),
        migrations.AddField(
            model_name='notification',
            name='push_due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='à envoyer aux appareils'),
        ),
        migrations.AddField(
            model_name='notification',
            name='pushed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='envoyée aux appareils'),
        ),
        migrations.AddField(
            model_name='notification',
            name='seen_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='vue dans la cloche'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='address',
            field=models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='adresse sans compte'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='attempts',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='essais'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='created_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='écrite'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='due_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, verbose_name='à envoyer'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='failure',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='dernier échec'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('failed_at', None), ('mail', 'now'), ('sent_at', None)), fields=['due_at', 'id'], name='notification_due'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(models.Q(('address', ''), _negated=True), ('failed_at', None), ('mail', 'now'), ('sent_at', None)), fields=['due_at', 'id'], name='notification_due_to_address'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('recipient__isnull', False)), fields=['recipient', '-id'], name='notification_recipient'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('in_bell', True), models.Q(('about', ''), _negated=True)), fields=['recipient', 'about', '-id'], name='notification_about'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('in_bell', True), ('seen_at', None)), fields=['recipient', 'id'], name='notification_unseen'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('digest', None), ('mail', 'digest')), fields=['recipient', 'due_at'], name='notification_line_waiting'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('digest__isnull', False)), fields=['digest', '-id'], name='notification_digest'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('push_due_at__isnull', False), ('pushed_at', None)), fields=['push_due_at', 'id'], name='notification_push_due'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('by__isnull', False)), fields=['by'], name='notification_by'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('key', 'recipient'), name='told_once'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('recipient__isnull', False)), models.Q(('in_bell', False), ('mail', 'now'), ('push_due_at', None), ('recipient', None), models.Q(('address', ''), _negated=True)), _connector='OR'), name='to_a_member_or_to_an_address'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('mail__in', ['now', 'digest', 'none'])), name='mail_of_a_notification'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('digest', None), ('mail', 'digest'), _connector='OR'), name='only_a_line_is_in_a_digest'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at', None), ('mail', 'now'), models.Q(('digest__isnull', False), ('mail', 'digest')), _connector='OR'), name='a_line_is_sent_in_a_digest'),
        ),
        migrations.AddField(
            model_name='mailday',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='mailsettings',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='quiet_hours_begin_and_end'),
        ),
        migrations.AddField(
            model_name='mute',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to=settings.AUTH_USER_MODEL, verbose_name='membre'),
        ),
        migrations.AddField(
            model_name='preference',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='preferences', to=settings.AUTH_USER_MODEL, verbose_name='membre'),
        ),
        migrations.AddIndex(
            model_name='mailday',
            index=models.Index(fields=['day'], name='mail_day_to_forget'),
        ),
        migrations.AddConstraint(
            model_name='mailday',
            constraint=models.UniqueConstraint(fields=('member', 'day'), name='one_mail_day'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.UniqueConstraint(fields=('member', 'about'), name='one_mute'),
        ),
        migrations.AddConstraint(
            model_name='preference',
            constraint=models.UniqueConstraint(fields=('member', 'kind', 'channel'), name='one_preference'),
        ),
        migrations.AddConstraint(
            model_name='preference',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['mail', 'bell', 'push'])), name='channel_of_a_preference'),
        ),
        migrations.AddConstraint(
            model_name='preference',
            constraint=models.CheckConstraint(condition=models.Q(('choice__in', ['now', 'never']), models.Q(('channel', 'mail'), ('choice', 'digest')), _connector='OR'), name='only_mail_is_gathered'),
        ),
    ]
