//! The Helm chart as the archive that `helm install` takes.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::about::{About, NAME};
use super::tree::Tree;
use crate::web::gzip;

/// The name of the file, and what is in it.
///
/// # Errors
/// When the chart cannot be read or is of another version.
pub fn chart(about: &About, directory: &Path) -> Result<(String, Vec<u8>)> {
    let description = std::fs::read_to_string(directory.join("Chart.yaml"))?;
    for field in ["version", "appVersion"] {
        let line = format!("{field}: {}", about.version);
        ensure!(description.lines().any(|it| it == line), "Chart.yaml does not say `{line}`");
    }
    let ignored = std::fs::read_to_string(directory.join(".helmignore"))?;
    let mut tree = Tree::default();
    add(directory, directory, &ignored, &mut tree)?;
    let mut whole = Tree::default();
    whole.add(NAME, &tree);
    Ok((format!("{NAME}-chart-{}.tgz", about.version), gzip(&whole.tar(about.seconds(), "")?)?))
}

fn add(top: &Path, directory: &Path, ignored: &str, tree: &mut Tree) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a name that is no text")?;
        let is_ignored = name == ".helmignore"
            || ignored.lines().any(|line| match line.strip_prefix('*') {
                Some(end) => name.ends_with(end),
                None => name == line,
            });
        if is_ignored {
            continue;
        }
        if path.is_dir() {
            add(top, &path, ignored, tree)?;
        } else {
            let relative = path.strip_prefix(top)?.to_str().context("a path that is no text")?;
            tree.file(relative, std::fs::read(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::root;

    #[test]
    fn the_chart_of_this_version_is_packed_without_what_it_ignores() {
        let mut about = About::example();
        about.version = env!("CARGO_PKG_VERSION").to_owned();
        let (name, bytes) = chart(&about, &root().join("charts/ecrpass")).unwrap();
        assert_eq!(name, format!("ecrpass-chart-{}.tgz", about.version));
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let paths: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert!(paths.contains(&"ecrpass/Chart.yaml".to_owned()), "{paths:?}");
        assert!(paths.contains(&"ecrpass/templates/".to_owned()), "{paths:?}");
        assert!(!paths.iter().any(|path| path.contains(".helmignore")), "{paths:?}");
        about.version = "9.9.9".to_owned();
        assert!(chart(&about, &root().join("charts/ecrpass")).is_err());
    }
}
