"""Peers: what one would use instead, in turn, on the same network and stream. See ``python -m bench.peers --help``."""
