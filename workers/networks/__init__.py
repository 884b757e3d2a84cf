"""Networks that several engines share: language models, flow, vocoders."""
