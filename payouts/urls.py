from django.urls import path

from payouts.views import disputes, earnings, refunds, seller_refunds, statements

app_name = "payouts"
urlpatterns = [
    path("o/<str:token>/<slug:part>/cancel", refunds.cancel, name="cancel"),
    path("o/<str:token>/<slug:part>/withdraw", refunds.withdraw, name="withdraw"),
    path("o/<str:token>/<slug:part>/return", refunds.send_back, name="send-back"),
    path(
        "account/orders/<slug:order>/<slug:part>/cancel",
        refunds.cancel,
        name="my-cancel",
    ),
    path(
        "account/orders/<slug:order>/<slug:part>/withdraw",
        refunds.withdraw,
        name="my-withdraw",
    ),
    path(
        "account/orders/<slug:order>/<slug:part>/return",
        refunds.send_back,
        name="my-send-back",
    ),
    path(
        "sell/<slug:shop>/orders/<slug:order>/refund",
        seller_refunds.refund,
        name="seller-refund",
    ),
    path(
        "sell/<slug:shop>/returns/<slug:parcel>",
        seller_refunds.parcel,
        name="seller-return",
    ),
    path("sell/<slug:shop>/earnings", earnings.seller_earnings, name="seller-earnings"),
    path("sell/<slug:shop>/disputes", disputes.disputes, name="seller-disputes"),
    path(
        "sell/<slug:shop>/disputes/<slug:dispute>",
        disputes.dispute,
        name="seller-dispute",
    ),
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
    path(
        "sell/<slug:shop>/statements",
        statements.seller_statements,
        name="seller-statements",
    ),
    path(
        "sell/<slug:shop>/statements/<slug:month>/<slug:currency>",
        statements.seller_statement,
        name="seller-statement",
    ),
    path(
        "sell/<slug:shop>/statements/<slug:month>/<slug:currency>.<slug:form>",
        statements.seller_statement_file,
        name="seller-statement-file",
    ),
    path(
        "sell/<slug:shop>/invoices/<slug:reference>.pdf",
        statements.seller_invoice,
        name="seller-invoice",
    ),
    path(
        "create/statements",
        statements.creator_statements,
        name="creator-statements",
    ),
    path(
        "create/statements/<slug:month>/<slug:currency>",
        statements.creator_statement,
        name="creator-statement",
    ),
    path(
        "create/statements/<slug:month>/<slug:currency>.<slug:form>",
        statements.creator_statement_file,
        name="creator-statement-file",
    ),
]
