//! The answers as one page that opens offline: no script, no font, nothing that is fetched. Every text is escaped.

use ecrpass_core::count::grouped;
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::finding::Confidence;

use super::text::{clock, title};
use super::{Cause, Incident, Report};
use crate::who::Who;

/// What makes the page readable, in light and in the dark.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--bad:#b3261e;--good:#1b7f4b;--soft:#8881}\
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#6fdc9f}}\
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem}\
article{border:1px solid var(--line);border-left:.4rem solid var(--bad);border-radius:.4rem;padding:.6rem 1rem;margin:1rem 0}\
article.over{border-left-color:var(--good)}\
h3{margin:.2rem 0;font-size:1.05rem}p{margin:.4rem 0}\
code,pre{font:.9em/1.5 ui-monospace,monospace;overflow-wrap:anywhere}\
pre{background:var(--soft);padding:.4rem .6rem;border-radius:.3rem;white-space:pre-wrap}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}\
td.n,th.n{text-align:right}svg{display:block;width:100%;height:3rem}rect{fill:var(--bad)}\
.soft{opacity:.75}.cause{border-top:1px solid var(--line);padding-top:.4rem}";

/// The page.
pub fn html(report: &Report) -> String {
    let mut page = Html::default();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    // Whatever a record holds, nothing is fetched and nothing runs.
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
    page.raw(
        "<meta name=\"viewport\" content=\"width=device-width\"><title>ECR in CloudTrail</title><style>",
    );
    page.raw(STYLE);
    page.raw("</style></head><body>\n<h1>ECR in CloudTrail</h1>\n");
    summary(report, &mut page);
    for incident in &report.incidents {
        self::incident(incident, &mut page);
    }
    tables(report, &mut page);
    limits(report, &mut page);
    page.raw("</body></html>\n");
    page.0
}

/// A page in the making. What is not `raw` is escaped.
#[derive(Default)]
struct Html(String);

impl Html {
    /// Our own HTML.
    fn raw(&mut self, html: &'static str) {
        self.0.push_str(html);
    }

    /// Anybody's text.
    fn text(&mut self, text: &str) {
        for c in visible(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '`' => self.0.push_str("&#96;"),
                c => self.0.push(c),
            }
        }
    }

    fn element(&mut self, open: &'static str, text: &str, close: &'static str) {
        self.raw(open);
        self.text(text);
        self.raw(close);
    }

    fn paragraph(&mut self, text: &str) {
        self.element("<p>", text, "</p>\n");
    }

    fn soft(&mut self, text: &str) {
        self.element("<p class=\"soft\">", text, "</p>\n");
    }

    fn table(
        &mut self,
        title: &'static str,
        header: &[&'static str],
        rows: impl Iterator<Item = Vec<String>>,
    ) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return;
        }
        self.element("<h2>", title, "</h2>\n<table><tr>");
        for name in header {
            self.element("<th>", name, "</th>");
        }
        self.raw("</tr>\n");
        for row in rows {
            self.raw("<tr>");
            for cell in row {
                let is_number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
                self.element(if is_number { "<td class=\"n\">" } else { "<td>" }, &cell, "</td>");
            }
            self.raw("</tr>\n");
        }
        self.raw("</table>\n");
    }
}

fn summary(report: &Report, page: &mut Html) {
    let open = report.incidents.iter().filter(|incident| incident.ended.is_none()).count();
    let over = report.incidents.len() - open;
    page.paragraph(&format!(
        "{open} incidents going on, {over} over. {} calls of ECR, {} refused; {} records read.",
        grouped(report.totals.ecr_events),
        grouped(report.totals.ecr_errors),
        grouped(report.totals.records),
    ));
    if let Some(no_match) = &report.no_match {
        page.paragraph(no_match);
    }
    if let (Some(from), Some(until)) = (&report.from, &report.until) {
        let (from, until) = (clock(from), clock(until));
        page.soft(&format!("Data from {from} until {until}: nothing is known of what came later."));
    }
}

