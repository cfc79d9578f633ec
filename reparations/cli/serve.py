"""`reparations serve`: the HTTP service."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from reparations.app import create_app
from reparations.cli.context import plain_errors, settings
from reparations.http.logs import configure_logs


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; put a TLS proxy before any other than this one.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API until interrupted."""
    with plain_errors():
        app = create_app(settings())
    configure_logs()
    uvicorn.run(app, host=host, port=port, log_config=None, access_log=False, server_header=False, date_header=False)
