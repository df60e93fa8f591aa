//! Causes are named by `DiagnosisId`: no source file spells a cause's name out.

use std::fs;
use std::path::{Path, PathBuf};

use ecrpass_core::DiagnosisId;

/// Where the names stand: the list itself. And a fault of the local ECR that is called like the cause it makes.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("ecrpass-core/src/diagnosis_id.rs", ""),
    ("ecrpass-local/src/faults.rs", "clock-skew"),
    // A part of AWS's codes.
    ("ecrpass-trail/src/failure.rs", "throttled"),
];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_source_spells_a_causes_name_out() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            sources(&source, &mut files);
        }
    }
    assert!(files.len() > 200, "{}", files.len());
    let mut wrong = Vec::new();
    for path in files {
        // Files of tests alone stand beside what they test.
        if path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let own = text.split("#[cfg(test)]").next().unwrap();
        let named = |id: DiagnosisId| {
            EXCEPTIONS
                .iter()
                .any(|(file, slug)| path.ends_with(file) && (slug.is_empty() || *slug == id.slug()))
        };
        // What stands between two quotation marks, whichever of them opens.
        let spelled = own.split('"').filter_map(DiagnosisId::parse).filter(|id| !named(*id));
        wrong.extend(spelled.map(|id| format!("{} spells \"{id}\" out", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
