"""Where deliveries and records are kept."""
