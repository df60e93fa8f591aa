//! Languages that files embed commands in: how each writes a command, and how it reads it again.

#![allow(clippy::unwrap_used)] // a test's way of failing

/// How a language writes a command, and reads it.
pub struct Language {
    pub path: &'static str,
    /// The text around the command.
    pub around: (&'static str, &'static str),
    pub write: fn(&str) -> String,
    pub read: fn(&str) -> Option<String>,
    /// Whether a command without quotes, backslashes and line breaks is written as it is.
    pub is_verbatim: bool,
}

fn same(text: &str) -> String {
    text.to_owned()
}

fn itself(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn from_json(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn from_single(text: &str) -> Option<String> {
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inside.replace("''", "").contains('\'')).then(|| inside.replace("''", "'"))
}

fn block(text: &str) -> String {
    format!("|\n          {}", text.replace('\n', "\n          "))
}

fn from_block(text: &str) -> Option<String> {
    Some(text.strip_prefix("|\n          ")?.replace("\n          ", "\n"))
}

fn make(text: &str) -> String {
    text.replace('$', "$$")
}

fn from_make(text: &str) -> Option<String> {
    (!text.replace("$$", "").contains('$')).then(|| text.replace("$$", "$"))
}

fn groovy(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n")
    )
}

fn groovy_single(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

/// Every escape is one, and the quote ends it.
fn from_groovy(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let mut characters = text.strip_prefix(quote)?.strip_suffix(quote)?.chars();
    let mut value = String::new();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(match characters.next()? {
                'n' => '\n',
                other => other,
            }),
            '$' if quote == '"' => return None,
            _ if character == quote => return None,
            _ => value.push(character),
        }
    }
    Some(value)
}

/// A step of a workflow.
const GITHUB: (&str, &str) = (
    "on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps:\n      - run: ",
    "\n      - run: echo done\n",
);

pub const LANGUAGES: [Language; 14] = [
    Language {
        path: "a.sh",
        around: ("#!/bin/sh\n", "\necho done\n"),
        write: same,
        read: itself,
        is_verbatim: true,
    },
    Language {
        path: "Dockerfile",
        around: ("FROM a\nRUN ", "\nRUN echo done\n"),
        write: same,
        read: itself,
        is_verbatim: true,
    },
    Language {
        path: "Makefile",
        around: ("a:\n\t@", "\n\techo done\n"),
        write: make,
        read: from_make,
        is_verbatim: true,
    },
    Language {
        path: "package.json",
        around: ("{\"scripts\": {\"a\": ", ", \"b\": \"echo done\"}}"),
        write: json,
        read: from_json,
        is_verbatim: true,
    },
    Language {
        path: "Taskfile.yml",
        around: ("version: '3'\ntasks:\n  a:\n    cmds:\n      - ", "\n      - echo done\n"),
        write: single,
        read: from_single,
        is_verbatim: true,
    },
    Language {
        path: ".gitlab-ci.yml",
        around: ("a:\n  script:\n    - ", "\n    - echo done\n"),
        write: json,
        read: from_json,
        is_verbatim: true,
    },
    Language {
        path: ".gitlab-ci.yml",
        around: ("a:\n  script: [", ", echo done]\n"),
        write: single,
        read: from_single,
        is_verbatim: true,
    },
    Language {
        path: ".github/workflows/a.yml",
        around: GITHUB,
        write: json,
        read: from_json,
        is_verbatim: true,
    },
    Language {
        path: ".github/workflows/a.yml",
        around: GITHUB,
        write: block,
        read: from_block,
        is_verbatim: true,
    },
    Language {
        path: "buildspec.yml",
        around: ("version: 0.2\nphases:\n  build:\n    commands:\n      - ", "\n      - echo done\n"),
        write: json,
        read: from_json,
        is_verbatim: true,
    },
    Language {
        path: "main.tf",
        around: ("resource \"aws_instance\" \"a\" {\n  user_data = ", "\n}\n"),
        write: |text| json(&format!("#!/bin/sh\n{text}\n")),
        read: |text| Some(from_json(text)?.strip_prefix("#!/bin/sh\n")?.strip_suffix('\n')?.to_owned()),
        is_verbatim: true,
    },
    Language {
        path: "main.tf",
        around: (
            "resource \"aws_instance\" \"a\" {\n  user_data = <<-EOT\n    #!/bin/sh\n    ",
            "\n    echo done\n  EOT\n}\n",
        ),
        write: same,
        read: itself,
        is_verbatim: true,
    },
    Language {
        path: "Jenkinsfile",
        around: ("node {\n  sh ", "\n  sh 'echo done'\n}\n"),
        write: groovy,
        read: from_groovy,
        is_verbatim: false,
    },
    Language {
        path: "Jenkinsfile",
        around: ("node {\n  sh ", "\n  sh 'echo done'\n}\n"),
        write: groovy_single,
        read: from_groovy,
        is_verbatim: true,
    },
];
