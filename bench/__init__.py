"""What Shoal claims, measured: each figure beside its peers, in one run."""
