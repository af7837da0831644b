"""The `composite` backend: draws a person from attributes, as a careful alert poster would, in SVG."""
