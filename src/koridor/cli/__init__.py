"""The command line: thin shells around the studies. Only here, and in `web`, is printed and the environment read."""
