//! Whether what was predicted of a tool is what the local ECR saw.

use ecrpass_local::{CONTAINER_ROLE, Call, INSTANCE_ROLE};
use serde_json::Value;

use crate::tools::Said;
use crate::world::{ACCOUNT, Made};

/// Says what is wrong with a prediction.
pub fn compare(
    predicted: &Value,
    calls: &[Call],
    said: &Said,
    tool: &str,
    made: &Made,
) -> Result<(), String> {
    let asked = calls.iter().find(|call| call.service == "ecr" && call.operation == "GetAuthorizationToken");
    let text = |name: &str| predicted[name].as_str();
    let seen = match asked {
        Some(call) => format!(
            "signed by {} as {}, at {}, answered {} {}",
            call.key_id.as_deref().unwrap_or("nobody"),
            call.principal.as_deref().unwrap_or("nobody known"),
            call.host,
            call.status,
            call.error.as_deref().unwrap_or_default()
        ),
        None => format!("nothing arrived; it said {}", said.text.trim()),
    };
    let wrong = |why: &str| Err(format!("{why}\n  predicted {predicted}\n  seen {seen}"));
    let follows_registry = matches!(tool, "ecrpass" | "go-helper");
    let Some(uses) = text("uses") else {
        return if asked.is_some() || said.good { wrong("it should have stopped") } else { Ok(()) };
    };
    let Some(call) = asked else {
        if !follows_registry && text("region").is_none() {
            let told = said.text.to_lowercase();
            let lacks = told.contains("region") || told.contains("invalid endpoint");
            return if lacks { Ok(()) } else { wrong("it should have lacked a region") };
        }
        // The source that was predicted was asked, and gave nothing.
        let source = match uses {
            // Nobody is at that address.
            "container" => {
                !said.good && made.environment.iter().any(|(_, value)| value.contains("127.0.0.1:9/"))
            }
            _ => {
                text("takes").is_some_and(|takes| takes.contains("credential_process fails"))
                    || calls.iter().any(|call| call.service == "sso" && call.status >= 400)
                    || calls.iter().any(|call| call.service == "sts" && call.status >= 400)
                    || text("takes").is_some_and(|takes| takes.contains("aws login"))
                        && said.text.contains("efresh")
            }
        };
        return if source { Ok(()) } else { wrong("nothing was signed") };
    };
    let principal = call.principal.as_deref().unwrap_or_default();
    let right = match (text("role"), text("key"), uses) {
        (Some(role), _, _) => {
            let name = role.rsplit('/').next().unwrap_or_default();
            principal.contains(&format!("assumed-role/{name}/"))
        }
        (None, Some(key), _) => same_key(key, call.key_id.as_deref().unwrap_or_default()),
        (None, None, "container") => principal.contains(CONTAINER_ROLE),
        (None, None, "instance-metadata") => principal.contains(INSTANCE_ROLE),
        (None, None, _) if text("takes").is_some_and(|takes| takes.contains("credential_process")) => {
            principal.ends_with(":user/process")
        }
        (None, None, _) if text("takes").is_some_and(|takes| takes.contains("aws login")) => {
            principal.ends_with("/session-login")
        }
        _ => false,
    };
    if !right {
        return wrong("somebody else signed");
    }
    if text("refused").is_some() == (call.status < 400) {
        return wrong("AWS answered otherwise");
    }
    if text("account").is_some_and(|account| account != ACCOUNT) {
        return wrong("it is another account");
    }
    if !follows_registry {
        let Some(region) = text("region") else { return wrong("it had a region") };
        if call.host != format!("api.ecr.{region}.amazonaws.com") {
            return wrong("it asked another region");
        }
    }
    Ok(())
}

/// Whether a key's id is what was shown of it.
fn same_key(shown: &str, id: &str) -> bool {
    match shown.split_once('…') {
        Some((head, tail)) => id.starts_with(head) && id.trim_end().ends_with(tail.trim_end()),
        None => shown == id,
    }
}
