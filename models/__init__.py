"""From a published checkpoint to the artifact an image carries. But for the GPU engines, torch is needed only here."""
