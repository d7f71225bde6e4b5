"""Runs every benchmark, each beside its peers: `make bench`."""

from bench import projection


def main() -> None:
    """Run them all."""
    projection.main()


if __name__ == "__main__":
    main()
