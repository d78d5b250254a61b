from django.urls import path

from payouts import views

app_name = "payouts"
urlpatterns = [
    path("sell/<slug:shop>/earnings", views.seller_earnings, name="seller-earnings"),
    path("create/earnings", views.earnings, name="earnings"),
    path("create/earnings/<slug:accrual>", views.earning, name="earning"),
    path("create/payouts", views.creator_payouts, name="creator-payouts"),
    path("payouts/<slug:reference>", views.onboarding_page, name="onboarding"),
    path(
        "payouts/<slug:reference>/start",
        views.onboarding_start,
        name="onboarding-start",
    ),
    path(
        "payouts/<slug:reference>/back",
        views.onboarding_return,
        name="onboarding-return",
    ),
]
