//! The same columns out of each engine's form of a record. A field that is not there is null.
//!
//! The names of principals are those of `trail`: the role and not its session, the user, the service, the account.

use super::engine::Engine;
use super::target::{Target, literal};

/// The body of `with events as (…)`.
pub fn events(engine: Engine, target: &Target) -> String {
    match engine {
        Engine::Athena => {
            flat(&target.table(engine), &format!("where day >= {}", literal(&target.since.replace('-', "/"))))
        }
        Engine::Trino => trino(target),
        Engine::DuckDb => duckdb(target),
        Engine::ClickHouse => clickhouse(target),
        Engine::Lake => lake(target),
        Engine::SecurityLake => security_lake(target),
        Engine::LogsInsights => String::new(),
    }
}

/// Columns in the order in which every form has them.
struct Columns<'a> {
    event_time: &'a str,
    source: &'a str,
    call: &'a str,
    region: &'a str,
    account: &'a str,
    who: &'a str,
    caller_type: &'a str,
    access_key_id: &'a str,
    error: &'a str,
    message: &'a str,
    repository: &'a str,
    call_id: &'a str,
    event_id: &'a str,
    address: &'a str,
    agent: &'a str,
    endpoint: &'a str,
    parameters: &'a str,
}

impl Columns<'_> {
    fn select(&self, from: &str) -> String {
        let columns = [
            (self.event_time, "event_time"),
            (self.source, "source"),
            (self.call, "call"),
            (self.region, "region"),
            (self.account, "account"),
            (self.who, "who"),
            (self.caller_type, "caller_type"),
            (self.access_key_id, "access_key_id"),
            (self.error, "error"),
            (self.message, "message"),
            (self.repository, "repository"),
            (self.call_id, "call_id"),
            (self.event_id, "event_id"),
            (self.address, "address"),
            (self.agent, "agent"),
            (self.endpoint, "endpoint"),
            (self.parameters, "parameters"),
        ];
        let columns: Vec<String> =
            columns.iter().map(|(what, name)| format!("    {what} as {name}")).collect();
        format!("  select\n{}\n  {from}", columns.join(",\n"))
    }
}

/// Over a table with a column for each field, in lower case, and parameters as texts of JSON.
fn flat(table: &str, condition: &str) -> String {
    Columns {
        event_time: "eventtime",
        source: "eventsource",
        call: "eventname",
        region: "awsregion",
        account: "recipientaccountid",
        who: "coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.accountid)",
        caller_type: "useridentity.type",
        access_key_id: "useridentity.accesskeyid",
        error: "errorcode",
        message: "errormessage",
        repository: "json_extract_scalar(requestparameters, '$.repositoryName')",
        call_id: "coalesce(sharedeventid, eventid)",
        event_id: "eventid",
        address: "sourceipaddress",
        agent: "useragent",
        endpoint: "vpcendpointid",
        parameters: "requestparameters",
    }
    .select(format!("from {table}\n  {condition}").trim_end())
}

/// A row of the table is a file there, with its list of records.
fn trino(target: &Target) -> String {
    let fields: Vec<&str> = super::tables::FIELDS.iter().map(|(name, _)| *name).collect();
    let records = format!(
        "(\n    select r.*\n    from {}\n    cross join unnest(records) as r({})\n    where day >= {}\n  ) as records",
        target.table(Engine::Trino),
        fields.join(", "),
        literal(&target.since.replace('-', "/"))
    );
    flat(&records, "")
}

/// Every file of a directory or of the trail's folders whose name says JSON, compressed or not. It is one pattern: an
/// engine refuses a list of which one matches nothing.
fn files(target: &Target) -> String {
    let root = target.location.trim_end_matches('/');
    match root.starts_with("s3://") {
        true => format!("{}**/*.*json*", target.root()),
        false => format!("{root}/**/*.*json*"),
    }
}

/// Each text is left as it is, so that no value is built of what is not asked for.
fn duckdb(target: &Target) -> String {
    Columns {
        event_time: "(e->>'$.eventTime')",
        source: "(e->>'$.eventSource')",
        call: "(e->>'$.eventName')",
        region: "(e->>'$.awsRegion')",
        account: "(e->>'$.recipientAccountId')",
        who: "coalesce(e->>'$.userIdentity.sessionContext.sessionIssuer.arn', e->>'$.userIdentity.arn', e->>'$.userIdentity.invokedBy', e->>'$.userIdentity.accountId')",
        caller_type: "(e->>'$.userIdentity.type')",
        access_key_id: "(e->>'$.userIdentity.accessKeyId')",
        error: "(e->>'$.errorCode')",
        message: "(e->>'$.errorMessage')",
        repository: "(e->>'$.requestParameters.repositoryName')",
        call_id: "coalesce(e->>'$.sharedEventID', e->>'$.eventID')",
        event_id: "(e->>'$.eventID')",
        address: "(e->>'$.sourceIPAddress')",
        agent: "(e->>'$.userAgent')",
        endpoint: "(e->>'$.vpcEndpointId')",
        parameters: "(e->>'$.requestParameters')",
    }
    .select(&format!(
        "from (\n    \
           select coalesce(try_cast(r->>'$.CloudTrailEvent' as json), r) as e\n    \
           from (\n      \
             select unnest(case\n        \
               when json_type(json, '$.Records') = 'ARRAY' then json_extract(json, '$.Records[*]')\n        \
               when json_type(json, '$.Events') = 'ARRAY' then json_extract(json, '$.Events[*]')\n        \
               when json_type(json) = 'ARRAY' then json_extract(json, '$[*]')\n        \
               else [coalesce(json->'$.detail', json)] end) as r\n      \
             from read_json_objects({}, format = 'unstructured', maximum_object_size = 67108864)\n    \
           ) as texts\n  ) as records",
        literal(&files(target))
    ))
}

