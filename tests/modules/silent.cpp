// A module that registers nothing.

int answer() { return 42; }
