"""A whole mail, made when somebody looks, and where it goes."""
