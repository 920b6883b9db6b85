"""The ways in. They translate, and nothing else."""
