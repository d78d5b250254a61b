"""What buyers and sellers type: shape and cleaning only, no rules of the sale."""
