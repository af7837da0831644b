"""The API: what callers may ask of the orchestrator, over gRPC and, through the gateway, REST. Stateless."""
