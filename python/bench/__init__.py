"""Millpond side by side with its peers: one table of ratios, worst first.

``python -m bench`` (in the folder above, or ``cargo xtask bench``) measures every row of ``rows.py`` with Millpond and
with each of numpy, torch, jax and mlx that is installed. Each peer lives in a process of its own, so that thread
pools don't disturb each other, and the processes take turns, row by row and round by round, so that a slow spell of
the machine falls on all. What is reported is the median.
"""
