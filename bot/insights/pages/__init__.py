"""The pages under /insights; they share the desk's door, its frame and its parts."""
