say "nothing yet"
