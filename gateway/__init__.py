"""Envoy's configuration, edge and mesh, rendered from typed settings: one source for one machine and for Kubernetes."""
