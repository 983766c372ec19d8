"""The application, its socket and its pages."""
