"""Runs every benchmark: `make bench`."""

from bench import children, control, fire, listing, projection, schedules, spread, workers


def main() -> None:
    projection.main()
    spread.main()
    fire.main()
    children.main()
    schedules.main()
    workers.main()
    listing.main()
    control.main()


if __name__ == "__main__":
    main()
