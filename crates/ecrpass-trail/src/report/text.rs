//! The answers for a person under pressure: what fails, since when, why, and what to look at next.

use ecrpass_core::count::{counted, grouped};
use ecrpass_core::time::{duration, parse_rfc3339};
use ecrpass_diagnosis::finding::Confidence;

use super::charts::bars;
use super::{Cause, Incident, Report, Signal};
use crate::who::Who;

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    Plain,
    /// What to read first.
    Strong,
    /// What is wrong.
    Bad,
    /// What is right again.
    Good,
    /// What is there for completeness.
    Dim,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it looks.
    pub look: Look,
    /// What it says.
    pub text: String,
}

/// How many rows of a table are shown; JSON and CSV have all.
const MOST: usize = 12;

/// The lines of a report.
#[derive(Default)]
struct Page(Vec<Line>);

impl Page {
    fn add(&mut self, look: Look, text: impl Into<String>) {
        self.0.push(Line { look, text: text.into() });
    }

    fn plain(&mut self, text: impl Into<String>) {
        self.add(Look::Plain, text);
    }

    fn gap(&mut self) {
        if self.0.last().is_some_and(|line| !line.text.is_empty()) {
            self.plain("");
        }
    }

    fn heading(&mut self, text: &str) {
        self.gap();
        self.add(Look::Strong, text);
    }

    /// Rows up to a number, and how many there are more.
    fn rows(&mut self, rows: impl ExactSizeIterator<Item = String>) {
        let more = rows.len().saturating_sub(MOST);
        for row in rows.take(MOST) {
            self.plain(row);
        }
        if more > 0 {
            self.add(Look::Dim, format!("  … and {more} more: --format json or csv shows all"));
        }
    }
}

/// The report as lines.
pub fn lines(report: &Report) -> Vec<Line> {
    let mut page = Page::default();
    summary(report, &mut page);
    for incident in &report.incidents {
        page.gap();
        self::incident(incident, &mut page);
    }
    peaks(report, &mut page);
    keys(report, &mut page);
    errors(report, &mut page);
    limits(report, &mut page);
    page.0
}

fn summary(report: &Report, page: &mut Page) {
    let open = report.incidents.iter().filter(|incident| incident.ended.is_none()).count();
    let over = report.incidents.len() - open;
    let totals = &report.totals;
    match (open, over) {
        (0, 0) if report.no_match.is_some() => {
            page.add(Look::Strong, report.no_match.clone().unwrap_or_default())
        }
        (0, 0) if totals.ecr_events == 0 => page.add(Look::Strong, "No call of ECR is in these records."),
        (0, 0) => {
            page.add(Look::Good, "No incident: nobody is refused, and nobody fell silent after a change.")
        }
        (0, over) => page.add(Look::Good, format!("{}, all over.", number(over, "incident"))),
        (open, 0) => page.add(Look::Bad, format!("{}.", number(open, "incident"))),
        (open, over) => page.add(Look::Bad, format!("{} going on, {over} over.", number(open, "incident"))),
    }
    page.plain(format!(
        "{} of ECR, {} refused; {} read.",
        counted(totals.ecr_events, "call"),
        grouped(totals.ecr_errors),
        counted(totals.records, "record"),
    ));
    if let (Some(from), Some(until)) = (&report.from, &report.until) {
        page.plain(format!(
            "Data from {} until {}: nothing is known of what came later.",
            clock(from),
            clock(until)
        ));
    }
}

/// What an incident is, in a line.
pub fn title(incident: &Incident) -> String {
    let who = Who::of(&incident.principal).words();
    let or_earlier = if incident.or_earlier { " or earlier" } else { "" };
    let since = format!("{}{or_earlier}", clock(&incident.first.time));
    let state = match &incident.ended {
        Some(ended) => format!("until {}", clock(&ended.time)),
        None => match &incident.last {
            Some(last) => format!("last at {}", clock(last)),
            None => "and not heard of since".to_owned(),
        },
    };
    let calls = incident.events.join(", ");
    match incident.signal {
        Signal::Errors if incident.events == ["SubmitTaskStateChange"] => {
            format!("{who}: tasks cannot pull, since {since}, {state}")
        }
        Signal::Errors => format!("{who} is refused at {calls}, since {since}, {state}"),
        Signal::Throttling => format!("{who} is throttled at {calls}, from {since}, {state}"),
        Signal::Silence => format!("{who} fell silent at {since}, {state}"),
        Signal::UnusualSource => {
            format!("{who}: tokens fetched from an unusual place, from {since}, {state}")
        }
    }
}

