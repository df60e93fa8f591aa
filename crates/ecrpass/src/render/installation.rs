//! What people see of an installation: each name of the helper with its files, the cache, and what is wrong.

use ecrpass_diagnosis::finding::{Finding, Severity};
use ecrpass_diagnosis::installation::{CacheState, Helper, HelperFile, Installation, SumResult};

use crate::render::paint::{BAD, DIM, GOOD, STRONG, styled};
use crate::render::report;

/// The lines of the whole result.
pub fn report(seen: &Installation, findings: &[Finding]) -> Vec<String> {
    let mut parts: Vec<Vec<String>> = seen.helpers().iter().map(helper).collect();
    let mut others: Vec<String> = cache(seen).into_iter().collect();
    others.extend(
        seen.sums
            .iter()
            .filter(|sum| sum.result == SumResult::Whole)
            .map(|sum| format!("{} {} is whole, by {}", styled(GOOD, "✓"), sum.file, sum.source)),
    );
    parts.push(others);
    if findings.iter().all(|finding| finding.severity == Severity::Note) {
        parts.push(vec![styled(GOOD, "The installation is as it should be.")]);
    }
    if !findings.is_empty() {
        parts.push(report::findings(findings));
    }
    parts.retain(|part| !part.is_empty());
    report::with_blank_lines(&parts)
}

fn helper(helper: &Helper<'_>) -> Vec<String> {
    let named = match helper.configured_in.as_slice() {
        [] => String::new(),
        files => styled(DIM, &format!(", named in {}", files.join(", "))),
    };
    let mut lines = vec![format!("{}{named}", styled(STRONG, helper.name))];
    if helper.files.is_empty() {
        let elsewhere = helper.elsewhere.map(|path| format!("; outside of it: {path}")).unwrap_or_default();
        let mark = if helper.configured_in.is_empty() { styled(DIM, "·") } else { styled(BAD, "✗") };
        lines.push(format!("  {mark} not on PATH{elsewhere}"));
    }
    for one in &helper.files {
        lines.extend(file(one, !helper.configured_in.is_empty()));
    }
    lines
}

/// A file; one that no configuration asks is no fault where it is another's.
fn file(one: &HelperFile<'_>, is_asked: bool) -> [String; 2] {
    let answers = one.file.executable && one.shadowed_by.is_none();
    let mark = match (answers, one.ours) {
        (true, Some(true)) => styled(GOOD, "✓"),
        (true, _) if is_asked => styled(BAD, "✗"),
        _ => styled(DIM, "·"),
    };
    let real = one.file.real.as_deref().map(|real| format!(" → {real}")).unwrap_or_default();
    let mut says: Vec<String> = Vec::new();
    says.push(match (one.file.executable, one.ours, one.file.version.as_deref()) {
        (false, ..) => "not executable".to_owned(),
        (_, Some(true), Some(version)) => {
            format!("ours, {}", version.split_whitespace().next_back().unwrap_or_default())
        }
        (_, _, Some(version)) => format!("another program: {version}"),
        (_, _, None) => "does not say its version".to_owned(),
    });
    says.extend(one.product.map(|product| format!("comes with {product}")));
    says.extend(one.file.package.as_deref().map(|package| format!("package {package}")));
    says.extend(one.file.owner.as_deref().map(|owner| format!("owner {owner}")));
    says.extend(one.shadowed_by.map(|first| format!("not reached: {first} comes first")));
    [format!("  {mark} {}{real}", one.file.path), styled(DIM, &format!("      {}", says.join("; ")))]
}

fn cache(seen: &Installation) -> Option<String> {
    let directory = seen.cache.directory.as_deref()?;
    let (mark, how) = match &seen.cache.state {
        CacheState::Usable => (styled(GOOD, "✓"), "can be written, by you alone"),
        CacheState::ToBeMade => (styled(GOOD, "✓"), "will be made when it is needed"),
        // What is wrong with it is a finding.
        _ => (styled(BAD, "✗"), "cannot be used as it is"),
    };
    Some(format!("{mark} the cache {directory} {how}"))
}
