"""``python -m reparations_verifier``."""

from reparations_verifier.cli import main

if __name__ == "__main__":
    main()
