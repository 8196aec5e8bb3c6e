"""The little of AWS that the hot path needs: signing, HTTP, and calls in AWS JSON.

Credentials, region and endpoint are found by botocore, in a process of its own that ends
once they are known.
"""
