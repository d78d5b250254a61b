from django.urls import path

from marketplace.webhooks import views

app_name = "webhooks"
urlpatterns = [path("<str:endpoint>", views.receive, name="receive")]
