"""Backends of visual question answering, one package a model family."""
