"""What grows: {key: (title, values of a long run, values of a quick one)}."""

SWEEPS = {
    "page": ("size of the page, KB", (1, 4, 16, 64, 256, 1024, 4096, 8192), (1, 16, 256, 4096)),
    "slots": ("slots defined and won, 5 in the page", (1, 5, 20, 50, 100, 200), (5, 50, 200)),
    "slots-in-page": ("slots defined, won and in the page", (1, 5, 20, 50, 100, 200), (5, 50, 200)),
    "rules": ("rules", (10, 100, 1000, 10_000), (10, 10_000)),
    "accounts": ("accounts", (1000, 10_000, 100_000, 1_000_000), (1000, 100_000)),
    "networks": ("networks", (1000, 10_000, 100_000, 1_000_000), (1000, 100_000)),
    "connections": ("connections", (1, 10, 100, 1000), (1, 100)),
    "pages": ("pages, requested in turn", (1, 10, 100, 1000, 10_000), (1, 100, 10_000)),
    "changing": ("% of the page that changes with every request", (0, 1, 5, 10, 25, 50), (0, 1, 5, 50)),
}
