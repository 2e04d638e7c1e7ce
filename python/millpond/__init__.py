"""Millpond: arrays for machine learning, with one pool of memory and many streams.

``millpond.core`` has the arrays, operations, streams and transforms, with the names and meanings of ``mlx.core``;
``millpond.utils`` has functions on trees of arrays; ``import millpond.as_mlx`` makes ``import mlx`` mean Millpond.
"""
