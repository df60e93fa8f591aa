//! The bill of materials of a program, in CycloneDX's format: the same bytes whenever it is written, and it names the sum of
//! the very program it is of.
//!
//! Source: <https://cyclonedx.org/docs/1.6/json/>.

use anyhow::Result;
use ecrpass_core::hex::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::about::About;
use super::graph::{Graph, Key, Library};
use super::target::Target;

/// The end of its name.
pub const END: &str = ".cdx.json";

/// Under which name it says what it is for.
pub const TARGET: &str = "ecrpass:target";

/// The name of the file, and what is in it.
pub fn sbom(about: &About, target: Target, graph: &Graph, program: &[u8]) -> Result<(String, Vec<u8>)> {
    let (name, version) = &graph.program;
    let sum = hex(&Sha256::digest(program));
    let others = graph.libraries.iter().filter(|(key, _)| **key != graph.program);
    let components: Vec<Value> = others.map(|(key, library)| component(about, key, library)).collect();
    let dependencies: Vec<Value> = graph
        .libraries
        .iter()
        .map(|(key, library)| {
            json!({ "ref": reference(key), "dependsOn": library.uses.iter().map(reference).collect::<Vec<_>>() })
        })
        .collect();
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial(&format!("{name} {version} {} {sum}", target.triple)),
        "version": 1,
        "metadata": {
            "timestamp": ecrpass_core::time::rfc3339(about.epoch),
            "component": {
                "type": "application",
                "bom-ref": reference(&graph.program),
                "name": name,
                "version": version,
                "licenses": [{ "expression": super::about::LICENCE }],
                "hashes": [{ "alg": "SHA-256", "content": sum }],
                "externalReferences": [{ "type": "vcs", "url": about.homepage() }],
                "properties": [
                    { "name": TARGET, "value": target.triple },
                    { "name": "ecrpass:commit", "value": about.commit },
                ],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    let text = format!("{}\n", serde_json::to_string_pretty(&bom)?);
    Ok((format!("{name}-{version}-{}{END}", target.triple), text.into_bytes()))
}

fn component(about: &About, key: &Key, library: &Library) -> Value {
    let (name, version) = key;
    let repository = library.repository.clone().unwrap_or_else(|| about.homepage());
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(key),
        "name": name,
        "version": version,
        "scope": "required",
        "externalReferences": [{ "type": "vcs", "url": repository }],
    });
    if let Value::Object(fields) = &mut component {
        if !library.licence.is_empty() {
            fields.insert("licenses".to_owned(), json!([{ "expression": library.licence }]));
        }
        if let Some(sum) = &library.sum {
            fields.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": sum }]));
        }
        // Ours are in no registry, and scanners would look for them there.
        if library.is_published {
            fields.insert("purl".to_owned(), Value::from(format!("pkg:cargo/{name}@{version}")));
        }
    }
    component
}

fn reference(key: &Key) -> String {
    format!("{}@{}", key.0, key.1)
}

/// A UUID that is made of what it stands for, of version 8.
fn serial(text: &str) -> String {
    let mut bytes: Vec<u8> = Sha256::digest(text.as_bytes()).iter().copied().take(16).collect();
    for (at, byte) in bytes.iter_mut().enumerate() {
        match at {
            6 => *byte = *byte & 0x0f | 0x80,
            8 => *byte = *byte & 0x3f | 0x80,
            _ => {}
        }
    }
    let digits = hex(&bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::target::TARGETS;

    #[test]
    fn it_names_the_program_by_its_sum_and_is_the_same_each_time() {
        let (about, graph) = (About::example(), Graph::example());
        let (name, bytes) = sbom(&about, TARGETS[0], &graph, b"program").unwrap();
        assert_eq!(name, "ecrpass-0.1.0-x86_64-unknown-linux-musl.cdx.json");
        assert_eq!(bytes, sbom(&about, TARGETS[0], &graph, b"program").unwrap().1);
        let bom: Value = serde_json::from_slice(&bytes).unwrap();
        let component = &bom["metadata"]["component"];
        assert_eq!(component["hashes"][0]["content"], hex(&Sha256::digest(b"program")));
        let other: Value =
            serde_json::from_slice(&sbom(&about, TARGETS[0], &graph, b"another").unwrap().1).unwrap();
        assert_ne!(bom["serialNumber"], other["serialNumber"]);
    }

    #[test]
    fn every_dependency_is_a_component_and_ours_are_in_no_registry() {
        let bytes = sbom(&About::example(), TARGETS[0], &Graph::example(), b"program").unwrap().1;
        let bom: Value = serde_json::from_slice(&bytes).unwrap();
        let mut known: Vec<&str> =
            bom["components"].as_array().unwrap().iter().map(|it| it["bom-ref"].as_str().unwrap()).collect();
        known.push(bom["metadata"]["component"]["bom-ref"].as_str().unwrap());
        for dependency in bom["dependencies"].as_array().unwrap() {
            assert!(known.contains(&dependency["ref"].as_str().unwrap()));
            for used in dependency["dependsOn"].as_array().unwrap() {
                assert!(known.contains(&used.as_str().unwrap()));
            }
        }
        assert_eq!(bom["components"][0]["purl"], Value::Null);
        assert_eq!(bom["components"][1]["purl"], "pkg:cargo/memchr@2.8.3");
    }

    #[test]
    fn a_serial_number_is_a_uuid() {
        let text = serial("x");
        let digits = text.strip_prefix("urn:uuid:").unwrap();
        assert_eq!(digits.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(&digits[14..15], "8");
    }
}
