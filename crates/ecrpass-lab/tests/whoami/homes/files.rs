//! How the files are written: marks, comments, quotes, line ends, what is twice, what a merge left.

use crate::home::Home;

/// A way to write a profile `default` with a key, and its name.
const CONFIG: [(&str, &str); 34] = [
    ("plain", "[default]\n{{key file}}"),
    ("a byte order mark", "\u{feff}[default]\n{{key file}}"),
    ("a byte order mark and a comment", "\u{feff}# mine\n[default]\n{{key file}}"),
    ("a section twice", "[default]\n{{key file}}[profile x]\nregion = a\n[profile x]\nregion = b\n"),
    ("the default twice", "[default]\nregion = us-east-1\n[default]\n{{key file}}"),
    ("a setting twice", "[default]\n{{key file}}output = json\noutput = text\n"),
    ("a setting twice, by case", "[default]\n{{key file}}output = json\nOutput = text\n"),
    ("a merge conflict", "[default]\n<<<<<<< HEAD\n{{key file}}=======\nregion=x\n>>>>>>> b\n"),
    (
        "a comment behind the id",
        "[default]\naws_access_key_id = {{id file}} # mine\naws_secret_access_key = {{secret file}}\n",
    ),
    (
        "a comment behind the secret",
        "[default]\naws_access_key_id = {{id file}}\naws_secret_access_key = {{secret file}} ; mine\n",
    ),
    (
        "a secret in quotes",
        "[default]\naws_access_key_id = {{id file}}\naws_secret_access_key = \"{{secret file}}\"\n",
    ),
    ("more of the secret below", "[default]\n{{key file}}  more\n"),
    (
        "more of the id below",
        "[default]\naws_access_key_id = {{id file}}\n  more\naws_secret_access_key = {{secret file}}\n",
    ),
    ("a comment behind the region", "[default]\n{{key file}}output = json ; eu\n"),
    ("a comment of its own, indented", "[default]\n{{key file}}  # here\n"),
    ("a comment behind the section", "[default] # mine\n{{key file}}"),
    (
        "double quotes",
        "[default]\naws_access_key_id = \"{{id file}}\"\naws_secret_access_key = \"{{secret file}}\"\n",
    ),
    (
        "single quotes",
        "[default]\naws_access_key_id = '{{id file}}'\naws_secret_access_key = '{{secret file}}'\n",
    ),
    ("capitals", "[default]\nAWS_ACCESS_KEY_ID = {{id file}}\nAWS_SECRET_ACCESS_KEY = {{secret file}}\n"),
    (
        "export",
        "[default]\nexport AWS_ACCESS_KEY_ID={{id file}}\nexport AWS_SECRET_ACCESS_KEY={{secret file}}\n",
    ),
    ("export only", "export AWS_ACCESS_KEY_ID={{id file}}\nexport AWS_SECRET_ACCESS_KEY={{secret file}}\n"),
    ("no section", "{{key file}}"),
    ("prefixed", "[profile default]\n{{key file}}"),
    ("prefixed behind the other", "[default]\nregion = us-east-1\n[profile default]\n{{key file}}"),
    ("prefixed before the other", "[profile default]\nregion = us-east-1\n[default]\n{{key file}}"),
    ("spaces in the brackets", "[ default ]\n{{key file}}"),
    ("capital default", "[Default]\n{{key file}}"),
    (
        "a group before",
        "[default]\ns3 =\n  max_concurrent_requests = 20\n  addressing_style = path\n{{key file}}",
    ),
    ("words without `=`", "[default]\n{{key file}}some words\n"),
    ("an open bracket", "[default\n{{key file}}"),
    (
        "indented settings",
        "[default]\n  aws_access_key_id = {{id file}}\n  aws_secret_access_key = {{secret file}}\n",
    ),
    ("colons", "[default]\naws_access_key_id: {{id file}}\naws_secret_access_key: {{secret file}}\n"),
    ("half a key", "[default]\naws_access_key_id = {{id file}}\n"),
    ("an empty id", "[default]\naws_access_key_id =\naws_secret_access_key = {{secret file}}\n"),
];

/// A way to write the section of a profile `x`, and its name.
const HEADERS: [&str; 9] = [
    "[profile x]",
    "[ profile x ]",
    "[profile  x]",
    "[profile\tx]",
    "[profile \"x\"]",
    "[profile 'x']",
    "[x]",
    "[Profile x]",
    "[profile x] ; mine",
];

pub fn homes() -> Vec<Home> {
    let mut homes = Vec::new();
    for (name, text) in CONFIG {
        homes.push(Home::new(format!("config: {name}")).config(text));
        homes.push(Home::new(format!("credentials: {name}")).credentials(text));
        homes.push(Home::new(format!("config, with keys in the environment: {name}")).config(text).keys());
    }
    for (name, text) in &CONFIG[..4] {
        let ends = text.replace('\n', "\r\n").replace(
            "{{key file}}",
            "aws_access_key_id = {{id file}}\r\naws_secret_access_key = {{secret file}}\r\n",
        );
        homes.push(Home::new(format!("CRLF: {name}")).config(ends));
    }
    for header in HEADERS {
        let text = format!("{header}\n{{{{key file}}}}");
        homes.push(Home::new(format!("config {header}")).config(text.as_str()).profile("x"));
        homes.push(Home::new(format!("credentials {header}")).credentials(text).profile("x"));
    }
    homes.push(Home::new("a name with a space").config("[profile my prof]\n{{key file}}").profile("my prof"));
    homes.push(
        Home::new("a name with a space, in quotes")
            .config("[profile \"my prof\"]\n{{key file}}")
            .profile("my prof"),
    );
    homes.push(
        Home::new("a name with a space, credentials")
            .credentials("[my prof]\n{{key file}}")
            .profile("my prof"),
    );
    homes.push(
        Home::new("names like programs write them")
            .config("[profile prod/Admin.1@x]\n{{key file}}")
            .profile("prod/Admin.1@x"),
    );
    homes.push(
        Home::new("both files, one key each")
            .config("[default]\n{{key file}}")
            .credentials("[default]\n{{key creds}}"),
    );
    homes.push(
        Home::new("both files, half in each")
            .config("[default]\naws_access_key_id = {{id file}}\n")
            .credentials("[default]\naws_secret_access_key = {{secret file}}\n"),
    );
    homes.push(
        Home::new("a session token left in the config file")
            .config("[default]\naws_session_token = {{token session}}\n")
            .credentials("[default]\n{{key creds}}"),
    );
    homes.push(Home::new("saml2aws").credentials("[default]\naws_access_key_id = {{id session}}\naws_secret_access_key = {{secret session}}\naws_session_token = {{token session}}\naws_security_token = {{token session}}\nx_principal_arn = arn:aws:sts::1:assumed-role/R/a\nx_security_token_expires = 2999-01-01T10:00:00+01:00\n"));
    homes
}
