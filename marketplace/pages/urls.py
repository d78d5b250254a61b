"""Three lists: pages for people, under the language prefix (`pages`), what machines ask
for at one address (`site`), and a person's account (`account`).
"""

from django.urls import path, re_path

from marketplace.pages.views import (
    account,
    consent,
    crawling,
    front,
    installing,
    legal,
    mails,
    report,
    sharing,
)

app_name = "pages"
urlpatterns = [
    path("", front.home, name="home"),
    path("legal/<slug:name>", legal.page, name="legal"),
    re_path(r"^@(?P<handle>[A-Za-z0-9._-]+)/legal$", legal.party, name="party-legal"),
    path("consent", consent.page, name="consent"),
    path("report/<slug:type>/<slug:id>", report.page, name="report"),
    path("embed/p/<slug:public_id>", sharing.embed, name="embed"),
    path("offline", installing.offline, name="offline"),
    path("styleguide", front.styleguide, name="styleguide"),
    path("styleguide/mails", mails.all_of_them, name="mails"),
    path("styleguide/mails/<slug:name>", mails.one, name="mail"),
    path("styleguide/mails/<slug:name>/html", mails.html, name="mail-html"),
    path("mails/off/<str:token>", mails.off, name="mail-off"),
]
site_urlpatterns = [
    path("robots.txt", crawling.robots, name="robots"),
    path("sitemap.xml", crawling.sitemap_index, name="sitemap"),
    path(
        "sitemap-<slug:section>.xml", crawling.sitemap_section, name="sitemap-section"
    ),
    path("oembed", sharing.oembed, name="oembed"),
    path("share/<slug:public_id>/<slug:version>.jpg", sharing.card, name="card"),
    path("favicon.ico", installing.favicon, name="favicon"),
    path("manifest.webmanifest", installing.manifest, name="manifest"),
    path("sw.js", installing.service_worker, name="service-worker"),
]
account_urlpatterns = [
    path("account", account.home, name="home"),
    path("account/place", account.place, name="place"),
    path("account/sign-in", account.sign_in, name="sign-in"),
    path("account/privacy", account.privacy_page, name="privacy"),
    path("account/privacy/keep", account.take_back, name="keep"),
    path("account/privacy/<slug:what>", account.confirm, name="confirm"),
    path(
        "account/privacy/exports/<slug:export>",
        account.export_file,
        name="export-file",
    ),
]
