"""A proxy that passes requests on to a server, and checks each exchange as it comes by."""
