"""CosyVoice2 (FunAudioLLM, Apache-2.0): a Qwen2 language model of speech tokens, a flow with chunk masks, and HiFT."""
