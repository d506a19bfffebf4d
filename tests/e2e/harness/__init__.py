"""The basis of the end-to-end tests: a real nginx, our own upstream, raw clients and published sites."""
