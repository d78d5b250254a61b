from django.urls import path

from payouts.views import earnings

app_name = "payouts"
urlpatterns = [
    path("sell/<slug:shop>/earnings", earnings.seller_earnings, name="seller-earnings"),
    path("create/earnings", earnings.earnings, name="earnings"),
    path("create/earnings/<slug:accrual>", earnings.earning, name="earning"),
    path("create/payouts", earnings.creator_payouts, name="creator-payouts"),
    path("payouts/<slug:reference>", earnings.onboarding_page, name="onboarding"),
    path(
        "payouts/<slug:reference>/start",
        earnings.onboarding_start,
        name="onboarding-start",
    ),
    path(
        "payouts/<slug:reference>/back",
        earnings.onboarding_return,
        name="onboarding-return",
    ),
]
