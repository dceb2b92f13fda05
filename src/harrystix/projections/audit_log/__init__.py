"""Every transition with actor, cause, time and position: `assignment_logs` of the product document."""
