-- Run once by the image, when the volume is empty. The service's own database is there already.
CREATE DATABASE mlflow;
