//! Windows: the whole working set, which comes back page by page as it is needed.

use windows_sys::Win32::System::Threading::{GetCurrentProcess, SetProcessWorkingSetSize};

#[expect(unsafe_code, reason = "the Windows API")]
pub(super) fn give_back_code() {
    // SAFETY: the pseudo handle is always valid, and this pair of sizes is the documented request
    // to take from the process what it does not use; nothing is lost by it.
    unsafe { SetProcessWorkingSetSize(GetCurrentProcess(), usize::MAX, usize::MAX) };
}
