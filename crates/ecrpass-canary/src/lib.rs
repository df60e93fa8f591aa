//! What a pull canary knows: its runs, its timetable, its metrics in every format.
