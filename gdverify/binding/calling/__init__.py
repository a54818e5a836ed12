"""How a unit is made and called: objects, parameters in their places, calls, packages, random numbers."""
