"""What `make bench` measures Podium beside: Temporal alone, DBOS and Prefect, each a program of its own."""
