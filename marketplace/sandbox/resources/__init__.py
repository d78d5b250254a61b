"""The API objects, one topic a module: what each call does and what it refuses."""
