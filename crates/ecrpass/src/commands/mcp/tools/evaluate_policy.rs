//! The tool that evaluates IAM policies.

use ecrpass_iam::Layer;
use ecrpass_iam::managed::MANAGED;
use ecrpass_iam::task::{TASKS, Task};
use serde_json::{Map, Value, json};

use super::super::given::Given;
use super::super::job::Job;
use super::super::tool::Tool;

/// The largest documents together, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;

/// The tool.
pub(super) static TOOL: Tool = Tool {
    name: "evaluate_policy",
    title: "Evaluate IAM policies for ECR",
    description: "Says by IAM policy documents whether a principal may do something at Amazon ECR (or assume a role), \
        which statement decides, what is missing, and the smallest change that ends a denial. Layers that are not given \
        are taken to have no policy, and are named in `not_seen`; condition keys that are not given stay open \
        (`depends`). Works offline: AWS is not asked.",
    asks_others: false,
    arguments: || {
        let one_or_more = json!({
            "anyOf": [{"type": ["object", "string"]}, {"type": "array", "items": {"type": ["object", "string", "array"]}}]
        });
        let layers: Map<String, Value> =
            Layer::ALL.iter().map(|layer| (layer.id().to_owned(), one_or_more.clone())).collect();
        json!({
            "principal": {
                "type": "string",
                "description": "Who asks: the ARN of a user, role, session or identity provider, or a service such as lambda.amazonaws.com."
            },
            "task": {
                "type": "string",
                "enum": TASKS.map(Task::id),
                "description": "What is to be done, as a task that takes several actions. Instead of `actions`."
            },
            "actions": {
                "type": "array",
                "items": {"type": "string"},
                "description": "What is to be done, such as ecr:PutImage, without wildcards. Instead of `task`."
            },
            "resource": {
                "type": "string",
                "description": "On what: an ARN, or an image of ECR, which stands for its repository. Not needed for a login."
            },
            "documents": {
                "type": "object",
                "description": "IAM policy documents by layer, each as an object or as a text: identity (attached to the principal), repository, registry, boundary, scp and rcp (a list for each level), session, endpoint, trust.",
                "properties": layers,
                "additionalProperties": false
            },
            "managed": {
                "type": "array",
                "items": {"type": "string", "enum": MANAGED.map(|policy| policy.name)},
                "description": "AWS's own managed policies that are attached to the principal; built in."
            },
            "context": {
                "type": "object",
                "description": "Condition keys and their values, such as {\"aws:SourceVpce\": \"vpce-0a1b2c3d\"}; a list for several values.",
                "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
            },
            "absent": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Condition keys that the request does not have."
            }
        })
    },
    required: &["principal", "documents"],
    plan: |given, _| {
        // `-` is standard input.
        let mut job = Job::new(&["policy", "evaluate", "--format", "json", "--policies", "-"], 30);
        job.option_if("--principal", given.name("principal")?.as_deref());
        job.option_if("--task", given.name("task")?.as_deref());
        job.option_if("--resource", given.name("resource")?.as_deref());
        for (argument, option) in [("actions", "--action"), ("managed", "--managed"), ("absent", "--absent")]
        {
            for value in given.names(argument)? {
                job.option(option, &value);
            }
        }
        for (key, value) in context(given)? {
            job.option("--context", &format!("{key}={value}"));
        }
        job.input = json!({"policies": documents(given)?}).to_string();
        Ok(job)
    },
};

fn documents(given: &mut Given) -> Result<Value, String> {
    let wrong = || "`documents` has to be an object: documents by layer".to_owned();
    let documents = given.value("documents").ok_or_else(wrong)?;
    let layers = documents.as_object().ok_or_else(wrong)?;
    let is_layer = |key: &str| Layer::ALL.iter().any(|layer| layer.id() == key);
    if let Some(other) = layers.keys().find(|key| !is_layer(key)) {
        let known = Layer::ALL.map(Layer::id).join(", ");
        return Err(format!(
            "there is no layer `{}`; there are {known}",
            super::super::answer::repeated(other)
        ));
    }
    if documents.to_string().len() > LARGEST {
        return Err(format!("`documents` are larger than {} MiB together", LARGEST >> 20));
    }
    Ok(documents)
}

/// Every key with each of its values.
fn context(given: &mut Given) -> Result<Vec<(String, String)>, String> {
    let wrong = || "`context` has to be an object of texts, or lists of texts".to_owned();
    let Some(context) = given.value("context") else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (key, value) in context.as_object().ok_or_else(wrong)? {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            let value = value.as_str().filter(|value| value.len() <= 2_048).ok_or_else(wrong)?;
            all.push((key.clone(), value.to_owned()));
        }
    }
    if all.len() > 200
        || all.iter().any(|(key, _)| key.is_empty() || key.len() > 200 || key.contains(['=', '\0']))
    {
        return Err(wrong());
    }
    Ok(all)
}
