//! Plausible values: what a path is used for says of which kind, and what it is called says which.

use serde_json::{Value, json};

use super::survey::Use;
use crate::generate::draw::Draw;

/// A value that fits what `path` is called and used for.
pub(super) fn plausible(draw: &mut Draw, path: &str, use_of: Option<&Use>) -> Value {
    if let Some(constants) = use_of
        .map(|use_of| &use_of.constants)
        .filter(|constants| !constants.is_empty())
        && draw.chance(0.5)
    {
        return draw.pick(constants).clone();
    }
    let named = path
        .rsplit('.')
        .find(|segment| !segment.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(path);
    match use_of {
        Some(use_of) if use_of.is_date => date(draw),
        Some(use_of) if use_of.is_number => number(draw),
        Some(use_of) if !use_of.lengths.is_empty() => {
            // At the bound, and on both sides of it.
            let bound = *draw.pick(&use_of.lengths);
            let length = (bound + draw.between(0, 2)).saturating_sub(1).min(400);
            text_of(draw, length as usize).into()
        }
        use_of => {
            let value = by_name(draw, named);
            match value {
                Value::String(_) => value,
                value if use_of.is_some_and(|use_of| use_of.is_text) => value.to_string().into(),
                value => value,
            }
        }
    }
}

/// A value of a kind that was not meant to be there.
pub(super) fn odd(draw: &mut Draw) -> Value {
    match draw.below(12) {
        0 | 1 => Value::Null,
        2 | 3 => json!(""),
        4 => json!(0),
        5 => json!(false),
        6 => json!(true),
        7 => json!([]),
        8 => json!({}),
        9 => json!(-1.5),
        10 => json!("Größe 1.0 \"x\" <&> /"),
        _ => json!([null, "a", 1.0]),
    }
}

/// A text of this many characters.
pub(super) fn text_of(draw: &mut Draw, length: usize) -> String {
    const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 /-+";
    (0..length)
        .map(|place| {
            // No space at the end, where a reader of reports would not see it.
            let choices = if place + 1 == length { 36 } else { CHARACTERS.len() };
            char::from(CHARACTERS[draw.below(choices)])
        })
        .collect()
}

fn number(draw: &mut Draw) -> Value {
    match draw.below(10) {
        0 => json!(0),
        1 => json!(-draw.scaled(1, 1_000).cast_signed()),
        2 | 3 => json!(draw.scaled(1, 10_000_000) as f64 / 100.0),
        4 => json!((draw.scaled(1, 100_000) as f64 / 100.0).to_string()),
        _ => json!(draw.scaled(1, 1_000_000)),
    }
}

fn day(draw: &mut Draw) -> String {
    let (year, month, day) = (draw.between(2019, 2031), draw.between(1, 12), draw.between(1, 28));
    format!("{year}-{month:02}-{day:02}")
}

fn date(draw: &mut Draw) -> Value {
    let day = day(draw);
    let (hour, minute, second) = (draw.below(24), draw.below(60), draw.below(60));
    match draw.below(10) {
        0..=3 => day.into(),
        4..=6 => format!("{day}T{hour:02}:{minute:02}:{second:02}Z").into(),
        7 => format!("{day}T{hour:02}:{minute:02}:{second:02}+02:00").into(),
        8 => format!("{day}T{hour:02}:{minute:02}:{second:02}.{:03}-05:30", draw.below(1000)).into(),
        _ => json!("not a date"),
    }
}

/// A value as its name has it.
fn by_name(draw: &mut Draw, name: &str) -> Value {
    let lower = name.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let ends = |parts: &[&str]| parts.iter().any(|part| lower.ends_with(part));
    if has(&["ccy", "currency"]) {
        (*draw.pick(&["EUR", "USD", "GBP", "CHF", "JPY", "XAU", "eur"])).into()
    } else if has(&["bic", "anybic"]) {
        bic(draw).into()
    } else if has(&["iban"]) {
        format!("DE{:018}", draw.bits() % 1_000_000_000_000_000_000).into()
    } else if has(&["uetr", "uuid", "guid"]) {
        let bits = draw.bits();
        let rest = bits & 0xffff_ffff_ffff;
        format!("{:08x}-{:04x}-4abc-8def-{rest:012x}", bits >> 32, (bits >> 16) & 0xffff).into()
    } else if has(&["dttm", "timestamp", "datetime", "date", "_at"]) || ends(&["dt", "tm", "time"]) {
        date(draw)
    } else if has(&["amt", "amount", "$value", "sum", "rate", "price", "total", "balance"])
        || has(&[
            "count", "nb", "quantity", "qty", "age", "score", "limit", "weight", "percent",
        ])
    {
        number(draw)
    } else if has(&["ctry", "country"]) {
        (*draw.pick(&["DE", "US", "GB", "FR", "JP"])).into()
    } else if has(&["email", "mail"]) {
        (*draw.pick(&["ann@example.org", "bob.k@example.com", "no-at-sign"])).into()
    } else if lower.starts_with("is_") || lower.starts_with("has_") || has(&["enabled", "active", "valid", "flag"]) {
        draw.chance(0.6).into()
    } else if ends(&["ind"]) {
        (*draw.pick(&["CRDT", "DBIT", "true"])).into()
    } else if ends(&["cd", "code", "type", "tp", "status", "sts"]) {
        (*draw.pick(&["BOOK", "CRED", "SHAR", "INTC", "NARR", "A", "200"])).into()
    } else if ends(&["nm", "name"]) {
        let name = *draw.pick(&[
            "Ann Example",
            "Example Trading and Shipping Company of the North Limited",
            "Ö & Co",
        ]);
        name.into()
    } else {
        let length = *draw.pick(&[1, 4, 8, 12, 16, 17, 20, 35, 36, 40, 70]);
        text_of(draw, length).into()
    }
}

fn bic(draw: &mut Draw) -> String {
    let letters = |draw: &mut Draw, count: usize| -> String {
        (0..count).map(|_| char::from(b'A' + draw.below(26) as u8)).collect()
    };
    let bank = letters(draw, 4);
    let country = *draw.pick(&["DE", "US", "GB"]);
    let place = letters(draw, 2);
    match draw.below(3) {
        0 => format!("{bank}{country}{place}"),
        1 => format!("{bank}{country}{place}{}", "X".repeat(3)),
        _ => format!("{bank}{country}{place}{}", letters(draw, 3)),
    }
}
