//! The tool for error messages and logs.

use serde_json::json;

use super::super::job::Job;
use super::super::tool::Tool;

/// The longest text, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// The tool.
pub(super) static TOOL: Tool = Tool {
    name: "explain_log",
    title: "Explain an ECR error log",
    description: "Finds the root cause of a failed login, pull or push with Amazon ECR in an error message or a log \
        (docker, podman, the kubelet, ECS, Lambda, CI systems, AWS CLI, CloudTrail, EventBridge, alarms), and the \
        commands that fix it. Use it first, whenever there is an error text. Findings come best first; none is a \
        result, too. Works offline.",
    asks_others: false,
    arguments: || {
        json!({
            "text": {
                "type": "string",
                "description": "The error message or log, as it is, with the lines around the error. Secrets in it are not repeated. At most 4 MiB."
            }
        })
    },
    required: &["text"],
    plan: |given, _| {
        let mut job = Job::new(&["explain", "--format", "json"], 30);
        job.input = given.long_text("text", LONGEST)?.unwrap_or_default();
        Ok(job)
    },
};
