//! Directories with days, links, pipes and names of all kinds.

use super::*;

fn make(root: &Path, paths: &[&str]) {
    for path in paths {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }
}

/// What is found below a directory: the paths of files, and the names of what is skipped.
fn found(root: &Path, span: Span) -> (Vec<String>, Vec<String>) {
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    let shown = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    for input in Files::below(root, span) {
        match input {
            Input::File(path) => files.push(shown(&path)),
            Input::Skipped(kind, path, _) => {
                skipped.push(format!("{} {}", kind.slug(), shown(Path::new(&path))))
            }
            other => panic!("{other:?}"),
        }
    }
    skipped.sort();
    (files, skipped)
}

#[test]
fn files_come_day_by_day_over_all_accounts_and_in_each_day_as_they_were_written() {
    let root = tempfile::tempdir().unwrap();
    make(
        root.path(),
        &[
            "AWSLogs/1/CloudTrail/r/2026/11/24/1_CloudTrail_r_20261124T1005Z_a.json.gz",
            "AWSLogs/1/CloudTrail/r/2026/11/24/1_CloudTrail_r_20261124T0905Z_z.json.gz",
            "AWSLogs/1/CloudTrail/r/2026/11/25/1_CloudTrail_r_20261125T0005Z_a.json.gz",
            "AWSLogs/2/CloudTrail/r/2026/11/24/2_CloudTrail_r_20261124T0955Z_a.json.gz",
            "AWSLogs/2/CloudTrail/r/2026/11/25/2_CloudTrail_r_20261125T0000Z_a.json.gz",
            "other.json",
        ],
    );
    let (files, skipped) = found(root.path(), Span::default());
    let names: Vec<&str> = files.iter().map(|path| path.rsplit('/').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "other.json",
            "1_CloudTrail_r_20261124T0905Z_z.json.gz",
            "2_CloudTrail_r_20261124T0955Z_a.json.gz",
            "1_CloudTrail_r_20261124T1005Z_a.json.gz",
            "2_CloudTrail_r_20261125T0000Z_a.json.gz",
            "1_CloudTrail_r_20261125T0005Z_a.json.gz",
        ]
    );
    assert!(skipped.is_empty());
    let span = Span { since: Some(1_795_600_000 + 30 * 86_400), until: None };
    let (files, skipped) = found(root.path(), span);
    assert_eq!((files, skipped.len()), (vec!["other.json".to_owned()], 5));
}

#[cfg(unix)]
#[test]
fn links_lead_into_no_circle_and_pipes_are_not_waited_for() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    make(root.path(), &["a/x.json"]);
    make(elsewhere.path(), &["y.json", "deep/z.json"]);
    symlink(root.path(), root.path().join("a/up")).unwrap();
    symlink(root.path().join("a"), root.path().join("again")).unwrap();
    symlink("nowhere", root.path().join("broken")).unwrap();
    symlink(elsewhere.path(), root.path().join("out")).unwrap();
    symlink(elsewhere.path(), root.path().join("out2")).unwrap();
    symlink(elsewhere.path().join("deep"), elsewhere.path().join("deep/self")).unwrap();
    symlink(root.path().join("a/x.json"), root.path().join("file")).unwrap();
    let status = std::process::Command::new("mkfifo").arg(root.path().join("pipe")).status().unwrap();
    assert!(status.success());
    let (mut files, skipped) = found(root.path(), Span::default());
    files.sort();
    let of_links = files.iter().filter(|path| path.starts_with("out")).count();
    // Through one of the two links, and once more through the link inside, whose end was not known to be read.
    assert_eq!(of_links, 3, "{files:?}");
    assert!(files.contains(&"a/x.json".to_owned()) && files.contains(&"file".to_owned()), "{files:?}");
    for expected in ["link a/up", "link again", "link broken", "not-a-file pipe"] {
        assert!(skipped.contains(&expected.to_owned()), "{expected}: {skipped:?}");
    }
    assert!(skipped.iter().any(|skipped| skipped.starts_with("link out")), "{skipped:?}");
}
