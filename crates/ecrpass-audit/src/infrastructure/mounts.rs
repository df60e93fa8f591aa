//! What jobs of Nomad mount: `volumes = ["/source:/target"]` and `mount { source = … }`.

use std::ops::Range;

use super::datum::{Datum, DatumKind};
use super::hcl;

/// The mounts of a job, each as docker writes it, with its bytes.
pub fn sources(text: &str) -> Vec<(String, Range<usize>)> {
    let Some((blocks, _)) = hcl::read(text) else { return Vec::new() };
    let mut found = Vec::new();
    for block in &blocks {
        block.body.walk("", &mut |key, datum| match (key, &datum.kind) {
            ("volumes", DatumKind::Text(passage)) => {
                found.push((passage.text().to_owned(), datum.bytes.clone()))
            }
            ("mount" | "mounts", DatumKind::Map(_)) => {
                if let Some(source) = datum.get("source") {
                    let is_read_only = datum.get("readonly").and_then(Datum::text) == Some("true");
                    let flag = if is_read_only { ",readonly" } else { "" };
                    let text = source.text().unwrap_or_default();
                    found.push((format!("type=bind,source={text}{flag}"), source.bytes.clone()));
                }
            }
            _ => {}
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_found() {
        let text = "job \"x\" {\n  task \"t\" {\n    config {\n      volumes = [\"/root/.docker:/root/.docker:ro\"]\n      mount {\n        type = \"bind\"\n        source = \"/root/.aws\"\n      }\n    }\n  }\n}\n";
        let found: Vec<String> = sources(text).into_iter().map(|(source, _)| source).collect();
        assert_eq!(found, ["/root/.docker:/root/.docker:ro", "type=bind,source=/root/.aws"]);
    }
}
