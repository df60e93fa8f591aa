//! What reading adds to a report: how much there was, what was skipped, what makes it less than exact.

use ecrpass_core::time::{parse_rfc3339, rfc3339};

use super::{Report, SkippedRow};
use crate::tally::{Skip, Tally};

impl Report {
    /// Adds what reading has come to. So many calls were read `late`: see [`crate::seen::Seen::late`].
    pub fn add_reading(&mut self, tally: &Tally, late: u64) {
        let totals = &mut self.totals;
        totals.files = tally.files;
        totals.records = tally.records;
        totals.unique_records = tally.ids.count();
        totals.network_activity = tally.network_activity;
        totals.bad_lines = tally.skips.count(Skip::BadLine);
        totals.bad_times += tally.skips.count(Skip::Time);
        for (known, seen) in [(&mut totals.accounts, &tally.accounts), (&mut totals.regions, &tally.regions)]
        {
            known.extend(seen.iter().cloned());
            known.sort();
            known.dedup();
        }
        if let Some((first, last)) = tally.span {
            let moment = |text: &Option<String>| text.as_deref().and_then(parse_rfc3339);
            let from = moment(&self.from).map_or(first, |from| from.min(first));
            let until = moment(&self.until).map_or(last, |until| until.max(last));
            (self.from, self.until) = (Some(rfc3339(from)), Some(rfc3339(until)));
        }
        self.skipped.extend(tally.skips.iter().map(|(kind, skipped)| SkippedRow {
            kind: kind.slug().to_owned(),
            count: skipped.count,
            first: skipped.first.clone(),
            why: kind.words().to_owned(),
        }));
        for (version, count) in &tally.newer_versions {
            let shown = if version.is_empty() { "no version" } else { version };
            self.warnings.push(format!(
                "{count} records are of {shown}, which is newer than what is known here: their fields may mean something else."
            ));
        }
        if late > 0 {
            self.warnings.push(format!(
                "{late} calls were read after others that were hours later, and their ids were no longer known: what lies in two \
                 trails may be counted twice among them."
            ));
        }
    }
}
