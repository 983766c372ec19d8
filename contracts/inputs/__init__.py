"""What requests say: samples, ids, values that agree across fields."""
