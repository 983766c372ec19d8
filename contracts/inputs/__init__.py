"""The values of requests: samples, ids, values that agree across fields."""
