from django.urls import path

from apps.journal import views

urlpatterns = [
    path("entries/", views.create_entry, name="create-entry"),
    path("exports/", views.request_export, name="request-export"),
]
