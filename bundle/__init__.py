"""What training hands to serving: one directory, one contract.

Enters: fitted arrays, LightGBM text models, calibration tables, the catalogue and the policy.
Leaves: the same, checked against the hashes of the manifest, as objects the core can use.
May touch: the bundle's own directory, YAML, LightGBM's text format. Never pickle, never MLflow.
"""
