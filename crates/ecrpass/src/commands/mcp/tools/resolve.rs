//! The tool that says which credentials a client would send.

use ecrpass_clients::client::Client;
use serde_json::json;

use super::super::job::Job;
use super::super::tool::Tool;

/// The tool.
pub(super) static TOOL: Tool = Tool {
    name: "resolve",
    title: "Which credentials a client would send",
    description: "Says which credential helper, stored login or variable supplies the credentials that a container \
        client on this machine would send to a registry, step by step, with file and line. The credentials themselves \
        are neither asked for nor shown. Reads this user's client configurations only.",
    asks_others: false,
    arguments: || {
        let mut clients = vec!["all"];
        clients.extend(Client::ALL.map(Client::id));
        json!({
            "registry": {
                "type": "string",
                "description": "The registry's host, or an image reference; also of registries other than ECR."
            },
            "client": {
                "type": "string",
                "enum": clients,
                "default": "docker",
                "description": "The client, or all of them for a table."
            },
            "operation": {
                "type": "string",
                "enum": ["pull", "push", "build", "login", "create"],
                "default": "pull",
                "description": "What the client does; it makes a difference for docker."
            }
        })
    },
    required: &["registry"],
    plan: |given, _| {
        let registry = given.name("registry")?.unwrap_or_default();
        let mut job = Job::new(&["resolve", "--format", "json"], 30);
        job.option_if("--client", given.name("client")?.as_deref());
        job.option_if("--operation", given.name("operation")?.as_deref());
        job.operand(&registry);
        Ok(job)
    },
};
