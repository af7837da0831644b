"""The services: four that run models, and the orchestrator that runs cases with them."""
