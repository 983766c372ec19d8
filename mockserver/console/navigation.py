"""The navigation: title → address, the same on every view."""

NAVIGATION: dict[str, str] = {
    "Requests": "/requests",
    "Campaigns": "/campaigns",
    "Outbox": "/outbox",
    "Replies": "/replies",
    "Faults": "/faults",
    "Data": "/data",
    "Reference": "/docs",
}
