"""Several servers behind a load balancer: which one has which workspace."""
