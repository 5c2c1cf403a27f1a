"""The bridge: a process that other programs start and talk to in JSON lines over its standard input and output."""
