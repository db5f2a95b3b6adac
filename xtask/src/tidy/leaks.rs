//! Nothing of one machine or one person is in the repository: no home folders, no private registries, no secrets.

use super::sources::Source;
use super::{Finding, Sources, file_name};

/// The folders that homes are in.
const HOMES: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\"),
];

/// What tokens of well-known services start with, and how many characters follow at least.
const TOKENS: [(&str, usize); 8] = [
    (concat!("AK", "IA"), 16),
    (concat!("gh", "p_"), 20),
    (concat!("gh", "o_"), 20),
    (concat!("gh", "s_"), 20),
    (concat!("github", "_pat_"), 20),
    (concat!("gl", "pat-"), 16),
    (concat!("xo", "xb-"), 10),
    (concat!("xo", "xp-"), 10),
];

const PRIVATE_KEY: &str = concat!("PRIVATE ", "KEY-----");
const PUBLIC_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
const REGISTRY_SETTINGS: [&str; 4] = ["[source", "[registries", "[registry", "replace-with"];

/// No file names a home folder or a private registry, or holds what looks like a secret.
pub(super) fn nothing(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.all() {
        for (number, line) in source.lines() {
            let problems = [home(line), secret(line), registry(source, line)];
            findings.extend(
                problems
                    .into_iter()
                    .flatten()
                    .map(|problem| Finding::new(&source.path, number, problem)),
            );
        }
    }
    findings
}

fn home(line: &str) -> Option<String> {
    let found = HOMES
        .iter()
        .find(|home| line.match_indices(*home).any(|(at, _)| starts_there(line, at)))?;
    Some(format!("names a folder under `{found}`, which only one machine has"))
}

/// The secret itself is not repeated: the output of a check ends up in logs.
fn secret(line: &str) -> Option<String> {
    let token = TOKENS.iter().any(|(start, length)| {
        line.match_indices(start).any(|(at, _)| {
            let follows = line[at + start.len()..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c));
            starts_there(line, at) && follows.count() >= *length
        })
    });
    let password = line.match_indices("://").any(|(at, _)| {
        let host = line[at + 3..]
            .split(|c: char| c == '/' || c.is_whitespace() || "\"'`<>)".contains(c))
            .next();
        host.and_then(|host| host.split_once('@'))
            .is_some_and(|(user, _)| user.contains(':'))
    });
    match () {
        () if line.contains(PRIVATE_KEY) => Some("holds a private key".to_owned()),
        () if token => Some("holds what looks like an access token".to_owned()),
        () if password => Some("holds a password in an address".to_owned()),
        () => None,
    }
}

fn registry(source: &Source, line: &str) -> Option<String> {
    let private = match file_name(&source.path) {
        "Cargo.lock" => line.starts_with("source = ") && !line.contains(PUBLIC_REGISTRY),
        "config.toml" if source.path.contains(".cargo/") => REGISTRY_SETTINGS
            .iter()
            .any(|setting| line.trim_start().starts_with(setting)),
        _ => false,
    };
    private.then(|| "takes crates from elsewhere than the public registry".to_owned())
}

/// Whether a word may begin at `at`: a path or token in the middle of a longer word is something else.
fn starts_there(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    !before.is_some_and(|character| character.is_alphanumeric() || "._-~}*".contains(character))
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[track_caller]
    fn check(path: &str, line: &str, expected: &str) {
        let expected = if expected.is_empty() {
            String::new()
        } else {
            format!("{path}:1: {expected}")
        };
        assert_eq!(findings("leaks", &[(path, line)]), expected);
    }

    #[test]
    fn a_home_folder_is_found() {
        for home in HOMES {
            let expected = format!("names a folder under `{home}`, which only one machine has");
            check("a.md", &format!("see {home}ann/notes"), &expected);
        }
    }

    #[test]
    fn a_folder_that_is_only_called_home_is_fine() {
        check("a.md", &format!("see pages{}index and ~{0}x", HOMES[0]), "");
    }

    #[test]
    fn a_secret_is_found_and_not_repeated() {
        for (start, length) in TOKENS {
            check(
                "a.json",
                &format!("\"{start}{}\"", "A1".repeat(length)),
                "holds what looks like an access token",
            );
        }
        check("a.pem", &format!("-----BEGIN {PRIVATE_KEY}"), "holds a private key");
        check(
            "a.md",
            &format!("https://ann:secret{}example.org/", '@'),
            "holds a password in an address",
        );
    }

    #[test]
    fn an_ordinary_address_is_fine() {
        check("a.md", "https://example.org/@ann and ssh://git@example.org/a", "");
    }

    #[test]
    fn a_private_registry_is_found() {
        let expected = "takes crates from elsewhere than the public registry";
        check("Cargo.lock", &format!("source = \"{PUBLIC_REGISTRY}\""), "");
        check(
            "Cargo.lock",
            "source = \"sparse+https://crates.example.org/\"",
            expected,
        );
        check(".cargo/config.toml", "[source.crates-io]", expected);
        check(".cargo/config.toml", "[alias]", "");
    }
}
