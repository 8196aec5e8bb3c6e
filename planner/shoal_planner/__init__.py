"""Pure models of what KEDA, the HPA and Auto Scaling do to a fleet."""
