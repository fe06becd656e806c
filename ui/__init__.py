"""What people see and type: the painter, the embeddable overlay, the window and the command line."""
