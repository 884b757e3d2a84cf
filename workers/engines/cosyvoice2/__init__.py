"""CosyVoice2 (FunAudioLLM, Apache-2.0): a language model of speech tokens (lm.py), a flow and a vocoder."""
