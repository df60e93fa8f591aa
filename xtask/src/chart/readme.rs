//! What is made from the chart as text: the table of values, and manifests without Helm's own marks.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};

const BEGIN: &str = "<!-- values: made from values.yaml by cargo xtask chart --write -->\n";
const END: &str = "<!-- end of values -->\n";

/// A value that somebody may set.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    path: String,
    default: String,
    about: String,
}

/// A page with its table made anew.
pub fn with_table(page: &str, values: &str) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).context("README.md has no place for the table of values")?;
    let (_, after) = rest.split_once(END).context("README.md has no end of the table of values")?;
    let rows = rows(values)?;
    ensure!(rows.len() > 50, "only {} values are described", rows.len());
    let mut table = String::from("| value | default | |\n| --- | --- | --- |\n");
    for Row { path, default, about } in rows {
        let _ = writeln!(table, "| `{path}` | {default} | {} |", about.replace('|', "\\|"));
    }
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// Every value with a comment `# --`, in the order of the file. One without is a mistake: nobody would know of it.
fn rows(values: &str) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut about = String::new();
    // The keys that the line is below, with how far they are in.
    let mut above: Vec<(usize, &str)> = Vec::new();
    // How far in the value is whose own lines are passed over.
    let mut inside: Option<usize> = None;
    for (number, line) in values.lines().enumerate() {
        let words = line.trim();
        let indent = line.len() - line.trim_start().len();
        if inside.is_some_and(|depth| indent > depth && !words.is_empty()) {
            continue;
        }
        inside = None;
        if let Some(text) = words.strip_prefix("# -- ") {
            text.clone_into(&mut about);
            continue;
        }
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let (key, value) = words.split_once(':').with_context(|| format!("line {}: no key", number + 1))?;
        above.retain(|(depth, _)| *depth < indent);
        let path: Vec<&str> = above.iter().map(|(_, key)| *key).chain([key]).collect();
        let value = value.trim();
        if about.is_empty() {
            if !value.is_empty() {
                bail!("values.yaml, line {}: `{}` has no comment `# --`", number + 1, path.join("."));
            }
            above.push((indent, key));
            continue;
        }
        let default = if value.is_empty() {
            inside = Some(indent);
            "values.yaml".to_owned()
        } else {
            format!("`{value}`")
        };
        rows.push(Row { path: path.join("."), default, about: std::mem::take(&mut about) });
    }
    Ok(rows)
}

/// The namespace of a plain manifest, and the Pod Security level of it: what needs more than the others has one of its own.
pub fn namespace(name: &str) -> (&'static str, &'static str) {
    if name.starts_with("node-installer") {
        ("ecrpass-nodes", "privileged")
    } else {
        ("ecrpass", "restricted")
    }
}

/// Manifests for those who have no Helm: without its marks, and with the namespace in front.
pub fn plain(rendered: &str, name: &str) -> String {
    let is_helms = |line: &str| {
        let line = line.trim_start();
        line.starts_with("helm.sh/chart:")
            || line == "app.kubernetes.io/managed-by: Helm"
            || line.starts_with("# Source:")
    };
    let (namespace, level) = namespace(name);
    let mut text = format!(
        "# Made from charts/ecrpass by cargo xtask chart --write; change the accounts, regions and roles in it, then: kubectl apply -f {name}.yaml\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n  labels:\n    pod-security.kubernetes.io/enforce: {level}\n"
    );
    for line in rendered.lines().filter(|line| !is_helms(line)) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_with_path_default_and_comment() {
        let text = "# a note\n# -- First\na: 1\nb:\n  # -- Second | half\n  c: \"\"\n  d:\n    # -- Third\n    e: [x]\n  # -- Fourth\n  f:\n    g: 1\n    h: {i: 2}\n# -- Last\nj: {}\n";
        let paths: Vec<(String, String)> =
            rows(text).unwrap().into_iter().map(|row| (row.path, row.default)).collect();
        let expected =
            [("a", "`1`"), ("b.c", "`\"\"`"), ("b.d.e", "`[x]`"), ("b.f", "values.yaml"), ("j", "`{}`")];
        assert_eq!(paths, expected.map(|(path, default)| (path.to_owned(), default.to_owned())));
        let error = rows("a: 1\n").unwrap_err();
        assert!(error.to_string().contains("`a` has no comment"), "{error}");
    }

    #[test]
    fn manifests_have_no_marks_of_helm() {
        let text = plain(
            "---\n# Source: x\nkind: A\n  labels:\n    helm.sh/chart: e-1\n    app.kubernetes.io/managed-by: Helm\n    a: b\n",
            "canary",
        );
        assert!(text.contains("    a: b\n") && text.contains("enforce: restricted"), "{text}");
        assert!(!text.contains("elm"), "{text}");
        assert!(
            text.contains("name: ecrpass\n")
                && plain("", "node-installer-eks").contains("name: ecrpass-nodes\n")
        );
    }
}
