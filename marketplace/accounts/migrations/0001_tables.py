"""Who signs in."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import functools
import marketplace.kit.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # A database that went through these has all of it already.
    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_user_language_and_country'),
        ('accounts', '0003_privacy_requests'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('language', models.CharField(blank=True, default='', max_length=5)),
                ('country', models.CharField(blank=True, default='', max_length=2)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique'), models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('email__startswith', 'erased-'), ('is_active', False), ('name', '')), _connector='OR'), name='user_erased_holds_nobody')],
            },
        ),
        migrations.CreateModel(
            name='Handle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('handle', models.CharField(max_length=30, unique=True)),
                ('kind', models.CharField(choices=[('shop', 'Shop'), ('creator', 'Creator')], max_length=10)),
                ('reference', models.CharField(max_length=24, unique=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['shop', 'creator'])), name='handle_kind'), models.CheckConstraint(condition=models.Q(('handle__regex', '^[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]$')), name='handle_form')],
            },
        ),
        migrations.CreateModel(
            name='PrivacyRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('priv',), **{}), editable=False, max_length=24, unique=True)),
                ('kind', models.CharField(choices=[('export', 'Export'), ('erase', 'Erase')], max_length=10)),
                ('status', models.CharField(choices=[('requested', 'Requested'), ('ready', 'Ready'), ('expired', 'Expired'), ('taken_back', 'Taken Back'), ('done', 'Done')], default='requested', max_length=12)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('consent_subject', models.CharField(blank=True, max_length=24)),
                ('held_by', models.JSONField(blank=True, default=list)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('language', models.CharField(max_length=8)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='privacy_requests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ['requested', 'ready'])), fields=['due_at'], name='privacy_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['export', 'erase'])), name='privacy_kind'), models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'ready', 'expired', 'taken_back', 'done'])), name='privacy_status'), models.UniqueConstraint(condition=models.Q(('status', 'requested')), fields=('user', 'kind'), name='privacy_one_open'), models.CheckConstraint(condition=models.Q(('kind', 'export'), ('due_at__isnull', False), _connector='OR'), name='privacy_erase_has_a_day')],
            },
        ),
        migrations.CreateModel(
            name='PrivacyFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.BinaryField()),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file', to='accounts.privacyrequest')),
            ],
        ),
    ]
