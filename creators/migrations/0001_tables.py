"""Creators and what they make."""

import django.db.models.deletion
import functools
import marketplace.kit.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # A database that went through these has all of it already.
    replaces = [
        ('creators', '0001_initial'),
        ('creators', '0002_partnership_history'),
        ('creators', '0003_follows'),
        ('creators', '0004_video_posts'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_tables'),
        ('accounts', '__first__'),
        ('sellers', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Collaboration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('collab',), **{}), editable=False, max_length=24, unique=True)),
                ('rate_bps', models.PositiveIntegerField()),
                ('funded_by', models.CharField(choices=[('seller', 'Seller'), ('platform', 'Platform')], max_length=10)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collaborations', to='sellers.shop')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('funded_by__in', ['seller', 'platform'])), name='collaboration_funded_by'), models.CheckConstraint(condition=models.Q(('rate_bps__gt', 0), ('rate_bps__lte', 8000)), name='collaboration_rate'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='collaboration_dates_ordered')],
            },
        ),
        migrations.CreateModel(
            name='Creator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('cre',), **{}), editable=False, max_length=24, unique=True)),
                ('handle', models.CharField(max_length=30, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('bio', models.TextField(blank=True, max_length=400)),
                ('country', models.CharField(max_length=2)),
                ('portrait', models.JSONField(blank=True, default=list)),
                ('is_payable', models.BooleanField(default=False)),
                ('joined_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='creator', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='creator_name')],
            },
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('col',), **{}), editable=False, max_length=24, unique=True)),
                ('title', models.CharField(max_length=80)),
                ('slug', models.SlugField(max_length=80)),
                ('about', models.TextField(blank=True, max_length=600)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_published', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('creator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='collections', to='creators.creator')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('creator', 'slug'), name='collection_slug_once'), models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='collection_title')],
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=20, unique=True)),
                ('creator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='code', to='creators.creator')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('word__regex', '^[A-Z0-9]{3,20}$')), name='code_form')],
            },
        ),
        migrations.CreateModel(
            name='ClickCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_type', models.CharField(max_length=12)),
                ('source_id', models.CharField(max_length=24)),
                ('day', models.DateField()),
                ('clicks', models.PositiveIntegerField(default=0)),
                ('creator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='click_counts', to='creators.creator')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source_type', 'source_id', 'day'), name='click_count_once')],
            },
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('followed_at', models.DateTimeField()),
                ('handle', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followers', to='accounts.handle')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follows', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-followed_at'], name='follow_of_user')],
                'constraints': [models.UniqueConstraint(fields=('user', 'handle'), name='follow_once')],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=40, unique=True)),
                ('creator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='link', to='creators.creator')),
            ],
        ),
        migrations.CreateModel(
            name='Partnership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('part',), **{}), editable=False, max_length=24, unique=True)),
                ('joined_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('collaboration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partnerships', to='creators.collaboration')),
                ('creator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partnerships', to='creators.creator')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('collaboration', 'creator'), name='partnership_one_running'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('joined_at')), _connector='OR'), name='partnership_dates_ordered')],
            },
        ),
        migrations.CreateModel(
            name='Pick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=200)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('collection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picks', to='creators.collection')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picks', to='sellers.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('collection', 'product'), name='pick_once')],
            },
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('post',), **{}), editable=False, max_length=24, unique=True)),
                ('slug', models.SlugField(max_length=80)),
                ('caption', models.TextField(blank=True, max_length=2200)),
                ('alt', models.CharField(max_length=200)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('renditions', models.JSONField()),
                ('video_path', models.CharField(blank=True, max_length=200)),
                ('video_type', models.CharField(blank=True, choices=[('video/mp4', 'MP4'), ('video/webm', 'WebM')], max_length=10)),
                ('video_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('captions_path', models.CharField(blank=True, max_length=200)),
                ('captions_language', models.CharField(blank=True, max_length=10)),
                ('published_at', models.DateTimeField()),
                ('creator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='creators.creator')),
            ],
            options={
                'indexes': [models.Index(fields=['creator', '-published_at'], name='creators_po_creator_267a5c_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('video_ms', None), ('video_path', ''), ('video_type', '')), models.Q(models.Q(('video_path', ''), _negated=True), models.Q(('video_type', ''), _negated=True)), _connector='OR'), name='post_video_whole'), models.CheckConstraint(condition=models.Q(models.Q(('captions_language', ''), ('captions_path', '')), models.Q(models.Q(('captions_path', ''), _negated=True), models.Q(('captions_language', ''), _negated=True), models.Q(('video_path', ''), _negated=True)), _connector='OR'), name='post_captions_whole')],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('x', models.PositiveSmallIntegerField()),
                ('y', models.PositiveSmallIntegerField()),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='creators.post')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='sellers.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('post', 'number'), name='tag_number_once'), models.UniqueConstraint(fields=('post', 'product'), name='tag_once'), models.CheckConstraint(condition=models.Q(('x__lte', 1000), ('y__lte', 1000)), name='tag_on_the_picture')],
            },
        ),
    ]
