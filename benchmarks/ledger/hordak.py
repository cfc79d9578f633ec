"""The same single transfers in django-hordak: `Account.transfer_to` from one pooled account, each its own transaction.

Run by the benchmark in an environment of its own::

    python -m benchmarks.ledger.hordak URL CLIENTS DEEDS

Prints what `benchmarks.ledger.clients.run` gives, as JSON.  URL names an empty PostgreSQL database.  Hordak logs no
event, names no deed and holds no limit; its balances are summed when asked for.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction

from benchmarks.ledger import clients


def main(url: str, number_of_clients: int, deeds: int) -> None:
    """Make the tables, two kinds of account, and measure."""
    parts = urlsplit(url)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username or "",
                "PASSWORD": parts.password or "",
                "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0],
                "PORT": str(parts.port or ""),
                "CONN_MAX_AGE": None,
            }
        },
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mptt", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        HORDAK_DECIMAL_PLACES=2,
        HORDAK_MAX_DIGITS=20,
        HORDAK_DEFAULT_CURRENCY="USD",
        HORDAK_CURRENCIES=["USD"],
    )
    django.setup()
    call_command("migrate", verbosity=0)

    from hordak.models import Account  # noqa: PLC0415 Django's models exist only after its set-up
    from moneyed import Money  # noqa: PLC0415 as above

    pool = Account.objects.create(name="Pool", code="1", type="AS", currencies=["USD"])
    in_transit = Account.objects.create(name="In transit", code="2", type="AS", currencies=["USD"])

    def deed(_: int) -> None:
        with transaction.atomic():
            pool.transfer_to(in_transit, Money("250.00", "USD"))

    times = clients.run(deed, clients=number_of_clients, deeds=deeds)
    connections.close_all()
    sys.stdout.write(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
