"""The agent beside its peers: the same queue, the same messages, one core each."""
