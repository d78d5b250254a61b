"""The cards a signed-in buyer keeps: seen, and removed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock
from marketplace.kit.leading import SeeOther
from orders.models import SavedCard
from orders.services import saved_cards
from orders.views import browser


@never_cache
def cards(request: HttpRequest) -> HttpResponse:
    """List a buyer's saved cards, and remove one."""
    at = clock.now()
    kept = SavedCard.objects.visible_to(request.user)
    if request.method == "POST":
        card = get_object_or_404(kept, public_id=browser.typed(request, "card"))
        saved_cards.remove(card=card, at=at)
        messages.success(request, _("%(card)s is removed.") % {"card": card.label})
        return SeeOther(request.path)
    valid = set(kept.valid(at=at).values_list("pk", flat=True))
    rows = [(card, card.pk in valid) for card in kept.order_by("-saved_at", "-pk")]
    return render(request, "orders/cards.html", {"cards": rows})
