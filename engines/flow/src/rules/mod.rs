//! The rules front-end: dataflow-rs 3.12 definitions, run with exactly the results of dataflow-rs.
//!
//! ```text
//!  definitions ──► format ──► refusal ──► compile ──► Program     read, checked and compiled once
//!                                                       │
//!  Message ───────────────────────────────────────────► run ◄──► host
//!                                                       │
//!                                                       ▼
//!                                                     Record      the context, the audit trail, errors, a trace
//! ```
//!
//! What dataflow-rs does is what is right here, flaws included; a [`Fix`] mends one of them, by name and only if asked for.
//!
//! | module | what |
//! |---|---|
//! | [`Engine`] | all of it as a library |
//! | `format`, `refusal`, `compile` | from JSON to a program |
//! | `program` | definitions, compiled |
//! | `run` | a synchronous interpreter, and the driver that asks the host |
//! | `message`, `record`, `document` | what goes in, what comes out, and how values are held |
//! | `xml`, `publish` | texts as dataflow-rs reads and writes them |
//! | `fixes` | the flaws that can be mended |

mod clock;
pub(crate) mod compile;
mod contract;
mod document;
mod engine;
mod error;
mod fixes;
pub(crate) mod format;
mod message;
pub(crate) mod program;
pub(crate) mod publish;
mod record;
mod refusal;
mod run;
mod secrets;
pub(crate) mod xml;

pub(crate) use self::contract::load;
pub use clock::Moment;
pub use document::View;
pub use engine::Engine;
pub use error::{Error, Result};
pub use fixes::{Fix, Fixes};
pub use message::Message;
pub use record::{Audit, Change, ErrorRecord, Record};
