"""The tables every other part leans on, and the trigger that keeps rows from being changed."""

import django.utils.timezone
from django.db import migrations, models
from marketplace.kit.append_only import FUNCTION, AppendOnly


class Migration(migrations.Migration):

    # A database that went through these has all of it already.
    replaces = [
        ('kit', '0001_initial'),
        ('kit', '0002_append_only'),
        ('kit', '0003_switch'),
        ('kit', '0004_consentrecord'),
        ('kit', '0005_mails_once_and_refused'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SentMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('claimed_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=40)),
                ('action', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=80)),
                ('reason', models.TextField(blank=True)),
                ('details', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['reference'], name='kit_auditev_referen_507902_idx')],
            },
        ),
        migrations.CreateModel(
            name='ClockOffset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset', models.DurationField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='clock_one_row')],
            },
        ),
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
        migrations.CreateModel(
            name='MailRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_hash', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('address_hash', 'kind'), name='mail_refusal_once')],
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('function', models.CharField(max_length=120)),
                ('arguments', models.JSONField(default=dict)),
                ('run_at', models.DateTimeField(help_text='platform time; null: at once', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('done_at', models.DateTimeField(null=True)),
                ('last_error', models.TextField(blank=True)),
            ],
            options={
                'verbose_name_plural': 'outbox',
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['id'], name='outbox_undone')],
            },
        ),
        migrations.CreateModel(
            name='Switch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('is_on', models.BooleanField()),
                ('reason', models.TextField()),
                ('changed_by', models.CharField(max_length=40)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'switches',
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='switch_has_reason')],
            },
        ),
        migrations.RunSQL(FUNCTION, 'DROP FUNCTION refuse_change();'),
        AppendOnly('kit_auditevent'),
        AppendOnly('kit_consentrecord'),
    ]
