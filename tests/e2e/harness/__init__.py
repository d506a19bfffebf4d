"""Real nginx, an upstream of our own, raw clients and published sites: what the end-to-end tests stand on."""
