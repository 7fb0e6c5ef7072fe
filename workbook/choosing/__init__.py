"""Choosing where a model is to run: claims on tools with their dates, the rules of the choice, and what argues for it.

Begin with ``claims.toml`` and ``rules.toml``, which people edit, then ``chooser``, which reasons with them. Notebooks,
the site and tests import it; it imports no other room.
"""
