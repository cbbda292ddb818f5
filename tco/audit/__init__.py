"""What an auditor, a controller and a sceptic ask for: workbooks, differences explained, claims checked, both sides."""