fn incident(incident: &Incident, page: &mut Page) {
    let look = if incident.ended.is_some() { Look::Good } else { Look::Bad };
    page.add(look, title(incident));
    let mut place =
        vec![incident.principal.clone(), format!("account {}", incident.account), incident.region.clone()];
    place.extend(incident.repository.as_ref().map(|name| format!("repository {name}")));
    place.extend(incident.registry.as_ref().map(|account| format!("registry {account}")));
    place.retain(|part| !part.is_empty());
    page.add(Look::Dim, format!("  {}", place.join(" · ")));
    if let Some(error) = &incident.error {
        let length = match &incident.counted_from {
            Some(from) => format!(" from {} on", clock(from)),
            None => span(&incident.first.time, incident.last.as_deref()),
        };
        page.plain(format!("  {error}, {}{length}", counted(incident.count, "call")));
    }
    if incident.chart.iter().any(|count| *count > 0) {
        page.plain(format!("  {}", bars(&incident.chart)));
    }
    if let Some(message) = &incident.message {
        page.add(Look::Dim, format!("  {message}"));
    }
    page.plain(format!("  {}", incident.why));
    if let Some(works) = &incident.works_in {
        page.plain(format!("  The same repository works in {works}."));
    }
    for subject in &incident.subjects {
        page.plain(format!("  Asked for by {subject}"));
    }
    if let Some(source) = &incident.source {
        let session = source.session.as_ref().map(|name| format!(", session {name}")).unwrap_or_default();
        let key = source.access_key_id.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        page.plain(format!("  {} with {}{session}{key}", source.address, source.agents.join(", ")));
        page.plain("  What was pulled with these tokens shows no address: look for the role's and the key's pulls that follow.");
    }
    if let Some(seen) = &incident.last_seen {
        page.plain(format!("  Last seen {}", clock(seen)));
    }
    for cause in &incident.causes {
        self::cause(heading(cause), cause, page);
    }
    let looks_for_one = incident.id.is_some() && incident.signal == Signal::Errors;
    if incident.causes.is_empty() && looks_for_one {
        page.plain("  No change in these records explains it.");
    }
    for context in &incident.context {
        self::cause("Came with it", context, page);
    }
    if let Some(cause) = incident.ended.as_ref().and_then(|ended| ended.by.as_ref()) {
        self::cause("Ended by", cause, page);
    }
    if let Some(slug) = incident.id {
        page.plain(format!("  Next: ecrpass explain --id {slug}"));
    }
}

fn heading(cause: &Cause) -> &'static str {
    match cause.confidence {
        Confidence::Certain => "Cause",
        Confidence::Likely => "Likely cause",
        Confidence::Possible => "Possible cause",
    }
}

fn cause(heading: &str, cause: &Cause, page: &mut Page) {
    page.add(
        Look::Strong,
        format!("  {heading}: {} of {}, {}", cause.event, cause.object, clock(&cause.time)),
    );
    page.plain(format!(
        "    by {} in account {}, event {}",
        Who::of(&cause.by).words(),
        cause.account,
        cause.event_id
    ));
    page.plain(format!("    {}", cause.why));
    if let Some(command) = &cause.confirm {
        page.plain(format!("    Look: {command}"));
    }
}

fn peaks(report: &Report, page: &mut Page) {
    if report.peaks.is_empty() {
        return;
    }
    page.heading("Most calls within a second");
    page.rows(report.peaks.iter().map(|peak| {
        let quota = match peak.quota_per_second {
            Some(quota) => {
                format!(", default quota {quota}, {} %", peak.peak_per_second * 100 / quota.max(1))
            }
            None => String::new(),
        };
        let (api, count, at) = (&peak.api, peak.peak_per_second, clock(&peak.at));
        format!("  {count:>5} {api} at {at}, account {}, {}{quota}", peak.account, peak.region)
    }));
}

fn keys(report: &Report, page: &mut Page) {
    if report.long_lived_keys.is_empty() {
        return;
    }
    page.heading("Keys that never expire");
    page.rows(report.long_lived_keys.iter().map(|key| {
        let id = key.access_key_id.as_deref().unwrap_or("(the registry hides the key)");
        let (calls, first, last) = (counted(key.calls, "call"), clock(&key.first), clock(&key.last));
        format!("  {id} of {}, {calls}, first {first}, last {last}", Who::of(&key.principal).words())
    }));
}

fn errors(report: &Report, page: &mut Page) {
    // Those of each principal and code together: the hours are in JSON and CSV.
    let mut sums: Vec<(&str, &str, u64)> = Vec::new();
    for row in &report.errors {
        match sums.iter_mut().find(|(who, code, _)| *who == row.principal && *code == row.error) {
            Some((.., count)) => *count += row.count,
            None => sums.push((&row.principal, &row.error, row.count)),
        }
    }
    if sums.is_empty() {
        return;
    }
    sums.sort_by(|a, b| b.2.cmp(&a.2).then(a.cmp(b)));
    page.heading("All refused calls of ECR, ordinary answers included");
    page.rows(sums.iter().map(|(who, code, count)| format!("  {count:>7} {code}  {}", Who::of(who).words())));
}

fn limits(report: &Report, page: &mut Page) {
    if !report.lacks.is_empty() {
        page.heading("Files that are missing");
        page.rows(report.lacks.iter().map(|lack| format!("  {}: {}", lack.files, lack.why)));
    }
    if !report.skipped.is_empty() {
        page.heading("Skipped");
        page.rows(
            report
                .skipped
                .iter()
                .map(|skip| format!("  {} × {}, first {}", skip.count, skip.why, skip.first)),
        );
    }
    if !report.warnings.is_empty() {
        page.heading("Less than exact");
        page.rows(report.warnings.iter().map(|warning| format!("  {warning}")));
    }
    page.heading("What no trail shows");
    for sentence in report.cannot_show {
        page.add(Look::Dim, format!("  {sentence}"));
    }
}

/// A moment as people read it: `2026-11-26 09:08:16 UTC`.
pub fn clock(time: &str) -> String {
    match time.strip_suffix('Z').and_then(|time| time.split_once('T')) {
        Some((day, clock)) => format!("{day} {clock} UTC"),
        None => time.to_owned(),
    }
}

/// How long it went on, where that is more than a moment.
fn span(first: &str, last: Option<&str>) -> String {
    let moments = parse_rfc3339(first).zip(last.and_then(parse_rfc3339));
    match moments {
        Some((first, last)) if last > first => format!(" in {}", duration(last - first)),
        _ => String::new(),
    }
}

fn number(count: usize, what: &str) -> String {
    counted(count as u64, what)
}
