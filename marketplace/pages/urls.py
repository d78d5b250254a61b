from django.urls import path

from marketplace.pages import views

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("legal/<slug:name>", views.legal, name="legal"),
    path("styleguide", views.styleguide, name="styleguide"),
]
