"""What leads the addresses of ColdSend to the mock, for programs that know nothing of it."""
