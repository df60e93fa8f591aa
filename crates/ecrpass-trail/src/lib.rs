//! Reads CloudTrail: who fails at ECR since when, and the change just before it.
