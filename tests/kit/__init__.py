"""What the tests share: users of the API, bodies, workspaces without a server, causes of errors."""
