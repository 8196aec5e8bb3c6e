"""Pulumi components that deploy fleets of stateless queue agents on AWS."""
