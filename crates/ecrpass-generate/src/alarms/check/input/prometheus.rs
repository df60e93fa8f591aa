//! Rule files of Prometheus, and the custom resource that holds such a file.

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind};

use super::embedded::passage;
use super::model::{Contents, Rule};

/// The rules of a document: `groups`, bare or in the `spec` of a `PrometheusRule`, in a list of those, or as a chart's
/// values have them.
pub fn document(document: &Datum, contents: &mut Contents) {
    let groups = document.get("groups").or_else(|| document.at(&["spec", "groups"]));
    for group in groups.map(Datum::items).unwrap_or_default() {
        for rule in group.get("rules").map(Datum::items).unwrap_or_default() {
            contents.rules.extend(self::rule(rule));
        }
    }
    for item in document.get("items").map(Datum::items).unwrap_or_default() {
        self::document(item, contents);
    }
    // A ConfigMap holds files as texts; their places are those of the text's lines.
    for entry in document.get("data").map(Datum::entries).unwrap_or_default() {
        let Some(text) = passage(&entry.value) else { continue };
        let Ok(inner) = ecrpass_audit::yaml::read(text.text()) else { continue };
        for inner in &inner {
            let first = contents.rules.len();
            self::document(&ecrpass_audit::infrastructure::intrinsics::datum(inner), contents);
            for rule in contents.rules.iter_mut().skip(first) {
                let start = text.place(rule.expression.place(0));
                rule.expression = ecrpass_audit::passage::Passage::verbatim(rule.expression.text(), start);
                rule.held = rule.held.take().map(|(held, at)| (held, text.places(at)));
            }
        }
    }
}

fn rule(rule: &Datum) -> Option<Rule> {
    let expression = rule.get("expr")?;
    let held = rule.get("for");
    Some(Rule {
        expression: match &expression.kind {
            DatumKind::Text(passage) => passage.clone(),
            _ => return None,
        },
        held: held.and_then(|held| Some((duration(held.text()?)?, held.bytes.clone()))),
        is_alert: rule.get("alert").is_some(),
    })
}

/// A duration in seconds: `1h`, `5m30s`. Source: Prometheus `model/time.go`.
pub fn duration(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text.trim();
    if rest == "0" {
        return Some(0);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let (factor, unit) =
            [(0, "ms"), (1, "s"), (60, "m"), (3600, "h"), (86_400, "d"), (604_800, "w"), (31_536_000, "y")]
                .into_iter()
                .find(|(_, unit)| rest.starts_with(unit))?;
        total = total.saturating_add(number.saturating_mul(factor));
        rest = rest.get(unit.len()..)?;
    }
    (!text.trim().is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_added_up() {
        for (text, expected) in [
            ("60m", Some(3600)),
            ("1h30m", Some(5400)),
            ("90s", Some(90)),
            ("500ms", Some(0)),
            ("0", Some(0)),
            ("", None),
            ("5", None),
            ("m", None),
            ("5x", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}
