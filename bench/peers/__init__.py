"""Peers that `make bench` compares Podium with: Temporal alone, DBOS and Prefect, each in its own process."""
