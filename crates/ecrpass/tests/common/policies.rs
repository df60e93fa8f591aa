//! `ecrpass policy evaluate` for a role, and a policy it lacks something in.

#![allow(dead_code)] // each test file uses its part of it

use serde_json::Value;

use super::{Home, text};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/ci";

/// A policy for pulls that lacks the layers, in a layout of its own.
pub const HALF: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {
      "Sid": "Pull",
      "Effect": "Allow",
      "Action": ["ecr:BatchGetImage"],
      "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/team/*"
    }
  ]
}
"#;

pub fn evaluate(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    text(&home.run(&[&["policy", "evaluate"], arguments].concat()))
}

pub fn verdict(home: &Home, arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, stdout, stderr) = evaluate(home, &[arguments, &["--format", "json"]].concat());
    (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")))
}
