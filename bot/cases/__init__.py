"""What people have to do for customers: cases, each with the moment by which a person answers."""
