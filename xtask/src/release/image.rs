//! The container image, as an OCI layout in a tar archive: for each kind of Linux machine the certificates of public
//! authorities in one layer, the programs in another, and nothing else. No daemon takes part.
//!
//! Source: <https://github.com/opencontainers/image-spec>, `image-layout.md`, `config.md`, `image-index.md`.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::about::{About, HELPER, LICENCE, NAME, OPERATOR, OWN_HELPER, PROVIDER, SUMMARY};
use super::material::Material;
use super::target::Target;
use super::tree::Tree;
use crate::tools;
use crate::web::gzip;
use ecrpass_core::hex::hex;

/// Mozilla's list of authorities, in a wheel, and the sum of the file: what it holds is part of what is released.
const CERTIFI: &str = "certifi==2026.10.19.post1";
const CERTIFI_SUM: &str = "d87887200c9a705dccc937b9b83b5e67e47024c4a4b7f9dd15700c72e0f55453";

/// As whom it runs.
const USER: &str = "65532:65532";

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The certificates of public authorities.
///
/// # Errors
/// When they cannot be had, or are others than those pinned here.
pub fn certificates() -> Result<Vec<u8>> {
    let directory =
        tools::python(&CERTIFI.replace("==", "-"), &[CERTIFI], "the certificates of authorities")?;
    let mut find = std::process::Command::new(directory.join("bin/python"));
    find.args(["-c", "import certifi; print(certifi.where())"]);
    let path = crate::command::output(&mut find)?;
    let bytes = std::fs::read(path.trim()).with_context(|| path.clone())?;
    let sum = hex(&Sha256::digest(&bytes));
    anyhow::ensure!(sum == CERTIFI_SUM, "{} has the sum {sum}, not {CERTIFI_SUM}", path.trim());
    Ok(bytes)
}

/// The name of the file, and what is in it.
pub fn image(
    about: &About,
    targets: &[Target],
    material: &Material,
    authorities: &[u8],
) -> Result<(String, Vec<u8>)> {
    let mut layout = Tree::default();
    layout.file("oci-layout", json!({ "imageLayoutVersion": "1.0.0" }).to_string());
    let base = layer(about, &mut layout, &base(authorities))?;
    let mut manifests = Vec::new();
    for target in targets.iter().filter(|target| target.is_linux()) {
        let programs = layer(about, &mut layout, &programs(*target, material)?)?;
        let layers = [&base, &programs];
        let config = blob(&mut layout, CONFIG, config(about, *target, &layers).to_string().into_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": layers.map(|layer| layer.descriptor.clone()),
            "annotations": annotations(about),
        });
        let descriptor = blob(&mut layout, MANIFEST, manifest.to_string().into_bytes());
        let platform = json!({ "architecture": target.debian(), "os": "linux" });
        manifests.push(with(descriptor, "platform", platform));
    }
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": annotations(about),
    });
    let descriptor = blob(&mut layout, INDEX, index.to_string().into_bytes());
    let name = json!({ "org.opencontainers.image.ref.name": about.version });
    let descriptor = with(descriptor, "annotations", name);
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor] });
    layout.file("index.json", index.to_string());
    Ok((file_name(about), layout.tar(about.seconds(), "")?))
}

/// The name of the file.
pub fn file_name(about: &About) -> String {
    format!("{NAME}-{}-image.tar", about.version)
}

