"""What is put on screens: each widget in a module of its own."""
