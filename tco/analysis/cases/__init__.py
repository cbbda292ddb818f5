"""Published cases held against the model: how a figure is checked, and what each case asks."""
