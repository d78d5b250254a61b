"""The contract: JSON Schema derived from the installed SDK's own types.

The SDK is read as text, never imported, so that the sandbox stays a second,
independent reading of the same contract.
"""
