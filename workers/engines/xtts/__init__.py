"""XTTS-v2 (Coqui): a language model whose hidden states (gpt.py) a vocoder turns into sound."""
