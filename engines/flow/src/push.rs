//! Appending to a list what is made in place.

/// Appends what `make` gives to `list`.
///
/// `Vec::push` takes a value that is made already, and keeps it whole in memory while the list may grow: it is written in
/// parts and read at once, for which a processor has to wait. Here there is room first, and each part goes to its place.
#[inline]
pub(crate) fn push_with<T>(list: &mut Vec<T>, make: impl FnOnce() -> T) {
    list.extend(std::iter::once_with(make));
}
