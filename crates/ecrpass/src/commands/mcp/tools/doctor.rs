//! The tool that examines this machine.

use std::path::Path;
use std::time::Duration;

use ecrpass_clients::client::Client;
use serde_json::json;

use super::super::answer::repeated;
use super::super::job::Job;
use super::super::tool::Tool;

/// How long it takes where nothing else is asked for, in seconds, and at most.
const USUAL: u64 = 15;
const LONGEST: u64 = 60;

/// The tool.
pub(super) static TOOL: Tool = Tool {
    name: "doctor",
    title: "Examine why a pull from ECR fails here",
    description: "Finds out why a pull from Amazon ECR fails on this machine, as this user, from this place: does what \
        the client would do, step by step (client, AWS credentials, clock, token, stored login, registry, image), and \
        says which step fails and what fixes it. Fixes nothing and starts no login; as any pull would, it lets the \
        credential helper write its cache and log. For a push, the user runs `ecrpass doctor --for push IMAGE`.",
    asks_others: true,
    arguments: || {
        json!({
            "image": {
                "type": "string",
                "description": "The image or registry that fails, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1. Without it, every ECR registry in this user's docker and podman configurations."
            },
            "client": {
                "type": "string",
                "enum": Client::ALL.map(Client::id),
                "default": "docker",
                "description": "The client that fails."
            },
            "platform": {
                "type": "string",
                "description": "The platform the image is to run on, such as linux/arm64."
            },
            "offline": {
                "type": "boolean",
                "default": false,
                "description": "Look at the files and variables of this machine only."
            },
            "deadline": {
                "type": "integer",
                "minimum": 1,
                "maximum": LONGEST,
                "default": USUAL,
                "description": "How long it may take, in seconds."
            }
        })
    },
    required: &[],
    plan: |given, bounds| {
        let image = given.name("image")?;
        let deadline = given.number("deadline", 1..=LONGEST)?.unwrap_or(USUAL);
        let mut job = Job::new(&["doctor", "--format", "json"], deadline);
        // It ends by itself, and says what it could not find out.
        job.patience += Duration::from_secs(10);
        job.option("--deadline", &deadline.to_string());
        job.option_if("--client", given.name("client")?.as_deref());
        job.option_if("--platform", given.name("platform")?.as_deref());
        if given.flag("offline")? || bounds.offline {
            job.arguments.push("--offline".to_owned());
        }
        if let Some(image) = image {
            not_a_file(&image)?;
            job.operand(&image);
        }
        Ok(job)
    },
};

/// The command reads files that name images, too; which files are read is not for an assistant to say.
fn not_a_file(image: &str) -> Result<(), String> {
    let looks_like_path = image.starts_with(['.', '/', '~', '\\']) || !image.contains('.');
    if looks_like_path || image.contains(char::is_whitespace) || Path::new(image).symlink_metadata().is_ok() {
        return Err(format!(
            "`{}` is no image of ECR. Next: give one like 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1",
            repeated(image)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_no_images() {
        for file in ["Cargo.toml", "./x.yaml", "/etc/passwd", "~/x", "compose", "-", "a b.c"] {
            assert!(not_a_file(file).is_err(), "{file}");
        }
        for image in
            ["123456789012.dkr.ecr.us-east-1.amazonaws.com", "public.ecr.aws/a/b:1", "12345.dkr.ecr.x/y"]
        {
            assert!(not_a_file(image).is_ok(), "{image}");
        }
    }
}
