"""Real fleets in: what accounts, Terraform and tables say becomes a scenario, and nothing is lost or counted twice."""
