"""What we keep of people: masked for who need not see it, handed out to whom it is of, erased when they ask."""
