"""Every setting of the site. What an operator decides is read from the environment (docs/production.md lists it)."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from deploy import postgres
from possibles.env import DEVELOPMENT, env, kept_secret, one_of, optional, required

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(optional("VAR_DIR", str(BASE_DIR / "var")))

# --- The operator's site ---

SITE_NAME = optional("SITE_NAME", "Les Créateurs de possibles")
SITE_ACCENT = optional("SITE_ACCENT", "#b4331f")
SITE_OPERATOR = optional("SITE_OPERATOR", SITE_NAME)
SITE_ADDRESS = optional("SITE_ADDRESS", "http://127.0.0.1:8000").rstrip("/")
#: Where the code of this very site is published: the AGPL asks for it of whoever changed it.
SITE_SOURCE = optional("SITE_SOURCE")
CONTACT_EMAIL = optional("CONTACT_EMAIL", "contact@localhost")

# --- Secrets and doors ---

SECRET_KEY = required("SECRET_KEY", in_development=kept_secret(VAR_DIR / "secret_key") if DEVELOPMENT else "")
#: Under it addresses and networks are hashed. Unlike SECRET_KEY it is kept for ever (docs/production.md).
ADDRESS_KEY = required("ADDRESS_KEY", in_development=kept_secret(VAR_DIR / "address_key") if DEVELOPMENT else "")
#: Former ones, under which what is sealed can still be opened.
ADDRESS_KEY_FALLBACKS = env.list("ADDRESS_KEY_FALLBACKS", default=[])
DEBUG = DEVELOPMENT and env.bool("DEBUG", default=False)
ALLOWED_HOSTS = [
    host.strip() for host in required("ALLOWED_HOSTS", in_development="127.0.0.1,localhost,[::1]").split(",")
]
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

#: False only on a developer's machine, and where the production commands are tried without a certificate.
HTTPS = not DEVELOPMENT and env.bool("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_FAILURE_VIEW = "pages.errors.csrf_failure"
#: How many proxies of ours stand before the site: the client's address is read behind them, never further.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"

# --- Apps ---

INSTALLED_APPS = [
    "pages",
    "opendata",
    "figures",
    "search",
    "events",
    "initiatives",
    "moderation",
    "notifications",
    "members",
    "territories",
    "core",
    # Not django.contrib.admin: its autodiscovery imports leaflet.admin, which needs GDAL.
    "possibles.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    # Its templates draw the widgets, ours the rest.
    "django.forms",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "leaflet",
    "taggit",
]

# What a crowd of visitors does passes by them, and keeps the headers that they give (core.shortcuts).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.Compression",
    "django.middleware.http.ConditionalGetMiddleware",
    "core.middleware.public_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.middleware.ContentSecurityPolicy",
    "core.middleware.htmx",
    "members.middleware.presence",
    "members.sessions.remember_session",
    "members.middleware.door",
    "moderation.middleware.Suspension",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "possibles.urls"
WSGI_APPLICATION = "possibles.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    # Ours puts the styles of messages in them.
                    ["core.styled.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.french",
            ],
        },
    }
]

# --- Data ---

#: A page that asks the database for longer is given up; 0 (for workers, commands) never gives up.
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=0)
DATABASES = {
    "default": env.db_url_config(required("DATABASE_URL", in_development=postgres.url() if DEVELOPMENT else ""))
}
DATABASES["default"] |= {
    "ENGINE": "core.postgresql",
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    # A third of PostgreSQL's time per request is parsing and planning: prepare from the first execution.
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})
    | {"server_side_binding": True, "prepare_threshold": 1}
    | ({"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"} if STATEMENT_TIMEOUT_MS else {}),
    "TEST": {
        "NAME": optional("TEST_DATABASE_NAME", "test_possibles"),
        # A database that holds what migrations and `load_territories` write: it is copied, in a second.
        "TEMPLATE": optional("TEST_DATABASE_TEMPLATE"),
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = optional("REDIS_URL")
CACHES = {
    # Limits on sign-in are counted here: it must be shared by all processes.
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "possibles",
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"},
    # What each process may keep for itself for a minute.
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"},
}
#: Megabytes of public pages that each web process keeps in memory; 0 keeps none.
PAGE_CACHE_MB = env.int("PAGE_CACHE_MB", default=0 if DEVELOPMENT else 32)
#: Seconds for which each web process keeps what thousands read at once (core.hot); 0 keeps nothing.
HOT_SECONDS = env.int("HOT_SECONDS", default=0 if DEVELOPMENT else 2)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
#: In a cookie, or in the session when they are long. Kept in the session, they were written and erased with it: a page
#: whose session was renewed or ended meanwhile by another tab was refused, after the act that it confirmed.
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"
MESSAGE_TAGS = {message_levels.ERROR: "refusal", message_levels.SUCCESS: "success"}

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    # Public images, and those that only some may see: nobody but the site reads the second place.
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "media" / "private"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "core.storage.StaticStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEVELOPMENT
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media" / "public"

# --- Jobs ---

CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
#: How many tasks a worker's connection to the database serves. One each, as Celery has it, costs PostgreSQL more than
#: what the tasks of every second do.
CELERY_DB_REUSE_MAX = 1000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 1}
CELERY_TASK_PUBLISH_RETRY = False
#: What a person at the door, or a number that is looked at, waits for: never behind thousands of messages.
#: A worker that is not told which takes from both.
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in ("celery", "urgent")]
CELERY_TASK_ROUTES = {
    name: {"queue": "urgent"}
    for name in (
        "members.tasks.send_code",
        "members.tasks.send_security_notice",
        "members.tasks.tell_address_changes",
        "initiatives.tasks.fold_supports",
        "initiatives.tasks.send_links",
        "events.tasks.send_attend_links",
        "events.tasks.count_map",
    )
}
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BEAT_SCHEDULE = {
    "add-words": {"task": "search.tasks.add_words", "schedule": 10 * 60},
    "look-after-entries": {"task": "search.tasks.look_after_entries", "schedule": crontab(hour=3, minute=40)},
    "fold-supports": {"task": "initiatives.tasks.fold_supports", "schedule": 1.0},
    "send-links": {"task": "initiatives.tasks.send_links", "schedule": 1.0},
    "remind-to-confirm": {"task": "initiatives.tasks.remind_to_confirm", "schedule": 60 * 60},
    "rank-initiatives": {"task": "initiatives.tasks.rank_initiatives", "schedule": 30.0},
    "compose-first-pages": {"task": "initiatives.tasks.compose_first_pages", "schedule": 60.0},
    "reach-steps": {"task": "initiatives.tasks.reach_steps", "schedule": 5.0},
    "look-after-nurseries": {"task": "initiatives.tasks.look_after_nurseries", "schedule": 60 * 60},
    "forget-held-steps": {"task": "initiatives.tasks.forget_held_steps", "schedule": 10 * 60},
    "place-photos": {"task": "initiatives.tasks.place_photos", "schedule": 5 * 60},
    "forget-photos": {"task": "initiatives.tasks.forget_photos", "schedule": crontab(hour=3, minute=50)},
    "tell-authors": {"task": "initiatives.tasks.tell_authors", "schedule": 15.0},
    "tell-ends": {"task": "initiatives.tasks.tell_ends", "schedule": 15.0},
    "look-after-mergers": {"task": "initiatives.tasks.look_after_mergers", "schedule": 60.0},
    "look-after-sleepers": {"task": "initiatives.tasks.look_after_sleepers", "schedule": 60 * 60},
    "tell-of-actions": {"task": "initiatives.tasks.tell_of_actions", "schedule": 15.0},
    "tell-of-offers": {"task": "initiatives.tasks.tell_of_offers", "schedule": 15.0},
    "count-map": {"task": "events.tasks.count_map", "schedule": 5.0},
    "announce-events": {"task": "events.tasks.announce_events", "schedule": 15.0},
    "tell-organisers": {"task": "events.tasks.tell_organisers", "schedule": 15.0},
    "move-waiting-lists": {"task": "events.tasks.move_waiting_lists", "schedule": 15.0},
    "send-attend-links": {"task": "events.tasks.send_attend_links", "schedule": 1.0},
    "remind-of-tomorrow": {"task": "events.tasks.remind_of_tomorrow", "schedule": 5 * 60},
    "forget-attendances": {"task": "events.tasks.forget_attendances", "schedule": crontab(hour=3, minute=25)},
    "reconcile-attendances": {"task": "events.tasks.reconcile_attendances", "schedule": crontab(hour=3, minute=15)},
    "read-partner-calendars": {"task": "events.tasks.read_partner_calendars", "schedule": 5 * 60},
    "remove-partner-calendars": {"task": "events.tasks.remove_partner_calendars", "schedule": 60.0},
    "draw-posters": {"task": "events.tasks.draw_posters", "schedule": 30.0},
    "forget-posters": {"task": "events.tasks.forget_posters", "schedule": crontab(hour=3, minute=45)},
    "tell-cancellations": {"task": "events.tasks.tell_cancellations", "schedule": 15.0},
    "tell-changes": {"task": "events.tasks.tell_changes", "schedule": 15.0},
    "tell-hidden": {"task": "events.tasks.tell_hidden", "schedule": 60.0},
    "locate-addresses": {"task": "events.tasks.locate_addresses", "schedule": 15.0},
    "ask-for-reports": {"task": "events.tasks.ask_for_reports", "schedule": 5 * 60},
    "tell-reports": {"task": "events.tasks.tell_reports", "schedule": 15.0},
    "tell-event-messages": {"task": "events.tasks.tell_messages", "schedule": 15.0},
    "forget-event-messages": {"task": "events.tasks.forget_messages", "schedule": crontab(hour=3, minute=45)},
    "place-report-photos": {"task": "events.tasks.place_report_photos", "schedule": 5 * 60},
    "forget-report-photos": {"task": "events.tasks.forget_report_photos", "schedule": crontab(hour=3, minute=55)},
    "look-after-orphans": {"task": "initiatives.tasks.look_after_orphans", "schedule": 60.0},
    "forget-letters": {"task": "initiatives.tasks.forget_letters", "schedule": crontab(hour=3, minute=50)},
    "remind-moderators": {"task": "moderation.tasks.remind", "schedule": 60 * 60},
    "lift-restrictions": {"task": "moderation.tasks.lift_due", "schedule": 60.0},
    "deliver-due": {"task": "notifications.tasks.deliver_due", "schedule": 5.0},
    "push-due": {"task": "notifications.tasks.push_due", "schedule": 5.0},
    "tell-updates": {"task": "initiatives.tasks.tell_updates", "schedule": 15.0},
    "learn": {"task": "moderation.tasks.learn", "schedule": crontab(hour=4, minute=20)},
    "watch-rules": {"task": "moderation.tasks.watch_rules", "schedule": 60.0},
    "forget-sealed": {"task": "moderation.tasks.forget_sealed", "schedule": crontab(hour=3, minute=35)},
    "forget-received": {"task": "moderation.tasks.forget_received", "schedule": crontab(hour=3, minute=55)},
    "forget-notifiers": {"task": "moderation.tasks.forget_notifiers", "schedule": crontab(hour=3, minute=45)},
    "count-moderation": {"task": "moderation.tasks.count_figures", "schedule": crontab(hour=0, minute=10)},
    "verify-log": {"task": "moderation.tasks.verify_log", "schedule": crontab(hour=4, minute=40)},
    "forget-readings": {"task": "moderation.tasks.forget_readings", "schedule": crontab(hour=3, minute=40)},
    "weigh-cases": {"task": "moderation.tasks.weigh_cases", "schedule": 2 * 60},
    "end-measures": {"task": "moderation.tasks.end_measures", "schedule": 5 * 60},
    "gather-digests": {"task": "pages.tasks.gather_digests", "schedule": 60.0},
    "count-active-members": {"task": "pages.tasks.count_active_members", "schedule": crontab(hour=4, minute=10)},
    "welcome": {"task": "pages.tasks.welcome", "schedule": crontab(hour="9-19", minute=20)},
    "ask-the-absent": {"task": "pages.tasks.ask_the_absent", "schedule": crontab(hour=10, minute=40)},
    "count-openings": {"task": "pages.tasks.count_openings", "schedule": 60.0},
    "tell-openings": {"task": "pages.tasks.tell_openings", "schedule": 15.0},
    "refresh-moved": {"task": "pages.tasks.refresh_moved", "schedule": 5 * 60},
    "forget-happenings": {"task": "pages.tasks.forget_happenings", "schedule": crontab(hour=3, minute=50)},
    "forget-addresses": {"task": "notifications.tasks.forget_addresses", "schedule": crontab(hour=3, minute=30)},
    "forget-told": {"task": "notifications.tasks.forget_told", "schedule": crontab(hour=3, minute=35)},
    "reconcile-supports": {"task": "initiatives.tasks.reconcile_supports", "schedule": crontab(hour=3, minute=10)},
    "compare-paces": {"task": "initiatives.tasks.compare_paces", "schedule": crontab(hour=4, minute=5)},
    "forget-demands": {"task": "initiatives.tasks.forget_demands", "schedule": crontab(hour=3, minute=20)},
    "forget-counts": {"task": "core.tasks.forget_counts", "schedule": crontab(hour=3, minute=40)},
    "tell-address-changes": {"task": "members.tasks.tell_address_changes", "schedule": 60.0},
    "forget-address-changes": {"task": "members.tasks.forget_address_changes", "schedule": crontab(hour=3, minute=25)},
    "forget-sessions": {"task": "members.tasks.forget_sessions", "schedule": crontab(hour=3, minute=25)},
    "forget-staff-readings": {"task": "members.tasks.forget_readings", "schedule": crontab(hour=3, minute=35)},
    "make-copies": {"task": "members.tasks.make_copies", "schedule": 60.0},
    "forget-copies": {"task": "members.tasks.forget_copies", "schedule": 60 * 60},
    "carry-out-departures": {"task": "members.tasks.carry_out_departures", "schedule": 60.0},
    "give-back-departed": {"task": "members.tasks.give_back", "schedule": 60.0},
    "finish-departures": {"task": "members.tasks.finish_departures", "schedule": 60 * 60},
    "forget-mail-events": {"task": "members.tasks.forget_mail_events", "schedule": crontab(hour=3, minute=15)},
    "forget-identities": {"task": "members.tasks.forget_identities", "schedule": crontab(hour=3, minute=20)},
    "make-data-files": {"task": "opendata.tasks.make_files", "schedule": 5 * 60},
    "take-snapshots": {"task": "figures.tasks.take_snapshots", "schedule": crontab(minute=20)},
    "clear-sessions": {"task": "core.tasks.clear_sessions", "schedule": crontab(hour=3, minute=30)},
}
for entry in CELERY_BEAT_SCHEDULE.values():
    # Workers that were away do once what they missed, not once for each second of their absence.
    seconds = entry["schedule"] if isinstance(entry["schedule"], int | float) else 60 * 60
    entry["options"] = {"expires": max(seconds, 10)}
#: A task that hangs is ended: what it was to do is still due in its table.
CELERY_TASK_TIME_LIMIT = 20 * 60

# --- Messages ---

#: smtp+tls://user:password@host:587 and the like; development keeps messages as files under var/mail.
vars().update(env.email_url_config(required("EMAIL_URL", in_development="filemail://")))
if DEVELOPMENT and EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend":  # noqa: F821
    EMAIL_FILE_PATH = VAR_DIR / "mail"
if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":  # noqa: F821
    EMAIL_BACKEND = "core.smtp.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = optional("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <ne-pas-repondre@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
#: Providers that may tell of bounces and complaints (mailgun, brevo…), at addresses that hold this secret.
MAIL_PROVIDERS = env.list("MAIL_PROVIDERS", default=[])
MAIL_WEBHOOK_SECRET = required("MAIL_WEBHOOK_SECRET", in_development="") if MAIL_PROVIDERS else ""
#: django-anymail's own names, for the keys of their signatures: MAILGUN_WEBHOOK_SIGNING_KEY=…,POSTAL_WEBHOOK_KEY=…
ANYMAIL = env.dict("ANYMAIL", default={})

# --- Members ---

AUTH_USER_MODEL = "members.Member"
AUTHENTICATION_BACKENDS = ["notifications.backend.WithTheBell"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"
#: Called with a display name by the sign-up form; raises ValidationError. It lives in a room above members.
DISPLAY_NAME_VALIDATORS = ["moderation.validators.screened_name"]
#: Writes what the members' room has to say to an address, in the transaction of the act; as above.
OUTBOX = "notifications.services.write_to"

# The door is members.codes: an address is proved before a member exists, so allauth has none to verify.
ACCOUNT_ADAPTER = "members.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_TIMEOUT = 60 * 15
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * 10
#: By machine, by address (key) or by member. A hall full of people shares one machine's address.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "signup": "60/m/ip",
    "code_sent": "60/m/ip,5/15m/key,20/d/key",
    "code_typed": "120/m/ip,5/h/key",
    "address_change": "10/d/key",
    "login_failed": "60/m/ip,5/300s/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

MFA_ADAPTER = "members.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
#: The code before and the code after pass too: telephones are rarely on time.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "members.forms.SecondFactorForm",
    "reauthenticate": "members.forms.ConfirmSecondFactorForm",
    "activate_totp": "members.forms.ActivateApplicationForm",
    "add_webauthn": "members.forms.AddKeyForm",
    "edit_webauthn": "members.forms.EditKeyForm",
}

# --- Devices ---

#: Under which services that carry pushes know this site (`manage.py make_vapid_keys`); without it, nothing is pushed.
VAPID_PRIVATE_KEY = optional("VAPID_PRIVATE_KEY", kept_secret(VAR_DIR / "vapid_key", size=32) if DEVELOPMENT else "")
#: Networks where such services may be though these are not public: an operator's own, 10.1.2.0/24.
PUSH_NETWORKS = [ip_network(network) for network in env.list("PUSH_NETWORKS", default=[])]

# --- Words, times, numbers ---

LANGUAGES = [("fr", _("français")), ("en", _("anglais"))]
#: One language for the whole site: public pages are the same for everybody.
LANGUAGE_CODE = one_of("SITE_LANGUAGE", [code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

TAGGIT_CASE_INSENSITIVE = True

# --- Partners' calendars ---

#: Networks where they may be though these are not public: an operator's own, 10.1.2.0/24. There, http will do.
PARTNER_NETWORKS = [ip_network(network) for network in env.list("PARTNER_NETWORKS", default=[])]

# --- Open data ---

#: Under which licence the data are given: share and share alike, or not.
OPEN_DATA_LICENCE = one_of("OPEN_DATA_LICENCE", ["etalab-2.0", "ODbL-1.0"])
#: Questions that one machine may ask of the interface to read by, in a minute and in a day; the files have no limit.
API_LIMIT_MINUTE = env.int("API_LIMIT_MINUTE", default=120)
API_LIMIT_DAY = env.int("API_LIMIT_DAY", default=20_000)

# --- The map ---

#: The base layer is our own outlines: no tile server is called unless the operator names one.
MAP_TILES_URL = optional("MAP_TILES_URL")
MAP_TILES_ATTRIBUTION = optional("MAP_TILES_ATTRIBUTION")
if MAP_TILES_URL:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] += [
        # {s} stands for one of several servers: a, b, c.
        f"https://{urlsplit(MAP_TILES_URL.replace('{s}.', '*.')).hostname}"
    ]
#: The national address service, or a copy of it, that finds the streets of events. Without it nobody is asked.
GEOCODER_URL = optional("GEOCODER_URL").rstrip("/")
LEAFLET_CONFIG = {
    "TILES": [],
    "DEFAULT_CENTER": (46.6, 2.4),
    "DEFAULT_ZOOM": 5,
    "MIN_ZOOM": 3,
    "MAX_ZOOM": 16,
    "RESET_VIEW": False,
    "SCALE": None,
    "NO_GLOBALS": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "core.logs.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "ERROR", "filters": ["secrets"]}},
}
