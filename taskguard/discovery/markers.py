"""The files that are no Python and say how the project's Python is started: settings, packaging, deployment, what is written about them; and baselines."""

from __future__ import annotations

# What a team has agreed to work off.
BASELINE = "taskguard-baseline.json"
SETTINGS = frozenset((".taskguard.toml", "taskguard.toml", "pyproject.toml"))
# "Imports count from this folder", or from one that the file names.
ROOTS = SETTINGS | frozenset(("manage.py", "setup.py", "setup.cfg"))
NAMES = ROOTS | frozenset(
    (BASELINE, ".env", ".gitlab-ci.yml", "Dockerfile", "Makefile", "Procfile", "package.json", "pytest.ini", "tox.ini")
)
# Scripts for a machine on a desk, beside what the machines that serve run.
WINDOWS = (".bat", ".cmd", ".ps1")
ENDINGS = (".env", ".service", ".sh", *WINDOWS, ".dockerfile", ".Dockerfile")
STARTS = (
    "Dockerfile",
    ".env",
    "Procfile",
    "supervisor",
    "celery",
    "worker",
    "beat",
    "entrypoint",
    "docker-entrypoint",
    "start",
    "render.y",
    "fly.",
    "heroku.y",
    "railway",
    "nixpacks",
    "justfile",
    "Justfile",
)
# Words in the name of a configuration file that starts something.
WITHIN = ("compose", "celery", "worker", "deploy", "supervisor", "values", "k8s")
CONFIGURED = (".conf", ".ini", ".yml", ".yaml", ".cfg", ".toml")
OTHER = (".py", ".pyi", ".pyc", ".md", ".rst", ".txt", ".html", ".js", ".ts", ".css", ".json", ".svg", ".png", ".po")


# Programs of supervisord are files of any name: `supervisor/conf.d/mails.conf`.
PROGRAMS = (".conf", ".ini")
BESIDE = ("supervis", "celery", "worker")


def is_marker(path: str) -> bool:
    """Whether a file may say where imports begin, how a worker is started, or what is agreed to: by its name, and by those of the folders around it in the project."""
    folder, _, name = path.rpartition("/")
    if name.endswith(PROGRAMS) and any(word in folder for word in BESIDE):
        return True
    if name in NAMES or name.endswith(ENDINGS) or is_of_railway(path):
        return True
    if name.endswith(CONFIGURED):
        return name.startswith(STARTS) or any(word in name for word in WITHIN) or is_note(name)
    return ((name.startswith(STARTS) or ".env." in name) and not name.endswith(OTHER)) or is_note(name)


def is_of_railway(path: str) -> bool:
    """Whether a file tells Railway how to start one service: `railway.json`, `railway.worker.toml`; its `startCommand` counts in place of a Procfile
    (docs.railway.com, "Config as Code")."""
    name = path.rpartition("/")[2]
    return name.startswith("railway") and name.endswith((".json", ".toml"))


# Folders of which each such file tells a cluster what to start.
CLUSTER = frozenset("k8s kube kubernetes helm chart charts kustomize openshift gitops argocd".split())
MANIFESTS = (".yml", ".yaml", ".tpl")


def is_manifest(path: str) -> bool:
    """Whether a file lies where Kubernetes or Helm look for what they start, whatever it is called."""
    folders = (one.lstrip(".") for one in path.lower().split("/")[:-1])
    return path.endswith(MANIFESTS) and any(
        one in CLUSTER or one.startswith(("k8s", "kube-", "helm")) for one in folders
    )


# What is written about a project, and what sets up the machines that it runs on. Read only where a finding hangs on it.
NOTES = (".md", ".rst", ".yml", ".yaml", ".tf", ".j2", ".tpl", ".hcl", "Jenkinsfile")


# Whose jobs GitHub runs. Of the notes these say on which folders the code is run that they test.
WORKFLOWS = ".github/workflows/"


def is_note(name: str) -> bool:
    """Whether a file of this name may mention how workers are started, without being what starts them here."""
    if not name.endswith(NOTES) or name in NAMES:
        return False
    started = name.startswith(STARTS) or any(word in name for word in WITHIN)
    return not (started and name.endswith(CONFIGURED))
