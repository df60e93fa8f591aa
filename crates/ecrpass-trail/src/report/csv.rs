//! The answers as tables for spreadsheets, in which no cell is taken for a formula.

use super::{Incident, Report};

/// A table of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// Incidents, with their best cause.
    #[default]
    Incidents,
    /// Every call that failed, by principal, code and hour.
    Errors,
    /// The most calls within a second.
    Peaks,
    /// Keys that never expire.
    Keys,
}

/// A table, with its header.
pub fn csv(report: &Report, table: Table) -> String {
    let mut text = String::new();
    let mut row = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    };
    match table {
        Table::Incidents => {
            row(&[
                "id",
                "signal",
                "principal",
                "error",
                "events",
                "first",
                "first_event_id",
                "last",
                "count",
                "account",
                "region",
                "repository",
                "ended",
                "cause",
                "cause_time",
                "cause_event_id",
                "cause_confidence",
                "cause_object",
                "cause_by",
                "why",
            ]);
            for incident in &report.incidents {
                incident_row(incident, &mut row);
            }
        }
        Table::Errors => {
            row(&["principal", "error", "hour", "count"]);
            for error in &report.errors {
                row(&[&error.principal, &error.error, &error.hour, &error.count.to_string()]);
            }
        }
        Table::Peaks => {
            row(&["account", "region", "api", "peak_per_second", "at", "quota_per_second", "quota_code"]);
            for peak in &report.peaks {
                let quota = peak.quota_per_second.map(|quota| quota.to_string()).unwrap_or_default();
                row(&[
                    &peak.account,
                    &peak.region,
                    &peak.api,
                    &peak.peak_per_second.to_string(),
                    &peak.at,
                    &quota,
                    peak.quota_code.unwrap_or_default(),
                ]);
            }
        }
        Table::Keys => {
            row(&["principal", "access_key_id", "calls", "first", "last"]);
            for key in &report.long_lived_keys {
                let id = key.access_key_id.as_deref().unwrap_or_default();
                row(&[&key.principal, id, &key.calls.to_string(), &key.first, &key.last]);
            }
        }
    }
    text
}

fn incident_row(incident: &Incident, row: &mut dyn FnMut(&[&str])) {
    let signal = serde_json::to_value(incident.signal).ok();
    let confidence = incident.causes.first().and_then(|cause| serde_json::to_value(cause.confidence).ok());
    let word = |value: &Option<serde_json::Value>| -> String {
        value.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    let cause = incident.causes.first();
    row(&[
        incident.id.unwrap_or_default(),
        &word(&signal),
        &incident.principal,
        incident.error.as_deref().unwrap_or_default(),
        &incident.events.join(" "),
        &incident.first.time,
        incident.first.event_id.as_deref().unwrap_or_default(),
        incident.last.as_deref().unwrap_or_default(),
        &incident.count.to_string(),
        &incident.account,
        &incident.region,
        incident.repository.as_deref().unwrap_or_default(),
        incident.ended.as_ref().map(|ended| ended.time.as_str()).unwrap_or_default(),
        cause.map(|cause| cause.event.as_str()).unwrap_or_default(),
        cause.map(|cause| cause.time.as_str()).unwrap_or_default(),
        cause.map(|cause| cause.event_id.as_str()).unwrap_or_default(),
        &word(&confidence),
        cause.map(|cause| cause.object.as_str()).unwrap_or_default(),
        cause.map(|cause| cause.by.as_str()).unwrap_or_default(),
        &incident.why,
    ]);
}

/// A cell. A text that a spreadsheet would compute is made a text by an apostrophe, as spreadsheets do it. Source: OWASP,
/// "CSV Injection"; quoting by RFC 4180.
fn cell(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c == ' ' { c } else { ecrpass_core::visible::visible_char(c) }).collect();
    let is_number = !shown.is_empty() && shown.bytes().all(|byte| byte.is_ascii_digit());
    let begins_formula =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠' | '\u{fffd}');
    // Spreadsheets also look behind blanks.
    let is_formula = !is_number && shown.trim_start().starts_with(begins_formula);
    let safe = if is_formula { format!("'{shown}") } else { shown };
    match safe.contains([',', '"', ';', '\'']) || safe.starts_with(' ') || safe.ends_with(' ') {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_stays_one_cell() {
        for (text, expected) in [
            ("plain", "plain"),
            ("171", "171"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("+1", "\"'+1\""),
            ("-1+2", "\"'-1+2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1+1", "\"'  =1+1\""),
            ("\t=1", "\"' =1\""),
            ("a\r\nb", "a  b"),
            ("\u{1b}[31m", "\"'\u{fffd}[31m\""),
            ("＝1", "\"'＝1\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
