"""Distributions that bring packages under other names than their own."""

from __future__ import annotations

import re

from taskguard.patterns import regex

# The first part of an import name, and the distributions that bring it, where no word of the one is in the other.
BROUGHT_BY = {
    "actstream": ("django-activity-stream",),
    "adminsortable": ("django-admin-sortable",),
    "amqp": ("celery", "kombu"),
    "billiard": ("celery",),
    "bs4": ("beautifulsoup4",),
    "cv2": ("opencv",),
    "dal": ("django-autocomplete-light",),
    "daphne": ("channels",),
    "djcelery": ("django-celery",),
    "easy_thumbnails": ("django-filer", "django-cms"),
    "grpc": ("grpcio",),
    "jwt": ("pyjwt", "simplejwt"),
    "kombu": ("celery",),
    "modelcluster": ("wagtail",),
    "mptt": ("django-filer", "django-cms"),
    "oauth2_provider": ("django-oauth-toolkit",),
    "pil": ("pillow",),
    "rest_framework_docs": ("drfdocs",),
    "rest_framework_nested": ("drf-nested-routers",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "social": ("python-social-auth",),
    "social_django": ("social-auth-app-django",),
    "taggit": ("wagtail",),
    "treebeard": ("wagtail", "django-cms"),
    "vine": ("celery",),
    "ws4redis": ("django-websocket-redis",),
    "yaml": ("pyyaml",),
}
# Words of distributions that say where they belong, and nothing of what they bring.
COMMON = frozenset("app apps app celery client core django drf flask lib py python python3 rest sdk the".split())
NAME = regex(r"(?<![\w.-])[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)+(?![\w-])")
SHORTEST = 3


def brings(text: str, package: str) -> bool:
    """Whether a file of requirements, in small letters, names what may bring a package: its name is in it, or a distribution of several words
    all of which are in the name (`django-celery-email` for `djcelery_email`), or one that is known to."""
    squeezed = re.sub(r"[-_.]", "", package.lower())
    if squeezed in re.sub(r"[-_.]", "", text):
        return True
    if any(one in text for one in BROUGHT_BY.get(package.lower(), ())):
        return True
    return any(_fits(one, squeezed) for one in set(NAME.findall(text)))


def _fits(distribution: str, squeezed: str) -> bool:
    words = [one for one in re.split(r"[-_.]", distribution) if one not in COMMON]
    return bool(words) and all(len(one) >= SHORTEST and one in squeezed for one in words)