fn incident(incident: &Incident, page: &mut Html) {
    page.raw(if incident.ended.is_some() { "<article class=\"over\">" } else { "<article>" });
    page.element("<h3>", &title(incident), "</h3>\n");
    let mut place =
        vec![incident.principal.clone(), format!("account {}", incident.account), incident.region.clone()];
    place.extend(incident.repository.as_ref().map(|name| format!("repository {name}")));
    place.retain(|part| !part.is_empty());
    page.soft(&place.join(" · "));
    page.paragraph(&incident.why);
    chart(&incident.chart, page);
    if let Some(error) = &incident.error {
        let from = incident.counted_from.as_ref().map(|from| format!(" from {} on", clock(from)));
        let from = from.unwrap_or_default();
        page.paragraph(&format!("{error}, {} calls{from}", grouped(incident.count)));
    }
    if let Some(message) = &incident.message {
        page.element("<pre>", message, "</pre>\n");
    }
    if let Some(source) = &incident.source {
        page.paragraph(&format!("From {} with {}", source.address, source.agents.join(", ")));
    }
    for cause in &incident.causes {
        let heading = match cause.confidence {
            Confidence::Certain => "Cause",
            Confidence::Likely => "Likely cause",
            Confidence::Possible => "Possible cause",
        };
        self::cause(heading, cause, page);
    }
    for context in &incident.context {
        self::cause("Came with it", context, page);
    }
    if let Some(ended) = &incident.ended {
        page.paragraph(&format!("Worked again {}", clock(&ended.time)));
        if let Some(by) = &ended.by {
            self::cause("Ended by", by, page);
        }
    }
    if let Some(slug) = incident.id {
        page.element("<pre>", &format!("ecrpass explain --id {slug}"), "</pre>\n");
    }
    page.raw("</article>\n");
}

fn cause(heading: &str, cause: &Cause, page: &mut Html) {
    page.raw("<div class=\"cause\"><p><strong>");
    page.text(&format!("{heading}: {} of {}, {}", cause.event, cause.object, clock(&cause.time)));
    page.raw("</strong></p>\n");
    let by = Who::of(&cause.by).words();
    page.soft(&format!("by {by} in account {}, event {}", cause.account, cause.event_id));
    page.paragraph(&cause.why);
    if let Some(command) = &cause.confirm {
        page.element("<pre>", command, "</pre>\n");
    }
    page.raw("</div>\n");
}

/// A chart of bars.
fn chart(counts: &[u64], page: &mut Html) {
    let most = counts.iter().copied().max().unwrap_or_default();
    if most == 0 {
        return;
    }
    page.element(
        "<svg viewBox=\"0 0 ",
        &format!("{} 40", counts.len() * 10),
        "\" preserveAspectRatio=\"none\" role=\"img\">",
    );
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (count * 38 / most).max(1);
        let (x, y) = (at * 10, 40 - height);
        page.element("<rect x=\"", &x.to_string(), "\" ");
        page.element("y=\"", &y.to_string(), "\" width=\"9\" ");
        page.element("height=\"", &height.to_string(), "\"/>");
    }
    page.raw("</svg>\n");
}

fn tables(report: &Report, page: &mut Html) {
    page.table(
        "Most calls within a second",
        &["Account", "Region", "Call", "Calls", "At", "Default quota"],
        report.peaks.iter().map(|peak| {
            let quota = peak.quota_per_second.map(|quota| quota.to_string()).unwrap_or_default();
            let (account, region, api) = (peak.account.clone(), peak.region.clone(), peak.api.clone());
            vec![account, region, api, peak.peak_per_second.to_string(), clock(&peak.at), quota]
        }),
    );
    page.table(
        "Keys that never expire",
        &["Whose", "Key", "Calls", "First", "Last"],
        report.long_lived_keys.iter().map(|key| {
            let id = key.access_key_id.clone().unwrap_or_default();
            vec![key.principal.clone(), id, key.calls.to_string(), clock(&key.first), clock(&key.last)]
        }),
    );
    page.table(
        "Refused calls by hour, ordinary answers included",
        &["Who", "Error", "Hour", "Calls"],
        report.errors.iter().map(|row| {
            vec![row.principal.clone(), row.error.clone(), clock(&row.hour), row.count.to_string()]
        }),
    );
}

fn limits(report: &Report, page: &mut Html) {
    page.table(
        "Files that are missing",
        &["Files", "What they would tell"],
        report.lacks.iter().map(|lack| vec![lack.files.clone(), lack.why.clone()]),
    );
    page.table(
        "Skipped",
        &["Why", "How often", "First"],
        report.skipped.iter().map(|skip| vec![skip.why.clone(), skip.count.to_string(), skip.first.clone()]),
    );
    page.table("Less than exact", &["What"], report.warnings.iter().map(|warning| vec![warning.clone()]));
    page.table(
        "What no trail shows",
        &["What"],
        report.cannot_show.iter().map(|sentence| vec![(*sentence).to_owned()]),
    );
}
