"""Pictures from Midjourney, through a proxy of the operator's own: Midjourney has no interface for programs."""
