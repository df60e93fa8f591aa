//! The tables that engines need over the files of a trail.

use super::engine::Engine;
use super::target::{Target, literal};

/// The fields of a record that the questions need, and their types as Trino and Athena write them. Parameters are kept as
/// texts of JSON: each call has others.
pub const FIELDS: [(&str, &str); 14] = [
    ("eventtime", "varchar"),
    ("eventsource", "varchar"),
    ("eventname", "varchar"),
    ("awsregion", "varchar"),
    ("recipientaccountid", "varchar"),
    (
        "useridentity",
        "row(type varchar, arn varchar, accountid varchar, accesskeyid varchar, invokedby varchar, username varchar, \
         sessioncontext row(sessionissuer row(arn varchar)))",
    ),
    ("errorcode", "varchar"),
    ("errormessage", "varchar"),
    ("requestparameters", "varchar"),
    ("sharedeventid", "varchar"),
    ("eventid", "varchar"),
    ("sourceipaddress", "varchar"),
    ("useragent", "varchar"),
    ("vpcendpointid", "varchar"),
];

/// The same as Hive's DDL writes it.
const STRUCT: &str = "struct<type:string,arn:string,accountid:string,accesskeyid:string,invokedby:string,username:string,\
    sessioncontext:struct<sessionissuer:struct<arn:string>>>";

/// Athena's table, with partition projection. Source: Athena User Guide, "Create a table for a CloudTrail trail using
/// partition projection". The older `CloudTrailSerde` drops fields it does not know, so JSON's own is taken.
pub fn athena(target: &Target) -> String {
    let columns: Vec<String> = FIELDS
        .iter()
        .map(|(name, kind)| format!("  {name} {}", if kind.starts_with("row") { STRUCT } else { "string" }))
        .collect();
    let root = target.root();
    let location = literal(&root);
    let template = literal(&format!("{root}${{account}}/CloudTrail/${{region}}/${{day}}"));
    let range = literal(&format!("{},NOW", target.since.replace('-', "/")));
    let (accounts, regions) = (literal(&target.accounts.join(",")), literal(&target.regions.join(",")));
    format!(
        "create external table if not exists {table} (\n{columns}\n)\n\
         partitioned by (account string, region string, day string)\n\
         row format serde 'org.apache.hive.hcatalog.data.JsonSerDe'\n\
         stored as inputformat 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n\
         outputformat 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n\
         location {location}\n\
         tblproperties (\n  \
           'projection.enabled' = 'true',\n  \
           'projection.account.type' = 'enum',\n  \
           'projection.account.values' = {accounts},\n  \
           'projection.region.type' = 'enum',\n  \
           'projection.region.values' = {regions},\n  \
           'projection.day.type' = 'date',\n  \
           'projection.day.format' = 'yyyy/MM/dd',\n  \
           'projection.day.interval' = '1',\n  \
           'projection.day.interval.unit' = 'DAYS',\n  \
           'projection.day.range' = {range},\n  \
           'storage.location.template' = {template}\n\
         );",
        table = target.table(Engine::Athena),
        columns = columns.join(",\n"),
    )
}

/// Trino's table: each file is a line of JSON with a list of records. Source: Trino documentation, "Hive connector",
/// "Athena partition projection".
pub fn trino(target: &Target) -> String {
    let fields: Vec<String> = FIELDS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let root = target.root();
    let list = |values: &[String]| -> String {
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        format!("array[{}]", values.join(", "))
    };
    format!(
        "create table if not exists {table} (\n  \
           records array(row({fields})),\n  \
           account varchar with (partition_projection_type = 'enum', partition_projection_values = {accounts}),\n  \
           region varchar with (partition_projection_type = 'enum', partition_projection_values = {regions}),\n  \
           day varchar with (partition_projection_type = 'date', partition_projection_format = 'yyyy/MM/dd',\n    \
             partition_projection_range = array[{since}, 'NOW'], partition_projection_interval = 1,\n    \
             partition_projection_interval_unit = 'DAYS')\n\
         )\n\
         with (\n  \
           format = 'OPENX_JSON',\n  \
           external_location = {location},\n  \
           partitioned_by = array['account', 'region', 'day'],\n  \
           partition_projection_enabled = true,\n  \
           partition_projection_location_template = {template}\n\
         );",
        table = target.table(Engine::Trino),
        fields = fields.join(", "),
        accounts = list(&target.accounts),
        regions = list(&target.regions),
        since = literal(&target.since.replace('-', "/")),
        location = literal(&root),
        template = literal(&format!("{root}${{account}}/CloudTrail/${{region}}/${{day}}")),
    )
}
