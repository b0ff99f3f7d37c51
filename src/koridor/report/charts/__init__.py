"""One chart a file. Each takes plain records and gives back a drawing."""
