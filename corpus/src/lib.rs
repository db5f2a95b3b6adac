//! Where cases come from: generators, shapes, importers and pinned cases.
//!
//! | module | what |
//! |---|---|
//! | [`case`] | [`Case`], and the file it is kept in |

pub mod case;

pub use case::Case;
