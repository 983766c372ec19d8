"""What a newer contract says otherwise than an older one, and whether that breaks clients."""
