"""Who it is about: one person, known to several connected systems."""
