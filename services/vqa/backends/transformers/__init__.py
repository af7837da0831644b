"""Local vision-language models, run with the transformers library.

How a batch of questions is answered:

    backend      a picture's questions → rows of a batch, progress, cancellation, answers in order
    prompts      a question → the tokens that follow the picture's in the prompt
    paligemma    the vision encoder once a picture; the prompts as one batch, each seeing its picture from both sides
    llava        the picture's key-value cache once; the prompts as one batch behind it
    shared_prefix  the attention that lets a batch look at one cache of a picture
    decode       a batch → its most probable continuations, a token a step
    answers      a continuation → an `Answer`, with the words of `words`
    loading      a folder of weights → model and processor, or words that say which file is wrong
"""

from services.common import torch_runtime as torch_runtime  # first: it lets torchvision be imported, which transformers does
from services.vqa.backends.transformers.llava import LlavaBackend
from services.vqa.backends.transformers.paligemma import PaliGemmaBackend

__all__ = ["LlavaBackend", "PaliGemmaBackend"]
