"""Backends of super-resolution, one package a model family."""
