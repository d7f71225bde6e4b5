"""Runs every benchmark: `make bench`."""

from bench import listing, projection


def main() -> None:
    projection.main()
    listing.main()


if __name__ == "__main__":
    main()
