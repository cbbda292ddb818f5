"""What to do with each cluster: which first, in which mixture, when, with whom, and what waiting costs."""
