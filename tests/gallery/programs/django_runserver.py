"""Django's development server, with a view and a form, asked by requests."""

import sys

import django
import django.conf
import django.core.management
import django.http
import django.urls
import requests

PACKAGE = "django"


def hello(request, name):
    return django.http.JsonResponse({"name": name, "posted": request.POST.get("text", "")[:5]})


urlpatterns = [django.urls.path("hello/<name>/", hello)]


def serve():
    django.conf.settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None)
    django.setup()
    sys.argv = ["manage.py", "runserver"]
    django.core.management.call_command(
        "runserver", "0.0.0.0:4043", use_reloader=False, skip_checks=True, verbosity=0
    )


def ask(server):
    with requests.Session() as session:
        page = f"http://{server}:4043/hello/you/"
        return session.get(page).json(), session.post(page, data={"text": "x" * 20_000}).json()
