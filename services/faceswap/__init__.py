"""Face detection, comparison, swap and retargeting."""
