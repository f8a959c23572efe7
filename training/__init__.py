"""Pipelines that fit, measure and register.

Enters: canonical tables and snapshots, of customers who allowed ``analytics``.
Leaves: an MLflow run with its figures and pictures, and a bundle in the registry.
May touch: everything below it, implicit, scikit-learn, LightGBM, and MLflow by one door
(``training.tracking``). Never ``serving``.
"""
