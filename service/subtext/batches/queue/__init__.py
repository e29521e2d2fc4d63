"""The job queue of batches: the one place that knows DBOS."""
