"""The random attack of `./run attack`: random nginx.conf files, and visitors who compare every response."""
