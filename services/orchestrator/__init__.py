"""The orchestrator: accepts cases, runs their workflows, and tells of them."""
