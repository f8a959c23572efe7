"""Customer models: labels in time, LightGBM, calibration, measurement."""