fn clickhouse(target: &Target) -> String {
    let files = files(target);
    let files = match files.strip_prefix("s3://") {
        Some(path) => {
            let (bucket, path) = path.split_once('/').unwrap_or((path, ""));
            format!("s3({}, 'JSONAsString')", literal(&format!("https://{bucket}.s3.amazonaws.com/{path}")))
        }
        None => format!("file({}, 'JSONAsString')", literal(&files)),
    };
    Columns {
        event_time: "JSONExtractString(e, 'eventTime')",
        source: "JSONExtractString(e, 'eventSource')",
        call: "JSONExtractString(e, 'eventName')",
        region: "JSONExtractString(e, 'awsRegion')",
        account: "JSONExtractString(e, 'recipientAccountId')",
        who: "coalesce(nullIf(JSONExtractString(e, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn'), ''), nullIf(JSONExtractString(e, 'userIdentity', 'arn'), ''), nullIf(JSONExtractString(e, 'userIdentity', 'invokedBy'), ''), nullIf(JSONExtractString(e, 'userIdentity', 'accountId'), ''))",
        caller_type: "nullIf(JSONExtractString(e, 'userIdentity', 'type'), '')",
        access_key_id: "nullIf(JSONExtractString(e, 'userIdentity', 'accessKeyId'), '')",
        error: "nullIf(JSONExtractString(e, 'errorCode'), '')",
        message: "nullIf(JSONExtractString(e, 'errorMessage'), '')",
        repository: "nullIf(JSONExtractString(e, 'requestParameters', 'repositoryName'), '')",
        call_id: "coalesce(nullIf(JSONExtractString(e, 'sharedEventID'), ''), JSONExtractString(e, 'eventID'))",
        event_id: "JSONExtractString(e, 'eventID')",
        address: "nullIf(JSONExtractString(e, 'sourceIPAddress'), '')",
        agent: "nullIf(JSONExtractString(e, 'userAgent'), '')",
        endpoint: "nullIf(JSONExtractString(e, 'vpcEndpointId'), '')",
        parameters: "JSONExtractRaw(e, 'requestParameters')",
    }
    .select(&format!(
        "from (\n    \
           select arrayJoin(multiIf(\n      \
             JSONHas(json, 'Records'), JSONExtractArrayRaw(json, 'Records'),\n      \
             JSONHas(json, 'Events'), arrayMap(r -> JSONExtractString(r, 'CloudTrailEvent'), JSONExtractArrayRaw(json, 'Events')),\n      \
             JSONHas(json, 'detail'), [JSONExtractRaw(json, 'detail')],\n      \
             [json])) as e\n    \
           from {files}\n  )"
    ))
}

/// CloudTrail Lake: moments are timestamps, parameters are maps. Source: CloudTrail User Guide, "CloudTrail Lake SQL
/// constraints".
fn lake(target: &Target) -> String {
    Columns {
        event_time: "date_format(eventTime, '%Y-%m-%dT%H:%i:%sZ')",
        source: "eventSource",
        call: "eventName",
        region: "awsRegion",
        account: "recipientAccountId",
        who: "coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, userIdentity.invokedBy, userIdentity.accountId)",
        caller_type: "userIdentity.type",
        access_key_id: "userIdentity.accessKeyId",
        error: "errorCode",
        message: "errorMessage",
        repository: "element_at(requestParameters, 'repositoryName')",
        call_id: "coalesce(sharedEventId, eventID)",
        event_id: "eventID",
        address: "sourceIPAddress",
        agent: "userAgent",
        endpoint: "vpcEndpointId",
        parameters: "requestParameters",
    }
    .select(&format!(
        "from {}\n  where eventTime >= {}",
        target.table(Engine::Lake),
        literal(&format!("{} 00:00:00", target.since))
    ))
}

/// Security Lake: the classes of OCSF 1.1. Source: Security Lake User Guide, "Queries for AWS source version 2".
fn security_lake(target: &Target) -> String {
    Columns {
        event_time: "date_format(time_dt, '%Y-%m-%dT%H:%i:%sZ')",
        source: "api.service.name",
        call: "api.operation",
        region: "cloud.region",
        account: "cloud.account.uid",
        who: "coalesce(actor.session.issuer, actor.user.uid_alt, actor.user.uid, actor.invoked_by, actor.user.account.uid)",
        caller_type: "actor.user.type",
        access_key_id: "actor.user.credential_uid",
        error: "nullif(api.response.error, '')",
        message: "api.response.message",
        repository: "element_at(unmapped, 'requestParameters.repositoryName')",
        call_id: "coalesce(element_at(unmapped, 'sharedEventID'), metadata.uid)",
        event_id: "metadata.uid",
        address: "src_endpoint.ip",
        agent: "http_request.user_agent",
        endpoint: "element_at(unmapped, 'vpcEndpointId')",
        parameters: "api.request.data",
    }
    .select(&format!(
        "from {}\n  where time_dt >= timestamp {}",
        target.table(Engine::SecurityLake),
        literal(&format!("{} 00:00:00", target.since))
    ))
}
