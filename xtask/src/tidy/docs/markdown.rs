//! As much of Markdown as it takes to find the code and the links in it.

/// A piece of code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// The code: what stands between backticks, or one line of a block, with continued lines joined to it.
    pub(super) text: String,
    /// Whether it stands in running text.
    pub(super) inline: bool,
}

/// The code in `markdown`, each piece with the number of its line.
pub(super) fn code(markdown: &str) -> Vec<(usize, Code)> {
    let mut found = Vec::new();
    let mut in_block = false;
    let mut continued: Option<(usize, String)> = None;
    for (index, line) in markdown.lines().enumerate() {
        let number = index + 1;
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            let (start, mut text) = continued.take().unwrap_or((number, String::new()));
            match line.trim_end().strip_suffix('\\') {
                Some(part) => {
                    text.push_str(part);
                    continued = Some((start, text));
                }
                None => found.push((
                    start,
                    Code {
                        text: text + line,
                        inline: false,
                    },
                )),
            }
        } else {
            let inline = line.split('`').skip(1).step_by(2);
            found.extend(inline.map(|text| {
                (
                    number,
                    Code {
                        text: text.to_owned(),
                        inline: true,
                    },
                )
            }));
        }
    }
    found
}

/// The files that `markdown` links to, without the part after `#`, each with the number of its line.
pub(super) fn links(markdown: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (index, line) in markdown.lines().enumerate() {
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', ' ', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((index + 1, target));
            }
        }
    }
    found
}
