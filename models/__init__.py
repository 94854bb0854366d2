"""From a published checkpoint to the artifact in an image. Apart from the GPU engines, only this needs torch."""
