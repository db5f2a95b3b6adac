//! What the command line promises to whoever runs it: exit codes, diagnostics, nothing half written, the same verdict again.

mod bad_files;
mod codes;
mod ledger;
mod records;
mod rules;
mod support;
mod timings;
