"""Noise schedules by name, as a manifest entry chooses them."""

from __future__ import annotations

from typing import Any

import diffusers

from services.common.backend import ModelSpec

TABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-trailing": ("EulerDiscreteScheduler", {"timestep_spacing": "trailing"}),  # what Lightning models were distilled for
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "ddim": ("DDIMScheduler", {}),
    "dpmpp-2m": ("DPMSolverMultistepScheduler", {}),
    "dpmpp-2m-karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "lcm": ("LCMScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
}


def scheduler_named(name: str, own: Any, spec: ModelSpec) -> Any:
    """The scheduler of that name with the model's own noise levels; the model's own one when the name is empty.

    Raises:
        ValueError: there is no such scheduler; the message lists those there are.
    """
    if not name:
        return own
    if name not in TABLE:
        raise ValueError(f"{spec.name}: there is no scheduler {name!r}; there are: {', '.join(TABLE)}")
    kind, changes = TABLE[name]
    return getattr(diffusers, kind).from_config(own.config, **changes)
