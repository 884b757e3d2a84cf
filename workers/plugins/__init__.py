"""Plugins of live sound: the contract, finding, containment, the chain of them, and those that are built in."""
