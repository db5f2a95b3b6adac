//! A table in plain text, its columns as wide as their widest cell.

/// Rows of cells; `right` says which columns are aligned to the right.
pub(crate) fn plain(rows: &[Vec<String>], right: &[bool], indent: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| width_of(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut line = " ".repeat(indent);
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column].saturating_sub(width_of(cell)));
            let is_right = right.get(column).copied().unwrap_or(false);
            let (before, after) = if is_right {
                (padding.as_str(), "")
            } else {
                ("", padding.as_str())
            };
            line.push_str(before);
            line.push_str(cell);
            line.push_str(after);
            line.push_str("  ");
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Characters, which is what a terminal shows for all that gets here: wide and zero-width ones are rare in ids.
fn width_of(cell: &str) -> usize {
    cell.chars().count()
}
