"""Barge-in by voice: finds the user's speech in what the microphone captures while the loudspeaker plays."""
