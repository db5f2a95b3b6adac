//! Opens the report in a real browser: Chromium, without a window.
//!
//! Chromium is spoken to over its debugging pipe, two file descriptors and JSON: no port, no driver program, and no library but
//! `serde_json`.
//!
//! | module | what |
//! |---|---|
//! | [`pipe`] | the debugging protocol |
//! | [`chromium`] | finding and starting the browser |
//! | [`page`] | one tab: what a person does in it, and what went wrong there |
//! | [`poison`] | a record full of hostile text
//! | [`records`] | runs to look at, of real engines |

pub mod chromium;
pub mod page;
pub mod pipe;
pub mod poison;
pub mod records;

pub use chromium::Chromium;
pub use page::{Look, Page};
