from django.db import migrations

from marketplace.kit.append_only import AppendOnly

# What a variant costs now is the first price that is known of it.
FIRST = """
INSERT INTO sellers_pricechange (variant_id, price_amount, currency, at)
SELECT variant.id, variant.price_amount, variant.currency, product.listed_at
FROM sellers_variant variant
JOIN sellers_product product ON product.id = variant.product_id
ORDER BY variant.id
"""
OFFERED = """
UPDATE sellers_variant variant SET offered_at = product.listed_at
FROM sellers_product product
WHERE product.id = variant.product_id AND product.status <> 'draft'
"""


class Migration(migrations.Migration):
    dependencies = [("sellers", "0003_price_changes"), ("kit", "0002_append_only")]
    operations = [
        AppendOnly("sellers_pricechange"),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        migrations.RunSQL(OFFERED, migrations.RunSQL.noop),
    ]
