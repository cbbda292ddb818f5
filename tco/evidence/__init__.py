"""What a team's own upgrades say: upgrade logs, and assumptions learned from them."""
