"""The demo world: a seeded program that draws stylised, clothed adults in four rendering styles."""
