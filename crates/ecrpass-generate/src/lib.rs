//! Pipelines, alarms and dashboards as documents that a team checks in.
