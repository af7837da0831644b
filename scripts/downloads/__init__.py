"""Downloading of models: what `scripts/download_models.py` is made of.

A *plan* says what a model's sources have that is not there yet; *licences* are accepted; a *fetch* takes each thing of the plan through its
*transfer* (HTTP: ask, fetch, resume, retry), checks it, puts it in its place and writes it into the download record.
"""
