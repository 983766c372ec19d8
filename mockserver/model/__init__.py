"""What the records mean: what happened, who gets mails, how many a sender account may send."""
