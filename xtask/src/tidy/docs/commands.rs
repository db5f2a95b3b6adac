//! Whether a `cargo xtask …` in the docs is one that the command line knows. Values are not looked at: they may be placeholders.

use clap::{Arg, Command};

const START: &str = "cargo xtask";

/// What is wrong with the commands in `code`.
pub(super) fn problems(code: &str, tree: &Command) -> Vec<String> {
    code.match_indices(START)
        .filter_map(|(at, _)| problem(&code[at + START.len()..], tree))
        .collect()
}

fn problem(rest: &str, tree: &Command) -> Option<String> {
    let rest = rest.split(['|', ';', '&', '>', ')', '`']).next().unwrap_or_default();
    let rest = rest.split(" #").next().unwrap_or_default().replace(['[', ']'], " ");
    let mut command = tree;
    let mut path = START.to_owned();
    let mut value_due = false;
    for word in rest.split_whitespace() {
        if std::mem::take(&mut value_due) || word.starts_with(['…', '.']) {
            continue;
        }
        if word.starts_with('-') {
            match flag(word, command, tree) {
                Some(known) => value_due = known.get_action().takes_values() && !word.contains('='),
                None => return Some(format!("`{path}`: there is no flag `{word}`")),
            }
        } else if command.has_subcommands() {
            if word.starts_with('<') {
                return None;
            }
            path = format!("{path} {word}");
            match command.find_subcommand(word) {
                Some(inner) => command = inner,
                None => return Some(format!("`{path}`: there is no command `{word}`")),
            }
        } else if command.get_positionals().next().is_none() {
            return Some(format!("`{path}`: takes no argument like `{word}`"));
        }
    }
    None
}

/// The flag `word`, of the command or global. Of `-vv` the first letter counts.
fn flag<'a>(word: &str, command: &'a Command, tree: &'a Command) -> Option<&'a Arg> {
    let known = |argument: &&Arg| match word.strip_prefix("--") {
        Some(long) => argument.get_long() == long.split('=').next(),
        None => argument.get_short().is_some() && argument.get_short() == word.chars().nth(1),
    };
    let global = tree.get_arguments().filter(|argument| argument.is_global_set());
    command.get_arguments().chain(global).find(known)
}
