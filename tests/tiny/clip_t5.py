"""Text encoders of picture models, small: CLIP and T5 with tokenizers that spell words letter by letter."""

from __future__ import annotations

import string

from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

WIDTH = 32  # of both encoders' outputs
CLIP_TOKENS = 77  # start and end among them


def clip_tokenizer(pad_token: str = "<|endoftext|>") -> CLIPTokenizer:
    """Every letter a token, the last of a word another one."""
    letters = sorted(ByteLevel.alphabet())
    pieces = ["!", *(letter for letter in letters if letter != "!"), *(f"{letter}</w>" for letter in letters)]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], pad_token=pad_token, model_max_length=CLIP_TOKENS)


def clip_encoder(tokenizer: CLIPTokenizer, *, projection: bool = False) -> CLIPTextModel | CLIPTextModelWithProjection:
    """Two layers."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=CLIP_TOKENS,
        projection_dim=WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def t5_tokenizer() -> T5Tokenizer:
    """Every letter a token."""
    letters = string.ascii_letters + string.digits + string.punctuation
    pieces = ["<pad>", "</s>", "<unk>", "▁", *letters]
    return T5Tokenizer(vocab=[(piece, 0.0 if piece.startswith("<") else -2.0) for piece in pieces], extra_ids=0, model_max_length=512)


def t5_encoder(tokenizer: T5Tokenizer) -> T5EncoderModel:
    """Two layers."""
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        d_kv=8,
        d_ff=48,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    return T5EncoderModel(config).eval()
