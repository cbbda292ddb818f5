"""Rich display: tables, colours and summaries of objects in notebooks and terminals."""
