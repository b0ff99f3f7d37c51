"""The HTTP face of the desk: one file of routes for each noun, every route with the action that it takes."""
