import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('territories', '0003_gated_openings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Referent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='nom affiché')),
                ('role', models.CharField(help_text='« Animatrice pour la Bretagne »', max_length=120, verbose_name='rôle')),
                ('email', models.EmailField(blank=True, help_text='Vide : celle de l’équipe du site.', max_length=254, verbose_name='adresse publique')),
                ('agreed_on', models.DateField(help_text='Le jour où cette personne a accepté que son nom et cette adresse soient publics.', verbose_name='accord du')),
                ('department', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territories.department', verbose_name='département')),
                ('region', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territories.region', verbose_name='région')),
            ],
            options={
                'verbose_name': 'référent',
                'verbose_name_plural': 'référents',
                'ordering': ['region', 'department'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('department__isnull', False), ('region', None)), models.Q(('department', None), ('region__isnull', False)), _connector='OR'), name='a_referent_has_one_place')],
            },
        ),
    ]
