"""The former modules as libraries."""
