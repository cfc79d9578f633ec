"""`python -m reparations` and the `reparations` command."""

from reparations.cli import build


def main() -> None:
    """Run the command line."""
    build()()


if __name__ == "__main__":
    main()
