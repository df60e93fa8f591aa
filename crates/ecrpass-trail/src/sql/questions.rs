//! The questions, in SQL that every engine reads, over the columns of `columns.rs`.

use crate::change::changing_calls;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who fails, with what, in which hour.
    Errors,
    /// What the denials say, since when, until when.
    Denials,
    /// The most calls within a second.
    Peaks,
    /// Keys that never expire.
    Keys,
    /// Where tokens are fetched from.
    Sources,
    /// Who was seen when, first and last: who fell silent.
    Seen,
    /// What was changed, and by whom.
    Changes,
}

/// Calls of ECR that a caller is known of.
const CALLS: &str = "source in ('ecr.amazonaws.com', 'ecr-public.amazonaws.com') and coalesce(caller_type, '') <> 'AWSAccount'";

impl Question {
    /// Every question.
    pub const ALL: [Self; 7] =
        [Self::Errors, Self::Denials, Self::Peaks, Self::Keys, Self::Sources, Self::Seen, Self::Changes];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Denials => "denials",
            Self::Peaks => "peaks",
            Self::Keys => "keys",
            Self::Sources => "sources",
            Self::Seen => "seen",
            Self::Changes => "changes",
        }
    }

    /// What it asks.
    pub fn asks(self) -> &'static str {
        match self {
            Self::Errors => "Who fails at ECR, with what, in which hour: each call once.",
            Self::Denials => "What was refused and which policy said no, since when and until when.",
            Self::Peaks => "The most calls within a second, by account, region and call: from 20 on.",
            Self::Keys => "Keys that never expire, and are used for ECR.",
            Self::Sources => "Where tokens are fetched from, by address and program: the rare ones first.",
            Self::Seen => {
                "Who was seen at ECR first and last: whoever is last seen long ago may have lost a key."
            }
            Self::Changes => {
                "Changes of what ECR's calls depend on, the latest first: look for the one before the first error."
            }
        }
    }

    /// The question over `events`.
    pub fn sql(self) -> String {
        match self {
            Self::Errors => format!(
                "select who, error, substr(event_time, 1, 13) as hour, count(distinct call_id) as n\n\
                 from events\n\
                 where {CALLS} and error is not null\n\
                 group by who, error, substr(event_time, 1, 13)\n\
                 order by who, error, hour"
            ),
            Self::Denials => format!(
                "select who, call, error, region, repository, min(message) as message,\n  \
                   min(event_time) as since, max(event_time) as last, count(distinct call_id) as n\n\
                 from events\n\
                 where {CALLS} and (error like 'AccessDenied%' or error like '%Unauthorized%')\n\
                 group by who, call, error, region, repository\n\
                 order by n desc, who, call, region, repository"
            ),
            Self::Peaks => format!(
                ", seconds as (\n  \
                   select account, region, call, substr(event_time, 1, 19) as moment, count(distinct call_id) as n\n  \
                   from events\n  \
                   where {CALLS}\n  \
                   group by account, region, call, substr(event_time, 1, 19)\n\
                 ), ranked as (\n  \
                   select account, region, call, moment, n,\n    \
                     row_number() over (partition by account, region, call order by n desc, moment) as place\n  \
                   from seconds\n\
                 )\n\
                 select account, region, call, n, moment\n\
                 from ranked\n\
                 where place = 1 and n >= 20\n\
                 order by account, region, call"
            ),
            Self::Keys => format!(
                "select who, access_key_id, count(distinct call_id) as n, min(event_time) as since, max(event_time) as last\n\
                 from events\n\
                 where {CALLS} and access_key_id like 'AKIA%'\n\
                 group by who, access_key_id\n\
                 order by who, access_key_id"
            ),
            Self::Sources => format!(
                "select who, address, agent, endpoint, count(distinct call_id) as n,\n  \
                   min(event_time) as since, max(event_time) as last\n\
                 from events\n\
                 where {CALLS} and call = 'GetAuthorizationToken'\n\
                 group by who, address, agent, endpoint\n\
                 order by n, who, address, agent, endpoint"
            ),
            Self::Seen => format!(
                "select who, account, region, count(distinct call_id) as n, min(event_time) as since, max(event_time) as last\n\
                 from events\n\
                 where {CALLS}\n\
                 group by who, account, region\n\
                 order by last, who, account, region"
            ),
            Self::Changes => format!(
                "select event_time, account, region, call, who, parameters, event_id\n\
                 from events\n\
                 where error is null and (\n  {}\n)\n\
                 order by event_time desc, event_id",
                changes()
            ),
        }
    }
}

/// Which calls are changes.
fn changes() -> String {
    let of_service = |(source, calls): (&str, std::collections::BTreeSet<&str>)| {
        let calls: Vec<String> = calls.iter().map(|call| format!("'{call}'")).collect();
        format!("source = '{source}' and call in ({})", calls.join(", "))
    };
    let services: Vec<String> = changing_calls().into_iter().map(of_service).collect();
    services.join("\n  or ")
}
