//! Takes pictures of a page, and measures how fast it is in the browser.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use browser::{Chromium, Look};

const USAGE: &str = "\
Usage:
  cargo run -p browser -- picture PAGE.html OUT.png [--phone] [--width PIXELS] [--dark] [--height PIXELS] [--at HASH]
  cargo run -p browser -- figures PAGE.html";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["picture", page, out, ref options @ ..] => picture(Path::new(page), Path::new(out), options),
        ["figures", page] => figures(Path::new(page)),
        _ => Err(USAGE.into()),
    }
}

fn picture(page: &Path, out: &Path, options: &[&str]) -> Result<(), Box<dyn Error>> {
    let has = |name: &str| options.contains(&name);
    let value = |name: &str| {
        options
            .iter()
            .position(|option| *option == name)
            .and_then(|at| options.get(at + 1))
    };
    let look = if has("--phone") { Look::PHONE } else { Look::DESK };
    let width = value("--width").map_or(Ok(look.width), |width| width.parse())?;
    let look = Look { width, ..look };
    let look = if has("--dark") { look.dark() } else { look };
    let height = value("--height").map_or(Ok(look.height), |height| height.parse())?;
    let hash = value("--at").map_or_else(String::new, |at| format!("#{at}"));
    let browser = Chromium::start()?;
    let tab = browser.page(look)?;
    tab.open(&page.canonicalize()?, &hash)?;
    fs::write(out, tab.picture(height)?)?;
    Ok(())
}

/// The median of several rounds, in milliseconds of real time: when the page was first painted, and how long it takes from a
/// letter in the search box to a page that is laid out again.
fn figures(page: &Path) -> Result<(), Box<dyn Error>> {
    const ROUNDS: usize = 7;
    let page = page.canonicalize()?;
    let browser = Chromium::start()?;
    let mut paints = Vec::new();
    let mut filters = Vec::new();
    for _ in 0..ROUNDS {
        let tab = browser.page(Look::DESK)?;
        tab.open(&page, "")?;
        let paint = tab.evaluate(
            "new Promise(done => { const look = () => { const [paint] = performance.getEntriesByName('first-contentful-paint'); \
             paint ? done(paint.startTime) : requestAnimationFrame(look); }; look(); })",
        )?;
        paints.push(paint.as_f64().unwrap_or(f64::NAN));
        let filter = tab.evaluate(
            "(() => { const input = document.getElementById('query'); const all = []; if (!input) return null; \
             document.querySelectorAll('details').forEach(each => { each.open = each.id === 'cases' || each.open; }); \
             for (const query of ['b', 'blame:new', 'aspect:calls retry', '-aspect:calls', '']) { \
             document.body.offsetHeight; const start = performance.now(); input.value = query; \
             input.dispatchEvent(new Event('input')); document.body.offsetHeight; all.push(performance.now() - start); } \
             return Math.max(...all); })()",
        )?;
        // The page of one case has nothing to search.
        filters.extend(filter.as_f64());
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("page             {} bytes", fs::metadata(&page)?.len());
    println!("first paint      {:.0} ms, the median of {ROUNDS}", median(&mut paints));
    if !filters.is_empty() {
        println!(
            "slowest filter   {:.1} ms, the median of {ROUNDS}",
            median(&mut filters)
        );
    }
    Ok(())
}
