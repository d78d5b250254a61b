from django.db import migrations, models

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('kit', '0003_switch'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=24)),
                ('version', models.CharField(max_length=10)),
                ('offered', models.JSONField()),
                ('allowed', models.JSONField()),
                ('language', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['subject'], name='kit_consent_subject_idx')],
            },
        ),
        AppendOnly('kit_consentrecord'),
    ]
