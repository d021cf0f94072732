//! A replica's whole memory, and all that can happen to its folder.

#[cfg(test)] // so that all of it counts as a test
mod damage {
    mod harm;
    mod life;
    mod table;
    mod verdict;
}
