"""The random attack of `./run attack`: nginx.conf composed at random of what meets us, and visitors who compare every answer."""
