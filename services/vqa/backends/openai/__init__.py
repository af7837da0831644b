"""Answers from a vision language model behind an OpenAI-compatible server: GPT-4V's successors, vLLM, SGLang."""
