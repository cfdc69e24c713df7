"""What happens between a worker and its servers."""
