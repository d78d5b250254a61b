from django.db import migrations

from sellers.services import indexing

BATCH = 500


def fold_words(apps, schema_editor):
    """Fold what shops, products and variants are called already."""
    Shop = apps.get_model("sellers", "Shop")
    Product = apps.get_model("sellers", "Product")
    Variant = apps.get_model("sellers", "Variant")
    for shop in Shop.objects.iterator(chunk_size=BATCH):
        indexing.index_shop(shop)
        shop.save(update_fields=["folded_name"])
    for variant in Variant.objects.exclude(options={}).iterator(chunk_size=BATCH):
        indexing.index_variant(variant)
        variant.save(update_fields=["facets"])
    for product in Product.objects.select_related("shop").iterator(chunk_size=BATCH):
        indexing.index_product(product)


class Migration(migrations.Migration):
    dependencies = [("sellers", "0005_search")]
    operations = [migrations.RunPython(fold_words, migrations.RunPython.noop)]
