"""Backends of image generation, one package a model family."""
