"""Runs every benchmark: `make bench`."""

from bench import children, clock, fire, listing, projection, workers


def main() -> None:
    projection.main()
    fire.main()
    children.main()
    clock.main()
    workers.main()
    listing.main()


if __name__ == "__main__":
    main()
