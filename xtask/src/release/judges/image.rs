//! skopeo, which reads images as registries' clients do.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::asking::{answers, asked};
use crate::command::{find_on_path, say};
use crate::tools;

/// The most that an image may measure on its way from a registry, in bytes.
const MOST: u64 = 22_000_000;

/// Reads every image of the layout, copies all of them, and unpacks the one for this machine.
pub fn inspect(files: &[PathBuf]) -> Result<()> {
    tools::debian(&[("skopeo", "skopeo", "judges the image")])?;
    for file in files {
        let scratch = tempfile::tempdir()?;
        let layout = scratch.path().join("layout");
        std::fs::create_dir(&layout)?;
        asked(Command::new("tar").arg("-xf").arg(file).arg("-C").arg(&layout))?;
        let name = format!("oci:{}", layout.display());
        let raw = asked(Command::new("skopeo").args(["inspect", "--raw", &name]))?;
        let index: Value = serde_json::from_str(&raw)?;
        let manifests = index.get("manifests").and_then(Value::as_array).context("the index is empty")?;
        for manifest in manifests {
            let architecture = manifest.pointer("/platform/architecture").and_then(Value::as_str);
            let architecture = architecture.context("an image for no machine")?;
            let mut skopeo = Command::new("skopeo");
            skopeo.args(["--override-arch", architecture, "--override-os", "linux", "inspect", &name]);
            let image: Value = serde_json::from_str(&asked(&mut skopeo)?)?;
            let layers = image.get("Layers").and_then(Value::as_array).context("no layers")?;
            let mut size = 0;
            for layer in layers {
                let digest = layer.as_str().and_then(|digest| digest.strip_prefix("sha256:"));
                let blob = layout.join("blobs/sha256").join(digest.context("a layer without a digest")?);
                size += std::fs::metadata(&blob).with_context(|| blob.display().to_string())?.len();
            }
            say(&format!("  {architecture}: {size} bytes"));
            ensure!(size <= MOST, "the image for {architecture} measures {size} bytes, more than {MOST}");
        }
        let copy = format!("oci:{}", scratch.path().join("copy").display());
        asked(Command::new("skopeo").args(["copy", "--quiet", "--all", "--insecure-policy", &name, &copy]))?;
        unpacked(&name, scratch.path())?;
    }
    Ok(())
}

/// Unpacks the layers of the image for this machine, and runs what is in them; as the user of the image in its own root where
/// that can be had.
fn unpacked(name: &str, scratch: &std::path::Path) -> Result<()> {
    let (flat, root) = (scratch.join("flat"), scratch.join("root"));
    std::fs::create_dir(&root)?;
    let to = format!("dir:{}", flat.display());
    asked(Command::new("skopeo").args(["copy", "--quiet", "--insecure-policy", name, &to]))?;
    let manifest: Value = serde_json::from_slice(&std::fs::read(flat.join("manifest.json"))?)?;
    let layers = manifest.get("layers").and_then(Value::as_array).context("no layers")?;
    for layer in layers {
        let digest =
            layer.get("digest").and_then(Value::as_str).and_then(|digest| digest.strip_prefix("sha256:"));
        let layer = flat.join(digest.context("a layer without a digest")?);
        asked(Command::new("tar").arg("-xzf").arg(layer).arg("-C").arg(&root))?;
    }
    answers(&root.join("usr/bin/ecrpass"), "--version")?;
    answers(&root.join("usr/bin/docker-credential-ecrpass"), "version")?;
    if find_on_path("chroot").is_some() {
        let mut chroot = Command::new("chroot");
        chroot.args(["--userspec=65532:65532"]).arg(&root).args(["/usr/bin/ecrpass", "--version"]);
        asked(&mut chroot).context("as the image's user, in its own root")?;
    }
    Ok(())
}
