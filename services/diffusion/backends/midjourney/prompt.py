"""A task in Midjourney's own prompt language: words, then parameters that begin with two dashes."""

from __future__ import annotations

import math
import re
import unicodedata

from services.common.questions import BY_KEY
from services.diffusion.backend import GenerateTask, Subject

# Discord, which carries the prompts, takes 6,000 characters.
_LONGEST_WORDS = 4000
_LONGEST_NEGATIVE = 1500

_SUBJECTS = {
    Subject.PORTRAIT: "head-and-shoulders portrait of one person, from the front",
    Subject.FULL_BODY: "full-body picture of one standing person, head to toe",
}
# What the prompt language takes for more than words: links to pictures, weights, permutations, mentions.
_LINK = re.compile(r"\w+:/+\S*")
_SPECIAL = str.maketrans({"{": "(", "}": ")", "<": " ", ">": " "})


def imagine_prompt(task: GenerateTask, seed: int, parameters: str = "") -> str:
    """The prompt of one grid of pictures.

    The step count and the guidance scale have no counterpart there.

    Args:
        task: what to draw.
        seed: of the grid, 0 to 2³²-1.
        parameters: the operator's own, such as `--v 7`, put last.
    """
    divisor = math.gcd(task.width, task.height)
    parts = [_words(task), f"--ar {task.width // divisor}:{task.height // divisor}", f"--seed {seed}"]
    if task.init_image is not None:
        # Their weight of a picture goes from 0 to 2, and is the less, the more may be changed.
        parts.append(f"--iw {2 * (1 - task.strength):.3g}")
    if negative := plain(task.negative_prompt)[:_LONGEST_NEGATIVE]:
        parts.append(f"--no {negative}")
    return " ".join(filter(None, [*parts, parameters]))


def plain(text: str) -> str:
    """The text as words alone: nothing in it is a parameter, a link or a command to Midjourney."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")  # invisible: would hide two dashes
    text = "".join("-" if unicodedata.category(character) == "Pd" or character == "−" else character for character in text)
    text = re.sub(r"-{2,}", "-", text)
    text = re.sub(r":{2,}", ":", text).translate(_SPECIAL)
    return " ".join(_LINK.sub(" ", text).split())


def _words(task: GenerateTask) -> str:
    """The subject, the prompt, and the facts that the prompt does not have yet."""
    facts = [
        f"{BY_KEY[topic].label_en.lower() if topic in BY_KEY else topic.replace('_', ' ')}: {value}"
        for topic, value in task.attributes.items()
        if value not in task.prompt
    ]
    return plain(", ".join(filter(None, [_SUBJECTS[task.subject], task.prompt.strip(), *facts])))[:_LONGEST_WORDS]
