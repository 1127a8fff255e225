"""What all of minidl stands on: arrays and their forms, names, settings, checks, files."""
