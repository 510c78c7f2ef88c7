"""The parts of `bench_events`, one file for each thing that is measured."""
