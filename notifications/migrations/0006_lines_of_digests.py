"""What can wait is told once a day: the lines of each member's digest."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0005_due_to_address_by_its_address'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DigestLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='sorte')),
                ('key', models.CharField(max_length=120, verbose_name='clé')),
                ('context', models.JSONField(default=dict, verbose_name='contenu')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='écrite')),
                ('due_at', models.DateTimeField(verbose_name='à envoyer')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='envoyée')),
                ('digest', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='lines', to='notifications.notification', verbose_name='résumé')),
                ('recipient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='digest_lines', to=settings.AUTH_USER_MODEL, verbose_name='destinataire')),
            ],
            options={
                'verbose_name': 'ligne de résumé',
                'verbose_name_plural': 'lignes de résumés',
                'indexes': [models.Index(condition=models.Q(('digest', None)), fields=['recipient', 'due_at'], name='digest_line_waiting'), models.Index(condition=models.Q(('digest__isnull', False)), fields=['digest', '-id'], name='digest_line_of_digest'), models.Index(fields=['recipient'], name='digest_line_recipient')],
                'constraints': [models.UniqueConstraint(fields=('key', 'recipient'), name='line_told_once'), models.CheckConstraint(condition=models.Q(('sent_at', None), ('digest__isnull', False), _connector='OR'), name='line_sent_in_a_digest')],
            },
        ),
    ]
