"""Runs every benchmark, each beside its peers: `make bench`."""

from bench import listing, projection


def main() -> None:
    """Run them all."""
    projection.main()
    listing.main()


if __name__ == "__main__":
    main()
