"""What every stage shares: loop, real time, the writer of PCM, guards around plug-ins."""
