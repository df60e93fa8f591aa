//! The tool that audits files.

use ecrpass_audit::rules::RULES;
use serde_json::json;

use super::super::job::Job;
use super::super::tool::Tool;

/// The tool.
pub(super) static TOOL: Tool = Tool {
    name: "audit_tree",
    title: "Audit files for ECR logins",
    description: "Finds in a directory or file what will fail or leak with Amazon ECR: deprecated or expiring logins, \
        stored tokens and long-lived keys, wrong registries, missing permissions, in pipelines, scripts, Dockerfiles, \
        manifests, infrastructure code and client configurations, with file, line and fix. Changes no file. Reads below \
        the directory the server was started in; the rest of a git repository around it is only looked up.",
    asks_others: false,
    arguments: || {
        json!({
            "path": {
                "type": "string",
                "default": ".",
                "description": "The directory or file, relative to the directory the server was started in."
            },
            "rules": {
                "type": "array",
                "items": {"type": "string", "enum": RULES.iter().map(|rule| rule.id.slug()).collect::<Vec<_>>()},
                "description": "Only look for these."
            }
        })
    },
    required: &[],
    plan: |given, bounds| {
        let path = given.name("path")?;
        let path = bounds.paths.permit(path.as_deref().unwrap_or("."))?;
        let path = path.to_str().ok_or("`path` is no text")?;
        let mut job = Job::new(&["audit", "--distrust", "--format", "json"], 60);
        for rule in given.names("rules")? {
            job.option("--rule", &rule);
        }
        job.operand(path);
        Ok(job)
    },
};
