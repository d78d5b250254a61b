"""Shops and what they sell."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.text
import functools
import marketplace.kit.ids
from django.conf import settings
from django.db import migrations, models
from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):

    # A database that went through these has all of it already.
    replaces = [
        ('sellers', '0001_initial'),
        ('sellers', '0002_append_only'),
        ('sellers', '0003_price_changes'),
        ('sellers', '0004_first_prices'),
        ('sellers', '0005_search'),
        ('sellers', '0006_folded_words'),
        ('sellers', '0007_questions'),
        ('sellers', '0008_product_needs_full_page'),
        ('sellers', '0009_stock_alerts'),
        ('sellers', '0010_variant_facets'),
        ('sellers', '0011_product_withdrawal_exception'),
    ]

    initial = True

    dependencies = [
        ('kit', '0001_tables'),
        ('accounts', '__first__'),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.CreateModel(
            name='SearchMiss',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('words', models.CharField(max_length=80)),
                ('number', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'search misses',
                'constraints': [models.UniqueConstraint(fields=('day', 'words'), name='search_miss_once')],
            },
        ),
        migrations.CreateModel(
            name='Shop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('shop',), **{}), editable=False, max_length=24, unique=True)),
                ('handle', models.CharField(max_length=30, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('about', models.TextField(blank=True, max_length=1000)),
                ('kind', models.CharField(choices=[('private', 'Private'), ('business', 'Business')], max_length=10)),
                ('country', models.CharField(max_length=2)),
                ('currency', models.CharField(max_length=3)),
                ('contact_email', models.EmailField(max_length=254)),
                ('legal_name', models.CharField(blank=True, max_length=160)),
                ('legal_address', models.TextField(blank=True, max_length=400)),
                ('registration_number', models.CharField(blank=True, max_length=40)),
                ('return_days', models.PositiveSmallIntegerField(default=14)),
                ('is_open', models.BooleanField(default=True)),
                ('is_payable', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField()),
                ('folded_name', models.TextField(default=' ', editable=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['private', 'business'])), name='shop_kind'), models.CheckConstraint(condition=models.Q(('return_days__gte', 14)), name='shop_return_days')],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('prod',), **{}), editable=False, max_length=24, unique=True)),
                ('title', models.CharField(max_length=150)),
                ('slug', models.SlugField(max_length=80)),
                ('description', models.TextField(blank=True, max_length=5000)),
                ('category', models.CharField(choices=[('home', 'Home'), ('kitchen', 'Kitchen and table'), ('lighting', 'Lighting'), ('clothing', 'Clothing'), ('accessories', 'Accessories'), ('beauty', 'Beauty'), ('tech', 'Tech'), ('other', 'Other')], max_length=20)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('live', 'Live'), ('hidden', 'Hidden'), ('blocked', 'Blocked')], default='draft', max_length=10)),
                ('option_names', models.JSONField(blank=True, default=list)),
                ('needs_full_page', models.BooleanField(default=False)),
                ('withdrawal_exception', models.CharField(blank=True, choices=[('custom_made', "Made to the buyer's own measure or wish"), ('perishable', 'Spoils or expires quickly'), ('sealed_hygiene', 'Sealed for health or hygiene'), ('sealed_recording', 'Sealed recording or software')], default='', max_length=20)),
                ('listed_at', models.DateTimeField()),
                ('folded_title', models.TextField(default=' ', editable=False)),
                ('folded_text', models.TextField(default=' ', editable=False)),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='products', to='sellers.shop')),
            ],
            options={
                'indexes': [models.Index(fields=['shop', 'status', '-listed_at'], name='sellers_pro_shop_id_d1029a_idx'), models.Index(fields=['status', '-listed_at', '-id'], name='product_newest'), models.Index(fields=['status', 'category', '-listed_at', '-id'], name='product_newest_in'), django.contrib.postgres.indexes.GinIndex(fields=['folded_text'], name='product_trgm', opclasses=['gin_trgm_ops'])],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'live', 'hidden', 'blocked'])), name='product_status'), models.CheckConstraint(condition=models.Q(('category__in', ['home', 'kitchen', 'lighting', 'clothing', 'accessories', 'beauty', 'tech', 'other'])), name='product_category'), models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='product_title'), models.CheckConstraint(condition=models.Q(('withdrawal_exception__in', ['', 'custom_made', 'perishable', 'sealed_hygiene', 'sealed_recording'])), name='product_withdrawal_exception')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('staff', 'Staff')], max_length=10)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='sellers.shop')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('shop', 'user'), name='membership_once'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'staff'])), name='membership_role')],
            },
        ),
        migrations.CreateModel(
            name='DeliveryProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('countries', models.JSONField(help_text='["SE", "NL"]')),
                ('price_amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('days_min', models.PositiveSmallIntegerField()),
                ('days_max', models.PositiveSmallIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delivery_profiles', to='sellers.shop')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('days_min__lte', models.F('days_max'))), name='delivery_days_ordered')],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('var',), **{}), editable=False, max_length=24, unique=True)),
                ('options', models.JSONField(blank=True, default=dict)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('price_amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('on_hand', models.PositiveIntegerField(default=0)),
                ('reserved', models.PositiveIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('was_amount', models.PositiveBigIntegerField(null=True)),
                ('reduced_at', models.DateTimeField(null=True)),
                ('offered_at', models.DateTimeField(null=True)),
                ('facets', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, editable=False, size=None)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='variants', to='sellers.product')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('reduced_at__isnull', False)), fields=['reduced_at'], name='variant_reduced'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('is_active', True)), fields=['facets'], name='variant_facets')],
                'constraints': [models.CheckConstraint(condition=models.Q(('price_amount__gt', 0)), name='variant_price_positive'), models.CheckConstraint(condition=models.Q(('on_hand__gte', 0), ('reserved__gte', 0), ('reserved__lte', models.F('on_hand'))), name='variant_stock_sane'), models.UniqueConstraint(fields=('product', 'options'), name='variant_options_once'), models.CheckConstraint(condition=models.Q(models.Q(('reduced_at', None), ('was_amount', None)), models.Q(('reduced_at__isnull', False), ('was_amount__gt', models.F('price_amount')), ('was_amount__isnull', False)), _connector='OR'), name='variant_was_more')],
            },
        ),
        migrations.CreateModel(
            name='StockMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('received', 'Received'), ('correction', 'Correction'), ('sale', 'Sale'), ('return', 'Return')], max_length=12)),
                ('delta', models.IntegerField()),
                ('reference', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField()),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stock_moves', to='sellers.variant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['received', 'correction', 'sale', 'return'])), name='stock_move_kind'), models.CheckConstraint(condition=models.Q(('delta', 0), _negated=True), name='stock_move_moves'), models.UniqueConstraint(condition=models.Q(('kind__in', ['sale', 'return'])), fields=('kind', 'reference'), name='stock_move_once')],
            },
        ),
        migrations.CreateModel(
            name='StockAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('language', models.CharField(max_length=5)),
                ('asked_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stock_alerts', to='sellers.variant')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('sent_at', None)), fields=['variant', 'asked_at', 'id'], name='stock_alert_waiting'), models.Index(fields=['variant', 'sent_at'], name='stock_alert_told'), models.Index(django.db.models.functions.text.Lower('email'), name='stock_alert_of')],
                'constraints': [models.UniqueConstraint(models.F('variant'), django.db.models.functions.text.Lower('email'), condition=models.Q(('sent_at', None)), name='stock_alert_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('active', 'Active'), ('consumed', 'Consumed'), ('released', 'Released')], default='active', max_length=10)),
                ('reference', models.CharField(max_length=40, unique=True)),
                ('order_reference', models.CharField(max_length=40)),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='sellers.variant')),
            ],
            options={
                'indexes': [models.Index(fields=['order_reference'], name='sellers_res_order_r_bee955_idx'), models.Index(condition=models.Q(('status', 'active')), fields=['expires_at'], name='reservation_expiring')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['active', 'consumed', 'released'])), name='reservation_status'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='reservation_quantity_positive'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'active')), models.Q(models.Q(('status', 'active'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='reservation_ended')],
            },
        ),
        migrations.CreateModel(
            name='PriceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price_amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('at', models.DateTimeField()),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_changes', to='sellers.variant')),
            ],
            options={
                'indexes': [models.Index(fields=['variant', '-at', '-id'], name='sellers_pri_variant_ffc913_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('price_amount__gt', 0)), name='price_change_positive')],
            },
        ),
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('alt', models.CharField(blank=True, max_length=200)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('renditions', models.JSONField()),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='photos', to='sellers.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('product', 'position'), name='photo_position_once')],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('qst',), **{}), editable=False, max_length=24, unique=True)),
                ('text', models.TextField(max_length=500)),
                ('language', models.CharField(max_length=5)),
                ('asked_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True, max_length=2000)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('answered', 'Answered'), ('hidden', 'Hidden')], default='waiting', max_length=10)),
                ('hidden_by', models.CharField(blank=True, choices=[('shop', 'Shop'), ('staff', 'Staff')], max_length=5)),
                ('hidden_reason', models.CharField(blank=True, max_length=300)),
                ('asker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='questions', to=settings.AUTH_USER_MODEL)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='sellers.product')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='sellers.shop')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'answered')), fields=['product', '-answered_at', '-id'], name='question_of_product'), models.Index(fields=['shop', 'status', '-id'], name='question_of_shop')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'answered', 'hidden'])), name='question_status'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='question_text'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None)), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='question_answer_when'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'answered'), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='question_answered_has_answer'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'waiting'), _negated=True), ('answer', ''), _connector='OR'), name='question_waiting_has_none'), models.CheckConstraint(condition=models.Q(models.Q(('hidden_by__in', ['shop', 'staff']), ('status', 'hidden')), models.Q(models.Q(('status', 'hidden'), _negated=True), ('hidden_by', ''), ('hidden_reason', '')), _connector='OR'), name='question_hidden_by_whom')],
            },
        ),
        AppendOnly('sellers_stockmove'),
        AppendOnly('sellers_pricechange'),
    ]
