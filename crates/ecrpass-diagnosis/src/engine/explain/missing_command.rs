//! What shells say of a program that is not there, in the languages that they speak.

/// What bash says behind the program's name, in lower case. Source: GNU bash `po/`, of "command not found".
const NOT_FOUND: [&str; 18] = [
    "kommando nicht gefunden",
    "befehl nicht gefunden",
    "orden no encontrada",
    "no se encontró la orden",
    "commande introuvable",
    "comando non trovato",
    "comando não encontrado",
    "opdracht niet gevonden",
    "kommandot finns inte",
    "nie znaleziono polecenia",
    "příkaz nenalezen",
    "parancs nem található",
    "команда не найдена",
    "команду не знайдено",
    "komut bulunamadı",
    "コマンドが見つかりません",
    "未找到命令",
    "명령어를 찾을 수 없음",
];

/// How cmd and PowerShell go on behind the name in its quotes, in lower case.
const NOT_KNOWN: [&str; 14] = [
    "ist entweder falsch geschrieben",
    "wurde nicht als name eines cmdlet",
    "no se reconoce como",
    "n'est pas reconnu",
    "n’est pas reconnu",
    "non è riconosciuto",
    "não é reconhecido",
    "wordt niet herkend",
    "nie jest rozpoznawan",
    "не является внутренней",
    "не распознано как имя",
    "不是内部或外部命令",
    "は、内部コマンドまたは外部コマンド",
    "은(는) 내부 또는 외부 명령",
];

/// What the name may be in.
const QUOTES: [(&str, &str); 5] = [("'", "'"), ("\"", "\""), ("«", "»"), ("« ", " »"), ("„", "“")];

/// Whether a line says, in another language than English, that there is no such program.
pub fn is_missing(line: &str, program: &str) -> bool {
    if !line.contains(program) {
        return false;
    }
    let line = line.to_ascii_lowercase().replace('\u{a0}', " ");
    let says = |name: String, words: &[&str]| {
        line.match_indices(&name).any(|(at, _)| {
            let rest = line.get(at + name.len()..).unwrap_or_default().trim_start();
            words.iter().any(|words| rest.starts_with(words))
        })
    };
    [":", " :"].iter().any(|colon| says(format!(" {program}{colon}"), &NOT_FOUND))
        || QUOTES.iter().any(|(open, close)| says(format!("{open}{program}{close}"), &NOT_KNOWN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_say_it_in_their_language() {
        for line in [
            "bash: Zeile 162: docker: Kommando nicht gefunden.",
            "/tmp/script.sh: ligne 3: docker : commande introuvable",
            "./push.sh: línea 2: docker: orden no encontrada",
            "\"docker\" no se reconoce como un comando interno o externo,",
            "'docker' n'est pas reconnu en tant que commande interne",
            "Der Befehl \"docker\" ist entweder falsch geschrieben oder",
            "Le terme «\u{a0}docker\u{a0}» n'est pas reconnu comme nom d'applet de commande",
            "'docker' 不是内部或外部命令，也不是可运行的程序",
        ] {
            assert!(is_missing(line, "docker"), "{line}");
        }
        for line in [
            "bash: Zeile 3: docker-compose: Kommando nicht gefunden.",
            "bash: Zeile 3: helm: Kommando nicht gefunden.",
            "docker: image nicht gefunden",
            "das Image \"docker\" wurde nicht gefunden",
            "docker",
        ] {
            assert!(!is_missing(line, "docker"), "{line}");
        }
    }
}
