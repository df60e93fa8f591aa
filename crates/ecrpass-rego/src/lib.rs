//! A team's own rules, in Rego, over its configurations and files.
