"""Runs every benchmark: `make bench`."""

from bench import fire, listing, projection


def main() -> None:
    projection.main()
    fire.main()
    listing.main()


if __name__ == "__main__":
    main()
