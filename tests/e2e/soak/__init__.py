"""The stress run of `./run soak`: visitors who compare every page, while everything below them changes."""
