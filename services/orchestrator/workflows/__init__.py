"""The case workflows: plain asynchronous Python that asks models and saves what comes of it.

A workflow sees the world through a `Context` alone. It knows no gRPC, no storage paths and no queue, and it is deterministic: seeds,
models and times were fixed when the job was submitted, so running it again repeats the same calls, which are then answered from memory.
"""
