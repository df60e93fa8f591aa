//! What doctor's output must and must not hold.

use anyhow::{Context, Result, ensure};
use ecrpass_lab::Run;
use serde_json::Value;

use super::scene::Scene;

/// The secrets of a scene, which nobody may ever read.
fn planted(scene: &Scene<'_>) -> Vec<String> {
    let lab = scene.session.lab;
    let mut secrets = vec![lab.ecr.access_key().secret.expose().to_owned()];
    let telling = ["SECRET", "TOKEN", "PASSWORD"];
    for (name, value) in scene.session.environment() {
        if telling.iter().any(|word| name.contains(word)) && !name.ends_with("_FILE") && value.len() > 8 {
            secrets.push(value);
        }
    }
    for name in [".docker/config.json", ".aws/credentials", "token"] {
        let text = std::fs::read_to_string(scene.session.path(name)).unwrap_or_default();
        // Whatever is as long as a secret, and no path or host.
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c));
        secrets.extend(words.filter(|word| word.len() >= 40 && !word.contains("ecr")).map(str::to_owned));
    }
    secrets
}

pub fn leaks_nothing(scene: &Scene<'_>, run: &Run) -> Result<()> {
    for secret in planted(scene) {
        for part in [secret.as_str(), secret.get(..30.min(secret.len())).unwrap_or(&secret)] {
            ensure!(!run.text().contains(part), "`{}` prints a secret ({}…)", run.command, &part[..4]);
        }
    }
    Ok(())
}

/// The findings of doctor's JSON.
pub fn findings(run: &Run) -> Result<Vec<Value>> {
    let report: Value =
        serde_json::from_str(&run.stdout).with_context(|| format!("`{}`:\n{}", run.command, run.text()))?;
    ensure!(report["schema"] == "ecrpass/findings/1", "{report}");
    Ok(report["findings"].as_array().cloned().unwrap_or_default())
}

/// The slug of a finding.
pub fn slug(finding: Option<&Value>) -> &str {
    finding.and_then(|finding| finding["id"].as_str()).unwrap_or("nothing")
}
