"""Backends of face work, one package a model family."""