/// What every image has: the authorities, and directories that a user without a name may need.
fn base(authorities: &[u8]) -> Tree {
    let mut tree = Tree::default();
    tree.file("etc/ssl/certs/ca-certificates.crt", authorities);
    tree.file(
        "etc/passwd",
        "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    );
    tree.file("etc/group", "root:x:0:\nnonroot:x:65532:\n");
    // Some platforms run images as users of their own choice, and the cache has to be somewhere.
    tree.shared("home/nonroot");
    tree.shared("tmp");
    tree
}

/// The programs. Who copies the helper out of an image asks for it by Amazon's name.
fn programs(target: Target, material: &Material) -> Result<Tree> {
    let mut tree = Tree::default();
    for name in [HELPER, NAME, OPERATOR] {
        if let Some(bytes) = material.programs.get(&(target.triple, name.to_owned())) {
            tree.program(format!("usr/bin/{name}"), bytes.clone());
        }
    }
    tree.link(format!("usr/bin/{OWN_HELPER}"), HELPER);
    tree.link(format!("usr/bin/{PROVIDER}"), HELPER);
    tree.file(format!("usr/share/licenses/{NAME}/LICENSE"), material.licence.clone());
    tree.file(format!("usr/share/licenses/{NAME}/THIRD-PARTY.txt"), material.third_party.clone());
    Ok(tree)
}

struct Layer {
    descriptor: Value,
    /// Of what is in it, unpacked.
    diff: String,
}

fn layer(about: &About, layout: &mut Tree, tree: &Tree) -> Result<Layer> {
    let tar = tree.tar(about.seconds(), "")?;
    let diff = digest(&tar);
    Ok(Layer { descriptor: blob(layout, LAYER, gzip(&tar)?), diff })
}

/// Puts something into the layout; what refers to it.
fn blob(layout: &mut Tree, kind: &str, bytes: Vec<u8>) -> Value {
    let digest = digest(&bytes);
    let descriptor = json!({ "mediaType": kind, "digest": digest, "size": bytes.len() });
    layout.file(format!("blobs/{}", digest.replace(':', "/")), bytes);
    descriptor
}

fn with(mut descriptor: Value, name: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut descriptor {
        fields.insert(name.to_owned(), value);
    }
    descriptor
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

fn created(about: &About) -> String {
    ecrpass_core::time::rfc3339(about.epoch)
}

fn config(about: &About, target: Target, layers: &[&Layer]) -> Value {
    let history = ["certificates of public authorities", "programs"].map(
        |what| json!({ "created": created(about), "created_by": "cargo xtask release", "comment": what }),
    );
    json!({
        "created": created(about),
        "architecture": target.debian(),
        "os": "linux",
        "config": {
            "User": USER,
            "Env": ["PATH=/usr/bin", "HOME=/home/nonroot"],
            "Entrypoint": [format!("/usr/bin/{NAME}")],
            "WorkingDir": "/",
            "Labels": annotations(about),
        },
        "rootfs": { "type": "layers", "diff_ids": layers.iter().map(|layer| layer.diff.as_str()).collect::<Vec<_>>() },
        "history": history,
    })
}

fn annotations(about: &About) -> Value {
    json!({
        "org.opencontainers.image.created": created(about),
        "org.opencontainers.image.description": SUMMARY,
        "org.opencontainers.image.licenses": LICENCE,
        "org.opencontainers.image.revision": about.commit,
        "org.opencontainers.image.source": about.homepage(),
        "org.opencontainers.image.title": NAME,
        "org.opencontainers.image.version": about.version,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read as _;

    use super::*;

    fn untar(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut archive = tar::Archive::new(bytes);
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), content)
        });
        entries.collect()
    }

    fn follow(files: &BTreeMap<String, Vec<u8>>, descriptor: &Value) -> Vec<u8> {
        let name = descriptor["digest"].as_str().unwrap();
        let bytes = files[&format!("blobs/{}", name.replace(':', "/"))].clone();
        assert_eq!(digest(&bytes), name);
        assert_eq!(descriptor["size"].as_u64().unwrap(), bytes.len() as u64);
        bytes
    }

    fn json_of(files: &BTreeMap<String, Vec<u8>>, descriptor: &Value) -> Value {
        serde_json::from_slice(&follow(files, descriptor)).unwrap()
    }

    #[test]
    fn every_digest_in_the_layout_is_that_of_what_it_names() {
        let triples = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "x86_64-pc-windows-gnu"];
        let material = Material::example_of(&triples);
        let about = About::example();
        let (name, bytes) = image(&about, &material.targets(), &material, b"CERTIFICATES").unwrap();
        assert_eq!(name, "ecrpass-0.1.0-image.tar");
        assert_eq!(bytes, image(&about, &material.targets(), &material, b"CERTIFICATES").unwrap().1);
        let files = untar(&bytes);
        let top: Value = serde_json::from_slice(&files["index.json"]).unwrap();
        let index = json_of(&files, &top["manifests"][0]);
        let manifests = index["manifests"].as_array().unwrap();
        let platforms: Vec<_> =
            manifests.iter().map(|it| it["platform"]["architecture"].as_str().unwrap()).collect();
        assert_eq!(platforms, ["amd64", "arm64"]);
        for manifest in manifests {
            let manifest = json_of(&files, manifest);
            let config = json_of(&files, &manifest["config"]);
            assert_eq!(config["config"]["User"], USER);
            let diffs = config["rootfs"]["diff_ids"].as_array().unwrap();
            let layers = manifest["layers"].as_array().unwrap();
            assert_eq!(diffs.len(), layers.len());
            let mut paths = Vec::new();
            for (layer, diff) in layers.iter().zip(diffs) {
                let mut plain = Vec::new();
                let packed = follow(&files, layer);
                flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut plain).unwrap();
                assert_eq!(diff.as_str().unwrap(), digest(&plain));
                paths.extend(untar(&plain).into_keys());
            }
            for path in
                ["etc/ssl/certs/ca-certificates.crt", "usr/bin/ecrpass", "usr/bin/ecr-credential-provider"]
            {
                assert!(paths.iter().any(|found| found == path), "{path} in {paths:?}");
            }
        }
    }
}
